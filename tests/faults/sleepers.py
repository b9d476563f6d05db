"""Dask workers that sleep instead of training: ``python -m tests.faults.sleepers ADDRESS N S``.

N workers of one thread each live in this process, so that hundreds fit on one machine; a training
takes S seconds, and leaves in the ledger what a training leaves.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from gatewise.benchmark.execution import worker
from gatewise.benchmark.records.experiment import Experiment, Result
from gatewise.benchmark.records.ledger import Ledger

NOTHING_LEARNED = Result(
    status="finished",
    diverged_step=None,
    test_score=0.5,
    validation_score=0.5,
    validation_loss=1.0,
    best_epoch=1,
    epochs_run=1,
    steps=1,
    units=1,
    parameters=1,
    parameters_other=1,
    budget_note="",
    padded_share=0.0,
    wall_seconds=0.0,
    cpu_seconds=0.0,
    compile_seconds=0.0,
    finished_at="2026-01-01T00:00:00+00:00",
    curve=(),
)


def sleep(
    seconds: float,
    experiments: Sequence[Experiment],
    folder: Path,
    keep_weights: bool,
    agreement: object,
    stop: Path | None = None,
) -> bool:
    """What :func:`.worker.run_group` is replaced by."""
    for experiment in experiments:
        time.sleep(seconds)
        Ledger(folder).add(experiment, NOTHING_LEARNED)
    # Nothing was compiled, so no worker is replaced.
    return False


async def serve(address: str, count: int) -> None:
    """So many workers, until the scheduler goes away."""
    import distributed

    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(
                distributed.Worker(address, nthreads=1, dashboard=False, memory_limit=0)
            )
            for _ in range(count)
        ]
        await asyncio.gather(*(one.finished() for one in workers))


if __name__ == "__main__":
    worker.run_group = partial(sleep, float(sys.argv[3]))
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
