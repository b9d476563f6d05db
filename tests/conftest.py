"""One thread for the whole test process, as in a worker; must run before TensorFlow is imported.

Hypothesis draws the same examples each time: what one commit passes, the next does not fail by
chance. ``pytest --hypothesis-profile default`` looks further.
"""

import pytest
from hypothesis import settings

from gatewise import plugins
from gatewise.benchmark.execution import worker

worker.single_thread()
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture
def without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with no plugin in use, and leave those that others had."""
    monkeypatch.setattr(plugins, "_in_use", ())
