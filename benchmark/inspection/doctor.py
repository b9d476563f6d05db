"""What is installed, what the machine has, what can be reached, and the command that mends it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

import gatewise
from gatewise import MissingTensorFlow
from gatewise.benchmark.records.provenance import tensorflow_distribution
from gatewise.benchmark.tracking import store as tracking
from gatewise.benchmark.tracking.address import SQLITE, check, default_uri, public
from gatewise.files import UnwritableFolder, require_writable
from gatewise.tasks.extras import EXTRAS, is_present

OK, BROKEN, MISSING = "ok", "broken", "missing"
PYTHONS = ((3, 11), (3, 14))
BACKENDS = ("cpu", "gpu")
"""The extras of which one is enough; what they bring is looked at by itself."""
LEAST_MEMORY_GB, LEAST_DISK_GB = 4.0, 2.0
SECONDS = 180
PROBE = (
    "import tensorflow as tf; "
    "print(','.join(d.device_type for d in tf.config.list_physical_devices()))"
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    ``status`` is ``ok``, ``broken`` (needed, so that studies cannot run) or ``missing`` (an
    extra); ``mend`` is the command that helps, empty where nothing is wrong.
    """

    name: str
    status: str
    found: str
    mend: str = ""


def examine(results: Path, uri: str | None) -> Iterator[Check]:
    """Every check, the quick ones first.

    Args:
        results: the results folder.
        uri: the tracking store; None is the SQLite store in ``results``.
    """
    yield _python()
    yield from _packages()
    yield from _machine(results)
    yield _folder(results)
    yield _store(uri or default_uri(results))
    yield from _data()
    yield _tensorflow()


def _python() -> Check:
    least, above = PYTHONS
    fine = least <= sys.version_info[:2] < above
    allowed = f"{least[0]}.{least[1]} to {above[0]}.{above[1] - 1}"
    made = "make PYTHON=python3.12" if _checkout() else "a Python of its own for it"
    mend = "" if fine else f"{made} (allowed are {allowed})"
    return Check("Python", OK if fine else BROKEN, platform.python_version(), mend)


def _packages() -> Iterator[Check]:
    """One check for what is needed, one for each extra."""
    wanted: dict[str, list[Requirement]] = {"": []}
    for text in metadata.requires("gatewise") or ():
        requirement = Requirement(text)
        for extra in ("", *(metadata.metadata("gatewise").get_all("Provides-Extra") or ())):
            marker = requirement.marker
            if (marker is None and not extra) or (marker and marker.evaluate({"extra": extra})):
                wanted.setdefault(extra, []).append(requirement)
                break
    for extra, requirements in wanted.items():
        if extra in BACKENDS:
            continue
        lacking = [str(r).partition(";")[0].strip() for r in requirements if not _satisfied(r)]
        versions = ", ".join(f"{r.name} {_version(r.name)}" for r in requirements if _satisfied(r))
        if not lacking:
            yield Check(f"extra {extra}" if extra else "packages", OK, versions)
            continue
        yield Check(
            f"extra {extra}" if extra else "packages",
            MISSING if extra else BROKEN,
            f"lacks {', '.join(lacking)}",
            _ours(extra),
        )


def _ours(extra: str = "") -> str:
    """The command that installs us with an extra: from the checkout, or as we were installed."""
    before, name = ("-e ", ".") if _checkout() else ("", "gatewise")
    return _installing(before + (f"'{name}[{extra}]'" if extra else name))


def _installing(what: str) -> str:
    """The command that installs ``what``, in pip's words; who has a wheel has no constraints."""
    exactly = "-c constraints.txt " if _checkout() else ""
    return f"{sys.executable} -m pip install {exactly}{what}"


def _checkout() -> bool:
    """Whether we run from the repository."""
    return (Path(gatewise.__file__).parents[1] / "pyproject.toml").is_file()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _satisfied(requirement: Requirement) -> bool:
    version = _version(requirement.name)
    return bool(version) and requirement.specifier.contains(version, prereleases=True)


def _machine(results: Path) -> Iterator[Check]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Check("cores", OK, f"{cores} of {platform.machine()} that we may use")
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        enough = memory >= LEAST_MEMORY_GB
        mend = "" if enough else "gatewise run --workers 1"
        yield Check("memory", OK if enough else BROKEN, f"{memory:.1f} GiB", mend)
    there = next(p for p in (results.resolve(), *results.resolve().parents) if p.exists())
    free = shutil.disk_usage(there).free / 2**30
    enough = free >= LEAST_DISK_GB
    mend = "" if enough else "gatewise run --results a folder on another disk"
    yield Check("disk", OK if enough else BROKEN, f"{free:.1f} GiB free at {there}", mend)


def _folder(results: Path) -> Check:
    try:
        require_writable(results)
    except UnwritableFolder as error:
        return Check("results", BROKEN, str(error), "gatewise run --results another folder")
    return Check("results", OK, f"{results.resolve()} can be written")


def _store(uri: str) -> Check:
    if uri.startswith(SQLITE) and not Path(uri.removeprefix(SQLITE)).exists():
        return Check("tracking store", OK, f"{uri}: not there yet, made by the first study")
    try:
        check(uri)
        held = tracking.studies(uri)
    except Exception as error:
        return Check("tracking store", BROKEN, str(error), "gatewise run --tracking-uri another")
    return Check("tracking store", OK, f"{public(uri)}: {len(held)} studies")


def _data() -> Iterator[Check]:
    for name, extra in EXTRAS.items():
        here = is_present(name)
        mend = "" if here else f"gatewise data fetch {name}"
        found = "here" if here else f"{extra.megabytes} MB to fetch"
        yield Check(f"data {name}", OK if here else MISSING, found, mend)


def _tensorflow() -> Check:
    """In a process of its own: a wheel that this processor cannot run ends it without a word."""
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", PROBE]
    try:
        again = _installing(f"--force-reinstall {tensorflow_distribution()}")
    except MissingTensorFlow as error:
        return Check("TensorFlow", BROKEN, str(error), _ours("cpu"))
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=quiet, check=False
        )
    except subprocess.TimeoutExpired:
        return Check("TensorFlow", BROKEN, f"not imported within {SECONDS} seconds", again)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        return Check("TensorFlow", BROKEN, last, again)
    devices = done.stdout.strip().splitlines()[-1].split(",")
    accelerators = [device for device in devices if device != "CPU"]
    return Check("TensorFlow", OK, f"runs; accelerator: {', '.join(accelerators) or 'none'}")
