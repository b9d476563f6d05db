"""Programs that outlive the process that compiled them.

XLA takes seconds for a step, and every process would compile the same ones. TensorFlow can keep
programs in a folder, but it believes every file there and finds a program only under the number
that its function happened to get in its process. So here

- functions are named after what they compute (:func:`lasting_names`): the same step of the same
  group has one name in every process, and two functions of one name are equal;
- TensorFlow's folder is private to a process and holds one program at a time; what lasts lies on a
  shelf, a file a program, with its checksum. A file that is damaged is set aside and its program
  compiled again;
- a shelf is of one machine's kind (:func:`environment`): versions, flags, processor.

A file is there whole or not at all, so any number of processes, also of several machines, may use
one shelf, and any of them may be killed. What was used least recently goes when there is too much.
Whoever can write there decides what trainings compute, as with Python's own compiled files.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import platform
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gatewise.files import UnwritableFolder, write_atomically

VARIABLE = "GATEWISE_PROGRAMS"
"""Names the folder in the environment; empty: programs end with their process."""
FLAGS = "TF_XLA_FLAGS"
FLAG = "--tf_xla_persistent_cache_"
DAMAGED = ".damaged"
LIMIT_BYTES = 2 * 1024**3
LEFT_BEHIND_SECONDS = 24 * 3600
"""Age at which what a killed process was writing is taken away."""


def folder() -> Path | None:
    """Where programs are kept, the user's cache unless the environment says otherwise."""
    said = os.environ.get(VARIABLE)
    if said is not None:
        return Path(said) if said else None
    caches = os.environ.get("XDG_CACHE_HOME")
    with suppress(RuntimeError):  # No home.
        return (Path(caches) if caches else Path.home() / ".cache") / "gatewise" / "programs"
    return None


class Programs:
    """A folder of programs, as one process uses it.

    Args:
        folder: where they are kept; made when the first is.
        limit: how many bytes they may take.
    """

    def __init__(self, folder: Path, limit: int = LIMIT_BYTES) -> None:
        self.folder, self.limit = folder, limit
        self.open = folder / "open" / uuid.uuid4().hex

    def enter(self) -> None:
        """Have TensorFlow take programs from here; before it compiles anything."""
        ours = f"{FLAG}directory={self.open}", f"{FLAG}device_types=CPU"
        os.environ[FLAGS] = " ".join((*_flags_of_others(), *ours))

    @contextmanager
    def kept(self, key: str) -> Iterator[None]:
        """A block that calls a compiled function for the first time on a shape.

        Args:
            key: a hash of what the function computes, as far as we know: its program is looked for
                under it. That it is the right one is TensorFlow's to say, which compares all of it.
        """
        path, laid = self.folder / environment() / key, ""
        # A folder in which nothing can be read or written costs time, and nothing else.
        with suppress(OSError):
            laid = self._lay_out(path)
        with lasting_names(key):
            yield
        with suppress(OSError, UnwritableFolder):
            self._take_in(path, laid)

    def _lay_out(self, path: Path) -> str:
        """Put a kept program where TensorFlow looks for it, under the name that it returns."""
        if not path.exists():
            return ""
        head, _, program = path.read_bytes().partition(b"\n")
        seal, _, name = head.decode(errors="replace").partition(" ")
        if seal != _seal(name, program):
            path.replace(path.with_suffix(DAMAGED))
            return ""
        os.utime(path)
        self.open.mkdir(parents=True, exist_ok=True)
        (self.open / name).write_bytes(program)
        return name

    def _take_in(self, path: Path, laid: str) -> None:
        """Keep what TensorFlow compiled, and clear its folder."""
        new = [file for file in self.open.glob("*.pb") if file.name != laid]
        for file in new:
            program = file.read_bytes()
            write_atomically(path, f"{_seal(file.name, program)} {file.name}\n".encode() + program)
        shutil.rmtree(self.open, ignore_errors=True)
        if new:
            self._trim()

    def _trim(self) -> None:
        """Take away what killed processes left, and what was used least recently."""
        for left in (*self.folder.glob("open/*"), *self.folder.glob("*/.*")):
            with suppress(OSError):  # Another process may be at it too.
                if time.time() - left.stat().st_mtime > LEFT_BEHIND_SECONDS:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
        taken = 0
        files = [(f.stat(), f) for f in self.folder.glob("*/*") if f.is_file()]
        for stat, file in sorted(files, key=lambda found: -found[0].st_mtime):
            taken += stat.st_size
            if taken > self.limit:
                file.unlink(missing_ok=True)


def _seal(name: str, program: bytes) -> str:
    return hashlib.sha256(f"{name}\n".encode() + program).hexdigest()


@cache
def environment() -> str:
    """A hash of what else a program depends on: versions, flags, and the processor."""
    import tensorflow as tf

    flags = {name: value for name, value in os.environ.items() if name.startswith(("XLA_", "TF_"))}
    flags[FLAGS] = " ".join(_flags_of_others())
    parts = {
        "versions": (tf.__version__, tf.version.GIT_VERSION, version("keras")),
        "flags": sorted(flags.items()),
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "processor": (platform.machine(), *_processor()),
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _flags_of_others() -> list[str]:
    """XLA's flags in the environment without those that are ours."""
    return [flag for flag in os.environ.get(FLAGS, "").split() if not flag.startswith(FLAG)]


def _processor() -> list[str]:
    """What the first processor is and can, one line a fact; not how fast it runs just now."""
    try:
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
    except OSError:
        return [platform.processor()]
    facts = ("vendor_id", "cpu family", "model", "stepping", "flags", "Features", "CPU ")
    return [line for line in first.splitlines() if line.startswith(facts)]


@contextmanager
def lasting_names(key: str) -> Iterator[None]:
    """A block in which functions that TensorFlow traces are named after what they compute.

    Otherwise a function's name ends in how many things were numbered in the process before it, and
    TensorFlow finds a program, here and on disk, under its function's name. Loops inside a function
    are named after the key and their place; the function after a digest of its whole graph, so that
    a name which means two things is out of the question.
    """
    from tensorflow.python.eager.polymorphic_function import concrete_function
    from tensorflow.python.ops import control_flow_util_v2 as inner

    numbers = itertools.count()
    made = concrete_function.ConcreteFunction.from_func_graph

    def from_func_graph(graph: Any, *rest: Any, **named: Any) -> Any:
        name = f"{graph.name}_{_digest(graph)}"
        with _replaced(concrete_function, _inference_name=lambda _: f"__inference_{name}"):
            return made(graph, *rest, **named)

    def loop(scope: str, name: str) -> str:
        return f"{scope}{name}_{key[:16]}_{next(numbers)}".replace("/", "_")

    def gradient(name: str) -> str:
        return f"{name}_grad_{next(numbers)}"

    with (
        _replaced(inner, unique_fn_name=loop, unique_grad_fn_name=gradient),
        _replaced(concrete_function.ConcreteFunction, from_func_graph=from_func_graph),
    ):
        yield


def _digest(graph: Any) -> str:
    """Of all that a graph and the functions that it calls compute."""
    definition = graph.as_graph_def()
    called = [function.node_def for function in definition.library.function]
    for node in itertools.chain(definition.node, *called):
        # A number that gradients are registered under; they are in the graph already.
        node.attr.pop("_gradient_op_type", None)
    return hashlib.sha256(definition.SerializeToString(deterministic=True)).hexdigest()[:16]


@contextmanager
def _replaced(owner: Any, **values: Any) -> Iterator[None]:
    before = {name: owner.__dict__[name] for name in values}
    for name, value in values.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)
