"""The main job: run what a study still lacks, log it, and write its tables and report."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from rich.console import Console

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.diagram import draw
from gatewise.benchmark.execution.engine import WorkersKeepDying, interruptible
from gatewise.benchmark.execution.worker import ENVIRONMENT
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.records.failures import Failure, Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.mending import mend
from gatewise.benchmark.records.provenance import provenance
from gatewise.benchmark.records.tables import latest_failures, latest_runs, write_tables
from gatewise.benchmark.records.unpacking import lacking, take_up
from gatewise.benchmark.studies.calls import (
    record_call,
    require_one_plan,
    require_same_trainings,
    restore,
)
from gatewise.benchmark.studies.forecast import Times, remembered, unheard
from gatewise.benchmark.studies.plan import grouped, plan, recipe, require
from gatewise.benchmark.studies.progress import progress_on
from gatewise.benchmark.studies.racing import Race, TimeIsUp, rounds
from gatewise.benchmark.studies.search import Search
from gatewise.benchmark.studies.study import Study
from gatewise.benchmark.tracking import address
from gatewise.benchmark.tracking.address import public
from gatewise.benchmark.tracking.writer import ANSWER, Ending, Writer
from gatewise.files import require_writable, write_atomically

if TYPE_CHECKING:
    from gatewise.benchmark.execution.engine import Engine


CELLS = "cells"
"""The folder of a study's pictures of cells."""


@dataclass(frozen=True)
class Outcome:
    """What a call of :func:`run_study` left behind."""

    folder: Path
    page: Path
    finished: int
    diverged: int
    repeated: int
    """Experiments trained by this very call; the others were there already."""
    failed: Sequence[Failure]
    """Experiments that gave no result; the same call tries them again."""


class NothingFinished(ValueError):
    """A study of which every experiment failed, or for which the time was too short."""


