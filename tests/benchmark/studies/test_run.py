"""A study grows where its tables are, with its ledger or without; and what has nothing to show."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from gatewise.benchmark.cli.racing import look
from gatewise.benchmark.execution.engine import Engine, Group
from gatewise.benchmark.records.experiment import Epoch, Examples, Experiment, Result
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.provenance import provenance
from gatewise.benchmark.records.unpacking import NotTakenUp
from gatewise.benchmark.studies import run
from gatewise.benchmark.studies.calls import AnotherPlan
from gatewise.benchmark.studies.racing import Deadline, Race
from gatewise.benchmark.studies.study import Study
from gatewise.report.reading.results import read
from gatewise.report.study import asked
from gatewise.report.tables.verdicts import verdicts


def test_a_time_too_short_for_one_run_is_told(tmp_path):
    with pytest.raises(run.NothingFinished, match="with more time goes on"):
        run._require_a_final_run(tmp_path, None)


# --- Moved, and not ---------------------------------------------------------------------------

TESTED = 40


def drawn(experiment: Experiment) -> Result:
    """A result that follows from the experiment alone, as that of a training does."""
    generator = np.random.default_rng(int(experiment.id, 16))
    final = experiment.phase == "final"
    curve = tuple(
        Epoch(k, 9 * k, *generator.random(3).tolist(), float(k))
        for k in range(1, experiment.epochs + 1)
    )
    scores = generator.exponential(size=TESTED).astype(np.float32)
    best = min(curve, key=lambda epoch: epoch.validation_score)
    return Result(
        "finished", None, float(scores.sum(dtype=float) / TESTED) if final else None,
        best.validation_score, best.validation_loss, best.epoch, len(curve), 9 * len(curve), 5,
        experiment.budget, 9, "", 0.0, 1.0, 1.0, 0.1, "2026-01-01T00:00:00+00:00", curve,
        made=provenance(),
        examples=Examples(scores, np.ones(TESTED, np.float32)) if final else None,
    )  # fmt: skip


class Drawing(Engine):
    """Trains nothing; ``asked`` are the experiments that it was given."""

    def __init__(self) -> None:
        self.asked: list[Experiment] = []

    def work(
        self,
        groups: Sequence[Group],
        folder: Path,
        report: Callable[[], None],
        interrupted: Callable[[], bool],
    ) -> None:
        for experiment in (experiment for group in groups for experiment in group):
            self.asked.append(experiment)
            Ledger(folder).add(experiment, drawn(experiment))
        report()


class NoStore:
    """Logs nothing."""

    reason = ""

    def __init__(self, *given: object) -> None:
        pass

    def start(self) -> None:
        pass

    def flush(self) -> tuple[dict[str, str], str]:
        return {}, ""

    def finish(self, ending: object) -> int:
        return 0


@pytest.fixture
def carried_out(monkeypatch):
    """Carries out a study in a results folder; gives the engine, and what was said."""
    monkeypatch.setattr(run, "Writer", NoStore)

    def carry_out(study: Study, results: Path) -> tuple[Drawing, str]:
        engine, console = Drawing(), Console(record=True, width=200)
        race = Race(look, Deadline()) if study.raced else None
        given = study, results, engine, lambda folder: folder / "report.html", None, "gatewise run"
        run.run_study(*given, console, race)
        return engine, console.export_text()

    return carry_out


BEGUN = Study("s", "smoke", ("adding",), ("lstm", "NFG"), seeds=2)
GROWN = {
    "fixed": (BEGUN, replace(BEGUN, architectures=("lstm", "NFG", "gru"), seeds=3)),
    "tuned": (replace(BEGUN, trials=4), replace(BEGUN, trials=4, seeds=3)),
    "raced": (
        replace(BEGUN, seeds=8, raced=True),
        replace(BEGUN, tasks=("adding", "copying-5"), seeds=8, raced=True),
    ),
}


def cloned(stayed: Path, moved: Path) -> None:
    (moved / "s").mkdir(parents=True)
    for name in ("runs.csv", "curves.csv", "study.json"):
        shutil.copy(stayed / "s" / name, moved / "s")
    shutil.copytree(stayed / "s" / "scores", moved / "s" / "scores")


def files(results: Path) -> dict[str, bytes]:
    paths = [*(results / "s").glob("*.csv"), *(results / "s" / "scores").iterdir()]
    return {path.name: path.read_bytes() for path in paths}


def judged(results: Path) -> str:
    found = read(results / "s")
    return str(verdicts(found, asked(found)).to_csv())


@pytest.mark.parametrize("kind", GROWN)
def test_a_study_that_was_moved_grows_as_one_that_was_not(kind, tmp_path, carried_out):
    """To the last byte, and no experiment is trained again."""
    begun, grown = GROWN[kind]
    stayed, moved = tmp_path / "stayed", tmp_path / "moved"
    earlier, _ = carried_out(begun, stayed)
    cloned(stayed, moved)
    before = files(moved)
    there, _ = carried_out(grown, stayed)
    here, said = carried_out(grown, moved)
    assert f"{len(earlier.asked)} runs taken up from runs.csv" in said
    assert here.asked == there.asked
    assert here.asked
    assert files(moved) == files(stayed) != before
    assert judged(moved) == judged(stayed)
    again, said = carried_out(grown, moved)
    assert not again.asked
    assert "taken up" not in said


def test_a_run_that_cannot_be_taken_up_stops_the_study_before_anything_is_written(
    tmp_path, carried_out
):
    carried_out(BEGUN, tmp_path / "stayed")
    cloned(tmp_path / "stayed", tmp_path)
    path = tmp_path / "s" / "runs.csv"
    path.write_text(path.read_text().replace(",NFG,", ",NIG,"))
    before = {p: p.read_bytes() for p in (tmp_path / "s").rglob("*") if p.is_file()}
    with pytest.raises(NotTakenUp, match="run of 'NIG' on 'adding' at seed '0' cannot be gone on"):
        carried_out(BEGUN, tmp_path)
    assert {p: p.read_bytes() for p in (tmp_path / "s").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("record", ["study.json", None])
def test_a_moved_study_keeps_its_plan(tmp_path, carried_out, record):
    """By its record, which has no copy there, or else by its runs."""
    carried_out(BEGUN, tmp_path / "stayed")
    cloned(tmp_path / "stayed", tmp_path)
    if record is None:
        (tmp_path / "s" / "study.json").unlink()
    with pytest.raises(AnotherPlan, match="budget=77"):
        carried_out(replace(BEGUN, budget=77), tmp_path)
    assert not (tmp_path / "s" / "ledger").exists()
