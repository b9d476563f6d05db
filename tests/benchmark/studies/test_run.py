"""What a study says that has nothing to show."""

from __future__ import annotations

import pytest

from gatewise.benchmark.studies import run


def test_a_time_too_short_for_one_run_is_told(tmp_path):
    with pytest.raises(run.NothingFinished, match="with more time goes on"):
        run._require_a_final_run(tmp_path, None)
