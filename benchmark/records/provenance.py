"""Which code, on which machine: what a result needs to be believed and repeated."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

import gatewise
from gatewise import MissingTensorFlow, __version__, benchmark, tasks
from gatewise.plugins import sources_sha256

PROVENANCE = ("commit", "version", "python", "keras", "backend", "machine")
UNKNOWN = "unknown"


@cache
def provenance() -> dict[str, str]:
    """The columns :data:`PROVENANCE` of what this process computes.

    Raises:
        MissingTensorFlow: nothing that is installed brings it.
    """
    return {
        "commit": _commit(),
        "version": __version__,
        "python": platform.python_version(),
        "keras": version("keras"),
        "backend": f"tensorflow {version(tensorflow_distribution())}",
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
    }


def tensorflow_distribution() -> str:
    """The name of what brings TensorFlow; each kind of processor has its own.

    Raises:
        MissingTensorFlow: nothing does.
    """
    found = packages_distributions().get("tensorflow")
    if not found:
        raise MissingTensorFlow
    return found[0]


@cache
def code() -> str:
    """Version and checksum of the source that determines numbers, as this process began with it.

    The version alone would not tell two states of a checkout apart.
    """
    named = []
    for package, files in ((gatewise, "*.py"), (benchmark, "**/*.py"), (tasks, "**/*.py")):
        folder = Path(package.__path__[0])
        found = sorted(folder.glob(files))
        named += [(f"{package.__name__}/{file.relative_to(folder)}", file) for file in found]
    return f"{__version__}+{sources_sha256(named)[:12]}"


def _commit() -> str:
    """The commit of this file's repository, ``-dirty`` behind it if files differ; or unknown."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no")
        return git("rev-parse", "--short=12", "HEAD") + ("-dirty" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
