from __future__ import annotations

import pytest

from tests.faults.kit import RUNS, rows, run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> dict[str, dict[str, str]]:
    """The rows of the study when nothing happens to it."""
    results = tmp_path_factory.mktemp("undisturbed")
    done = run(results)
    assert done.returncode == 0, done.stderr
    found = rows(results)
    assert len(found) == RUNS
    return found
