"""The MLflow page with thousands of runs: ``python -m tests.browser.thousands FOLDER [RUNS]``.

Made-up results go through the real writer into a store of FOLDER; then the page is opened. All is
given in CPU seconds too, of the command and the server and of the browser, for other work on the
machine stretches the seconds on the clock. Prints rows of ``docs/page.csv``.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import re
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.records.experiment import Epoch, Experiment, Result
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study, misfit
from gatewise.benchmark.tracking import address
from gatewise.benchmark.tracking import store as tracking
from gatewise.benchmark.tracking.writer import Ending, Writer
from tests.browser import pictures
from tests.faults.overhead import TICK, fields

TASKS, EPOCHS, START = ("adding", "copying"), 30, datetime(2026, 1, 1, tzinfo=UTC)

MATCHING = re.compile(r"[1-9]\d* matching runs")
PATIENCE = 60.0
"""Seconds that the page may take beside other work."""


def made_up(number: int) -> Result:
    """A result that looks like one, and is none."""
    drawn = random.Random(number)
    end, rate = drawn.uniform(0.01, 0.15), drawn.uniform(0.1, 0.4)
    losses = [end + math.exp(-rate * epoch) / 6 for epoch in range(1, EPOCHS + 1)]
    return Result(
        status="finished", diverged_step=None, test_score=end, validation_score=losses[-1],
        validation_loss=losses[-1], best_epoch=EPOCHS, epochs_run=EPOCHS, steps=EPOCHS * 40,
        units=60 + number % 40, parameters=40_000, parameters_other=300, budget_note="",
        padded_share=0.0, wall_seconds=6.0, cpu_seconds=6.0, compile_seconds=1.0,
        finished_at=(START + timedelta(seconds=4 * number)).isoformat(),
        curve=tuple(
            Epoch(epoch, 40 * epoch, loss, loss, loss, 0.2 * epoch)
            for epoch, loss in enumerate(losses, 1)
        ),
    )  # fmt: skip


def fill(folder: Path, runs: int) -> dict[str, float]:
    """A study of so many runs in the ledger and then in the store; what the second took."""
    fitting = [n for n in catalogue.CATALOGUE if not any(misfit(task, n) for task in TASKS)]
    study = Study("thousands", "smoke", TASKS, tuple(fitting), seeds=1)
    path = folder / study.name
    templates = [
        recipe(study, facts, name)
        for facts in (measure(task, "smoke", path) for task in TASKS)
        for name in study.architectures
    ]
    ledger, seeds = Ledger(path), itertools.count()
    planned: Iterator[Experiment] = (replace(t, seed=s) for s in seeds for t in templates)
    for number, experiment in enumerate(itertools.islice(planned, runs)):
        ledger.add(experiment, made_up(number))
    uri = address.default_uri(folder)

    def connect() -> tracking.Tracker:
        return tracking.Tracker(uri, folder / "artifacts", study.name, "key", "made up", {})

    connect()
    wall, cpu = time.perf_counter(), time.process_time()
    writer = Writer(uri, "key", study.name, path, connect)
    writer.start()
    kept = len(writer.flush().runs)
    cost = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    writer.finish(Ending({"experiments": float(kept)}, [], whole=True))
    if kept != runs:
        raise RuntimeError(f"{kept} of {runs} runs are in the store")
    return cost


def spent(root: int) -> float:
    """CPU seconds of a process and all that descends from it."""
    known: dict[int, tuple[int, float]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            stat = fields(process / "stat")
        except OSError:
            continue
        known[int(process.name)] = stat[0], sum(stat[10:14]) / TICK
    family = {root}
    while more := {p for p, (parent, _) in known.items() if parent in family} - family:
        family |= more
    return sum(known[p][1] for p in family if p in known)


def look(folder: Path, runs: int) -> None:
    """Print the seconds until the page shows what it should, with a picture of each step."""

    def timed(name: str, act: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), spent(os.getpid())
        act()
        wall, cpu = time.perf_counter() - wall, spent(os.getpid()) - cpu
        print(f"{name},{runs},{wall:.1f},{cpu:.1f}", flush=True)
        tab.screenshot(path=folder / f"{name}.png")

    with pictures.served(folder, PATIENCE) as address, pictures.opened() as browser:
        tab = browser.new_page(viewport={"width": 1500, "height": 900})
        tab.set_default_timeout(1000 * PATIENCE)

        def reach(where: str, text: str | re.Pattern[str]) -> None:
            tab.goto("about:blank")
            tab.goto(where)
            tab.get_by_text(text).first.wait_for()

        def draw(where: str) -> None:
            reach(where, "Test scores")
            tab.locator(".js-plotly-plot").nth(1).wait_for()

        chosen = urllib.parse.quote("tags.`gate.keep` = 'open' and tags.task = 'copying'")
        best = "&orderByKey=metrics.%60test_score%60&orderByAsc=true"
        table = pictures.table(address)
        # The first visit fetches the page itself.
        timed("first", lambda: reach(table, "study thousands"))
        timed("table", lambda: reach(table, "study thousands"))
        timed("unfold", lambda: unfold(tab))
        timed("filter", lambda: reach(f"{table}&searchFilter={chosen}", "study thousands"))
        timed("sort", lambda: reach(table + best, MATCHING))
        timed("charts", lambda: draw(address))


def unfold(tab: Any) -> None:
    """Show the study's runs."""
    pictures.unfold(tab, "study ")
    tab.get_by_text(" · adding · ").first.wait_for()


def main(folder: Path, runs: int) -> None:
    """Fill a store unless it is there, look at its page, and print what it took."""
    if not (folder / "mlflow.db").exists():
        folder.mkdir(parents=True, exist_ok=True)
        found = fill(folder, runs)
        print(f"writer,{runs},{found['seconds']:.1f},{found['cpu']:.1f}", flush=True)
    look(folder, runs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000)