def run_study(
    study: Study,
    results: Path,
    engine: Engine,
    report: Callable[[Path], Path],
    uri: str | None,
    command: str,
    console: Console,
    race: Race | None = None,
) -> Outcome:
    """Train what the study lacks, then write its tables, its report and the tracking store.

    Args:
        study: what to run.
        results: the results folder; the study gets a folder of its name in it.
        engine: where to train.
        report: writes the report of a study's folder and gives its page.
        uri: the tracking store; None is the SQLite store in ``results``.
        command: the command line, for the record; passwords in it are left out there.
        console: where progress is shown.
        race: how a raced study is raced; None trains all of its seeds.

    Raises:
        UnwritableFolder, TrackingUnreachable, UnreadableStudy: found before anything is trained.
        AnotherPlan, AbsentData, InvalidExperiment, UnsupportedLearning, NotTakenUp: found before
            anything is written.
        Disagreement: a worker would train something else than what is asked for.
        NothingFinished: no final run gave a result.
        WorkersKeepDying: after the report of what is finished is written.
        KeyboardInterrupt: after everything finished so far is written; the same call goes on.
    """
    from gatewise.benchmark.tracking import store as tracking

    # A letter that is not UTF-8, as of a file's name, goes into no page and no store.
    command = public(command).encode(errors="backslashreplace").decode()
    # Before anything imports TensorFlow, here or in the processes to come.
    os.environ.update(ENVIRONMENT)
    folder = results / study.name
    store = uri or address.default_uri(results)
    if uri is not None:
        address.check(uri)
    require(study)
    require_one_plan(study, folder, [run.experiment for run in lacking(folder)])
    require_writable(folder)
    for line in (*restore(folder), *mend(folder), *take_up(folder)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    status = console.status("reading data, measuring chance and baselines")
    with status, interruptible() as interrupted:
        facts = {task: measure(task, study.scale, folder, interrupted) for task in study.tasks}
    require_same_trainings(study, folder, {t: known.data_sha256 for t, known in facts.items()})
    key = record_call(study, folder, command)
    if uri is None:
        address.follow(results)

    def connect() -> tracking.Tracker:
        tags = {"preset_scale": study.scale, "gatewise.command": command, **provenance()}
        artifacts, note = results / address.ARTIFACTS, _note(study, command)
        return tracking.Tracker(store, artifacts, study.name, key, note, tags)

    writer = Writer(store, key, study.name, folder, connect)
    writer.start()
    ledger, planned, repeated, page = Ledger(folder), 0, 0, None
    failures, tried, dying = Failures(folder), set[str](), None
    try:
        total, left = _expected(study, race)
        with progress_on(console, total, left) as shown:

            def train(experiments: Sequence[Experiment]) -> None:
                nonlocal planned, repeated
                by_id = {e.id: e for e in experiments}
                done = ledger.finished() & by_id.keys()
                failures.forget(by_id.keys() - tried)
                tried.update(by_id)
                planned += len(by_id)
                repeated += len(by_id) - len(done)
                shown.expect(len(by_id), len(done))

                def progress(new: set[str]) -> None:
                    ended = new & by_id.keys()
                    failed = ended & failures.ids()
                    shown.advance([ledger.read(id) for id in sorted(ended - failed)])
                    shown.fail([failure for failure in failures if failure.experiment.id in failed])
                    if race is not None:
                        race.deadline.require_time()

                engine.run(grouped(experiments), folder, progress, shown.say)

            templates = [
                recipe(study, facts[task], architecture) for task, architecture in study.pairs
            ]
            try:
                settings = tune(study, templates, folder, train) if study.trials else templates
                if race is None:
                    train([e for group in plan(study, settings) for e in group])
                else:
                    _race(race, study, settings, results, engine, train, console)
            except TimeIsUp:
                console.print("the time is up; the same command with more goes on from here")
            except WorkersKeepDying as error:
                dying = error
        _require_a_final_run(folder, dying)
        with console.status("writing the report"):
            write_tables(study.name, folder, *writer.flush())
            draw_cells(study, folder)
            page = report(folder)
    finally:
        if page is None:
            write_tables(study.name, folder, *writer.flush())
        summary = _summary(folder)
        unlogged = writer.finish(Ending(summary, _artifacts(folder), whole=page is not None))
        if unlogged:
            console.print(
                f"{unlogged} runs are not in the tracking store ({public(writer.reason)}); "
                "the same command logs them once it is back",
                markup=False,
            )
    if dying is not None:
        raise dying
    failed = latest_failures(folder, latest_runs(folder))
    return Outcome(folder, page, planned, int(summary["experiments_diverged"]), repeated, failed)


def _require_a_final_run(folder: Path, dying: Exception | None) -> None:
    """Without one there is nothing to report, but why."""
    runs = latest_runs(folder)
    if any(experiment.phase == "final" for experiment, _ in runs):
        return
    if dying is not None:
        raise dying
    if failed := latest_failures(folder, runs):
        first = failed[0]
        raise NothingFinished(
            f"{len(failed)} experiments failed and no final run is finished; the first is "
            f"{first.experiment.title}: {first.reason}; the same command tries them again"
        )
    raise NothingFinished("no final run is finished yet; the same command with more time goes on")


def _expected(study: Study, race: Race | None) -> tuple[int, Callable[[], float] | None]:
    """How many trainings are known of at the start, and the time left of a race's budget."""
    if race is None:
        return study.tuning_runs + study.runs, None
    return study.tuning_runs, lambda: race.deadline.left


def _race(
    race: Race,
    study: Study,
    settings: Sequence[Experiment],
    results: Path,
    engine: Engine,
    train: Callable[[Sequence[Experiment]], None],
    console: Console,
) -> None:
    """Race the study's comparisons; see :func:`.racing.rounds`."""
    folder, asked = results / study.name, (study, provenance()["machine"], engine.at_once())
    first = unheard(study, remembered(results, *asked).seconds)

    def runs(seeds: Mapping[tuple[str, str], int]) -> list[Experiment]:
        return [e for group in plan(study, settings, seeds) for e in group]

    def refresh() -> Times:
        write_tables(study.name, folder, {})
        return remembered(results, *asked).beside(first)

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    rounds(race, runs, folder, train, refresh, say)


def draw_cells(study: Study, folder: Path) -> None:
    """A picture of each of the study's cells, for the report."""
    for name in study.architectures:
        write_atomically(folder / CELLS / f"{name}.svg", draw(catalogue.find(name)))


def _artifacts(folder: Path) -> list[Path]:
    names = ("runs", "curves", "verdicts", "findings", "importance", "settings", "choices")
    tables = [folder / f"{name}.csv" for name in names]
    return [*tables, *(folder / n for n in (ANSWER, "report.md", "report.html", "figures"))]


def tune(
    study: Study,
    templates: Sequence[Experiment],
    folder: Path,
    train: Callable[[Sequence[Experiment]], None],
) -> list[Experiment]:
    """Search the settings of every task and architecture; all searches go on side by side.

    A search of which a trial failed ends there: it has no setting that was found with equal effort.

    Returns:
        What each repetition chose for each of them, as a final run at seed 0.
    """
    ledger, failures = Ledger(folder), Failures(folder)
    searches = [
        Search(
            replace(template, repetition=repetition),
            study.search,
            study.trials,
            tasks.find(template.task).metric.higher_is_better,
            folder,
        )
        for template in templates
        for repetition in range(study.repetitions)
    ]
    while trials := [trial for search in searches for trial in search.ask()]:
        train(trials)
        failed = failures.ids()
        searches = [search for search in searches if not search.asked & failed]
        for search in searches:
            search.tell(lambda id: ledger.read(id)[1])
    return [replace(search.best, phase="final", seed=0) for search in searches]


def _note(study: Study, command: str) -> str:
    said, *left_out = study.summary.splitlines()
    return (
        f"**What is each gate worth?** {said}, at scale *{study.scale}*.\n\n"
        f"- tasks: {', '.join(study.tasks)}\n"
        f"- architectures: {', '.join(study.architectures)}\n"
        f"- command: `{command}`\n"
        f"{''.join(f'- {line}{chr(10)}' for line in left_out)}\n"
        "Each child run is one training. `test_score` is the task's primary score (its unit is the "
        "tag `unit`), read once, at the best validation epoch. Runs with equal seeds start alike."
    )


def _summary(folder: Path) -> dict[str, float]:
    """Mean test score of every cell of the table, and how many runs there are."""
    runs = latest_runs(folder)
    scores: dict[str, list[float]] = defaultdict(list)
    for experiment, result in runs:
        if result.test_score is not None:
            scores[f"{experiment.task}.{experiment.architecture}"].append(result.test_score)
    counts = {
        "experiments": float(len(runs)),
        "experiments_diverged": float(sum(r.status == "diverged" for _, r in runs)),
        "cpu_hours": sum(r.cpu_seconds for _, r in runs) / 3600,
    }
    return counts | {name: fmean(values) for name, values in scores.items()}
