"""What loading a task costs at scale ``paper``: ``python -m tests.tasks.loading [TASK ...]``.

Each task in a process of its own, at first with nothing kept on disk: CPU seconds of the first
load, in which libraries are imported too, and of the second; most memory of the process during the
first. Prints rows of ``docs/loading.csv``; without names, those of every embedded task at its own
difficulty.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time

from gatewise import tasks

FIELDS = ("task", "first_seconds", "again_seconds", "megabytes")


def load(name: str) -> float:
    """CPU seconds of a load at scale ``paper``."""
    start = time.process_time()
    tasks.find(name).load("paper")
    return time.process_time() - start


def row(name: str) -> str:
    """The measured row of a task, in this process."""
    first = load(name)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{name},{first:.1f},{load(name):.1f},{megabytes:.0f}"


def main(names: list[str]) -> None:
    """A row each, every one measured in a fresh process."""
    print(",".join(FIELDS), flush=True)
    with tempfile.TemporaryDirectory() as empty:
        for name in names:
            command = [sys.executable, "-m", "tests.tasks.loading", "--row", name]
            subprocess.run(command, env={**os.environ, "GATEWISE_DATA": empty}, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--row"]:
        print(row(sys.argv[2]), flush=True)
    else:
        every = tasks.registry().items()
        own = [n for n, t in every if not t.extra and (t.dial is None or n == t.dial.family)]
        main(sys.argv[1:] or own)
