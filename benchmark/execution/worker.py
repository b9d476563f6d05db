"""What a worker process does: train groups of experiments, one thread, everything kept warm."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewise.benchmark.execution.agreement import Agreement, Disagreement, require_same
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.training.programs import Programs
from gatewise.benchmark.training.programs import folder as folder_of_programs
from gatewise.checks import reason_of
from gatewise.files import UnwritableFolder

if TYPE_CHECKING:
    from gatewise.benchmark.training.trainer import Trainer
    from gatewise.tasks.task import Dataset

ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false --xla_cpu_prefer_vector_width=512",
}
"""One thread a process: small products do not split well. Wide vectors, where there are any, make
the step faster (``docs/engine.md``)."""

UNNEEDED = ("jax", "matplotlib", "pandas", "PIL", "sklearn")
"""What Keras imports where it finds it, 250 MB in all, and we have no use for in a training."""
GROUPS_A_PROCESS = 16
"""Groups that a process trains before another takes its place; see :class:`.local._Process`."""
POLL_SECONDS = 0.2
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, LARGEST_INT = -1, -3, 2**31 - 1

_busy = threading.Lock()
"""Held while a group is trained."""


def start(stop: Path, began: Any) -> None:
    """Prepare a worker process that ends, once the file ``stop`` is there, as soon as it is idle.

    A file, because a process that is killed can leave no lock of it behind. ``began`` is a number
    that the driver sees, 1 once the process can train.
    """
    # The driver decides what an interrupt from the keyboard means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Thread(target=_end_when_stopped, args=(stop,), daemon=True).start()
    single_thread()
    began.value = 1


@cache
def single_thread() -> None:
    """One thread for this process; must come before TensorFlow is first imported."""
    os.environ.update(ENVIRONMENT)
    if kept := programs():
        kept.enter()
    _keep_freed_memory()
    with _hidden(UNNEEDED):
        import keras  # noqa: F401
        import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


@cache
def programs() -> Programs | None:
    """Where this process finds compiled programs, if it does.

    Workers do. A command of its own compiles little, and what TensorFlow remarks on every program
    that it loads would stand on the user's terminal.
    """
    where = folder_of_programs() if multiprocessing.parent_process() else None
    return Programs(where) if where else None


@contextmanager
def _hidden(names: Sequence[str]) -> Iterator[None]:
    """A block in which packages that are not imported yet look as if they were not installed."""
    hidden: dict[str, Any] = {name: None for name in names if name not in sys.modules}
    sys.modules.update(hidden)
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _keep_freed_memory() -> None:
    """Have freed memory kept by the process, where the C library is GNU's.

    A step needs tens of megabytes for its activations. By default they go back to the kernel after
    every step and come again page by page, which can cost more than the step (``docs/engine.md``).
    """
    with suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for option in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD):
            mallopt(option, LARGEST_INT)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end_when_stopped(stop: Path) -> None:
    while not stop.exists():
        time.sleep(POLL_SECONDS)
    with _busy:
        os._exit(0)


def run_group(
    experiments: Sequence[Experiment],
    folder: Path,
    keep_weights: bool,
    agreement: Agreement,
    stop: Path | None = None,
) -> bool:
    """:func:`train_group` in a process of an engine's own, which ends if memory runs out.

    Raises:
        Disagreement: this process is not what the command is, or what it has is something else.
    """
    if agreement.enter():
        trainer.cache_clear()
        loaded.cache_clear()
    single_thread()
    with _ending_when_out_of_memory():
        return train_group(experiments, folder, keep_weights, stop)


def train_group(
    experiments: Sequence[Experiment], folder: Path, keep_weights: bool, stop: Path | None = None
) -> bool:
    """Train experiments that share a compiled step and record each in the study's ledger.

    What is finished already is passed over, and so is a group that another process works on. Once
    the file ``stop`` is there, the training in hand ends after its epoch, without a result. An
    experiment that raises is recorded as failed, and the others go on.

    Returns:
        Whether anything was left to train here.

    Raises:
        Disagreement: see :func:`trainer`.
        UnwritableFolder: the study's folder does not take what was found.
    """
    single_thread()
    stopped = stop.exists if stop is not None else lambda: False
    ledger = Ledger(folder)
    with _busy, ledger.claim(experiments[0].group) as mine:
        finished = ledger.finished()
        left = [e for e in experiments if mine and e.id not in finished]
        for experiment in left:
            if stopped():
                break
            with _recording(experiment, folder):
                _train(experiment, folder, keep_weights, stopped)
    return bool(left)


def _train(
    experiment: Experiment, folder: Path, keep_weights: bool, stopped: Callable[[], bool]
) -> None:
    """Train one experiment and record it, unless it is stopped."""
    from gatewise.benchmark.training import samples

    own = trainer(experiment.group)
    result = own.train(experiment, stopped)
    if result is None:
        return
    if keep_weights:
        path = weights_path(folder, experiment)
        path.parent.mkdir(exist_ok=True)
        own.model.save_weights(path)
    if result.status == "finished" and samples.is_sampled(experiment):
        samples.write(own, experiment, folder)
    Ledger(folder).add(experiment, result)


@contextmanager
def _recording(experiment: Experiment, folder: Path) -> Iterator[None]:
    """Record an error as the experiment's failure, unless it is none of the experiment's own."""
    others: tuple[type[Exception], ...] = Disagreement, UnwritableFolder, *_out_of_memory()
    try:
        yield
    except others:
        raise
    except Exception as error:
        Failures(folder).add(experiment, reason_of(error), traceback.format_exc())


@contextmanager
def _ending_when_out_of_memory() -> Iterator[None]:
    """End the process, as the kernel does when its own memory runs out: engines know that case."""
    try:
        yield
    except _out_of_memory():
        os._exit(1)


@cache
def _out_of_memory() -> tuple[type[Exception], ...]:
    """What says so; a SystemError is of code in C that was refused memory and did not say so."""
    import tensorflow as tf

    return MemoryError, SystemError, tf.errors.ResourceExhaustedError


def weights_path(folder: Path, experiment: Experiment) -> Path:
    """Where a run's trained weights are kept, if they are."""
    return folder / "weights" / f"{experiment.id}.weights.h5"


@lru_cache(maxsize=1)
def trainer(group: Experiment) -> Trainer:
    """The trainer of a group of experiments; the last one is kept.

    Raises:
        Disagreement: what the experiments say of their architecture or data is not so here.
    """
    import keras

    from gatewise import tasks
    from gatewise.benchmark.training.trainer import Trainer

    # What a user's keras.json says changes no result.
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)

    dataset, checksum = loaded(group.task, group.scale)
    require_same(group, checksum)
    keras.backend.clear_session()
    return Trainer(tasks.find(group.task), dataset, group, programs())


@lru_cache(maxsize=1)
def loaded(task: str, scale: str) -> tuple[Dataset, str]:
    """A task's data and its checksum."""
    from gatewise import tasks

    dataset = tasks.find(task).load(scale)
    return dataset, dataset.checksum()
