"""The page that compares studies."""

from __future__ import annotations

import subprocess
from pathlib import Path

from gatewise.benchmark.cli.options import InvalidOption, Results


def index(results: Results = Path("results")) -> None:
    """Write the page that compares studies, index.md of the results folder.

    What was asked, what it took, what was found, and whether studies that asked the same agree. In
    a repository of git those that are committed or added count, elsewhere all.

    Example:

      gatewise index
    """
    from gatewise.report import index

    if not results.is_dir():
        raise InvalidOption(f"results {str(results)!r}: allowed is a folder with studies")
    print(index.write(results, kept(results)).resolve())


def kept(results: Path) -> list[str]:
    """The files of a folder that a repository keeps; without one, all."""
    command = ["git", "-C", str(results), "ls-files", "-z"]
    try:
        found = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        found = ""
    every = (path.relative_to(results) for path in results.rglob("*") if path.is_file())
    return found.split("\0")[:-1] if found else [path.as_posix() for path in every]
