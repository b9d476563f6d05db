"""Files that are absent, old or new at any moment, and never in between."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from filelock import FileLock


class UnwritableFolder(ValueError):
    """A folder in which nothing can be written."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, with the permissions that the user's umask leaves.

    Raises:
        UnwritableFolder: the folder or its disk does not take it.
    """
    write_together({path: content})


def write_together(contents: Mapping[Path, str | bytes]) -> None:
    """Write files as :func:`write_atomically` does, and none before all of them are on the disk.

    They take their places one right after the other, so that who reads them twice has them of one
    moment; see :func:`.checks.texts`.

    Raises:
        UnwritableFolder: a folder or its disk does not take them; nothing is replaced then.
    """
    ready: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            with _beside(path) as (file, ready[path]):
                file.write(content.encode() if isinstance(content, str) else content)
        for path, temporary in ready.items():
            temporary.replace(path)
    except OSError as error:
        folder = next(iter(contents)).parent
        raise UnwritableFolder(
            f"results folder {str(folder)!r}: {error.strerror}; what is finished is kept, and "
            "the same command goes on once files can be written there"
        ) from None
    finally:
        for temporary in ready.values():
            temporary.unlink(missing_ok=True)


def place_folder(path: Path, contents: Mapping[str, bytes]) -> None:
    """Make a folder with these files, whole or not at all; never over one that holds anything.

    Raises:
        UnwritableFolder: there is one, or the disk does not take it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as made:
            ready = Path(made) / path.name
            write_together({ready / name: content for name, content in contents.items()})
            ready.rename(path)
    except OSError as error:
        raise UnwritableFolder(f"folder {str(path)!r}: {error.strerror}; it is as before") from None


def set_aside(path: Path) -> Path:
    """Rename what cannot be read, so that it can be made anew, and be looked at; where it is now.

    What is another user's alone is not damaged.

    Raises:
        UnwritableFolder: the folder does not take it, or the file may not be read.
    """
    try:
        if path.exists() and not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return path.replace(aside(path))
    except OSError as error:
        raise UnwritableFolder(f"{str(path)!r}, which is not readable: {error.strerror}") from None


def aside(path: Path) -> Path:
    """Where :func:`set_aside` puts a file."""
    return path.with_name(f".{path.stem}.damaged")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write, which takes the place of ``path`` if the block ends well.

    Raises:
        OSError: the folder or its disk does not take it.
    """
    with _beside(path) as (file, temporary):
        yield file
    try:
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _beside(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A file to write, on the disk once the block ends well, and its name until it has ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, temporary
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is its owner's alone; this one is to be as any other.
        temporary.chmod(0o666 & ~_umask())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@cache
def _umask() -> int:
    """What the user's new files must not allow; asking is setting, so it is asked once."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def require_writable(folder: Path) -> None:
    """Make the folder, and make sure that files can be written and locked in it.

    Raises:
        UnwritableFolder: they cannot, or its name is not one that files can be found by.
    """
    try:
        str(folder.resolve()).encode()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".lock-") as file:
            _require_locks(folder, file.name)
    except UnicodeEncodeError:
        raise UnwritableFolder(
            f"results folder {str(folder)!r}: allowed is a name in UTF-8 (choose one with "
            "--results)"
        ) from None
    except OSError as error:
        raise UnwritableFolder(
            f"results folder {str(folder)!r}: {error.strerror}; allowed is a folder that you may "
            "write in (choose one with --results)"
        ) from None


def _require_locks(folder: Path, path: str) -> None:
    """Commands and workers agree by locks on who does what."""
    try:
        with FileLock(path, timeout=0):
            pass
    except (OSError, NotImplementedError) as error:
        raise UnwritableFolder(
            f"results folder {str(folder)!r}: its file system has no locks ({error}); allowed is "
            "one that has them, as local disks, NFS 4 and, mounted with flock, Lustre"
        ) from None
