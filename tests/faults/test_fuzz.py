"""Whatever the files say that the commands read, the answer is a result or one line of ours.

Nothing is written outside the folder, and no file half. A few draws of each kind here, two thousand
in the slow suite: the same ones each time, that a suite is red for what was changed alone. `make
fuzz` draws ten thousand others.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatewise.benchmark.records.experiment import Epoch, Examples
from gatewise.benchmark.records.facts import TaskFacts, keep, read_facts
from gatewise.benchmark.records.failures import Failures
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.mending import mend
from gatewise.benchmark.records.packed import Scores, pack, unpack
from gatewise.benchmark.records.tables import write_tables
from gatewise.benchmark.records.unpacking import NotTakenUp, take_up
from gatewise.benchmark.studies import calls, forecast
from gatewise.benchmark.studies.plan import asked
from gatewise.benchmark.studies.settings import read_settings
from gatewise.benchmark.studies.study import Study
from gatewise.benchmark.tracking import address
from gatewise.files import write_atomically
from gatewise.identity import seal
from gatewise.plugins import Plugin
from gatewise.report.reading import calibration, diagnoses, mending, questions
from gatewise.report.reading.results import read
from gatewise.tasks import UnknownTask, find
from tests.benchmark.records.test_ledger import EXPERIMENT, RESULT
from tests.report.conftest import simulate

DRAWS = 6
OTHERS = "GATEWISE_FUZZ" in os.environ
SLOW_DRAWS = 10_000 if OTHERS else 2_000

JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from([10**400, -1, 0, 1e308, "nan", "\0", "../../x", "a" * 300, [], {}]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
CELLS = st.sampled_from(
    [*("", "nan", "inf", "-inf", "1e999", "-1", "0", "1e18", "x", "True", "\0", "'", '"', "\r")]
) | st.text(max_size=6)


def places(data: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """The way to every value within plain data."""
    if isinstance(data, dict):
        inner = [(*at, key) for key in data]
    elif isinstance(data, list):
        inner = [(*at, k) for k in range(len(data))]
    else:
        return [at]
    below = [data[way[-1]] for way in inner]
    return [at, *(p for way, part in zip(inner, below, strict=True) for p in places(part, way))]


def altered(draw: st.DataObject, record: object) -> object:
    """Plain data of which some values are others, or gone."""
    changed = json.loads(json.dumps(record))
    for _ in range(draw.draw(st.integers(1, 2))):
        way = draw.draw(st.sampled_from(places(changed)))
        if not way:
            return draw.draw(JSON)
        above = changed
        for part in way[:-1]:
            above = above[part]
        if draw.draw(st.booleans()):
            above[way[-1]] = draw.draw(JSON)
        else:
            del above[way[-1]]
    return changed


def bitten(draw: st.DataObject, content: bytes) -> bytes:
    """Bytes of which some are others, gone or more."""
    changed = bytearray(content)
    for _ in range(draw.draw(st.integers(1, 3))):
        start = draw.draw(st.integers(0, len(changed)))
        end = min(len(changed), start + draw.draw(st.integers(0, 40)))
        changed[start:end] = draw.draw(st.binary(max_size=40))
    return bytes(changed)


def damaged(draw: st.DataObject, record: object) -> bytes:
    """A JSON file that says something else, or is none."""
    text = json.dumps(altered(draw, record)).encode()
    return bitten(draw, text) if draw.draw(st.integers(0, 3)) == 0 else text


def table(draw: st.DataObject, text: str) -> bytes:
    """A CSV file of which cells, columns or bytes are others."""
    rows = list(csv.reader(io.StringIO(text)))
    for _ in range(draw.draw(st.integers(1, 4))):
        row = draw.draw(st.sampled_from(rows[: 1 + draw.draw(st.integers(0, len(rows) - 1))]))
        if row:
            row[draw.draw(st.integers(0, len(row) - 1))] = draw.draw(CELLS)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    content = out.getvalue().encode(errors="surrogatepass")
    return bitten(draw, content) if draw.draw(st.integers(0, 4)) == 0 else content


STUDY = Study("s", "smoke", ("adding",), ("lstm", "vanilla"), seeds=2)
TRAINED = asked(STUDY, "adding", "lstm", "0" * 64)
CURVED = replace(RESULT, curve=(Epoch(1, 10, 1.0, 0.7, 0.5, 1.0),))
FACTS = TaskFacts("adding", "smoke", "0" * 64, 0.1, 9, 3, ())
SETTINGS = "task,architecture,learning_rate,clip_norm,dropout,batch_size\nadding,lstm,0.1,1,0,32\n"
RATES = (
    "task,measure,effect,seeds,runs,examples,trials,rate,low,high\nwhole study,x,0,5,9,0,9,0,0,1\n"
)
runs, curves = simulate(np.random.default_rng(0), seeds=2, epochs=2, tasks=("labelling",))
RUNS, CURVES = runs.to_csv(index=False), curves.to_csv(index=False)


# --- One file each: what is read, and what may be said of it ----------------------------------


def a_record_of_calls(draw: st.DataObject, folder: Path) -> None:
    record = {"key": "k", "name": "s", "calls": [asdict(STUDY) | {"command": "c", "commit": "x"}]}
    record["calls"][0]["started_at"] = "2026-01-01T00:00:00+00:00"
    for name in ("study.json", ".study.json"):
        (folder / name).write_bytes(damaged(draw, record))
    try:
        list(calls.restore(folder))
        calls.require_one_plan(STUDY, folder)
        calls.record_call(STUDY, folder, "c")
    finally:
        questions.questions(folder)


def a_ledger(draw: st.DataObject, folder: Path) -> None:
    ledger = Ledger(folder)
    ledger.add(EXPERIMENT, replace(CURVED, examples=Examples(np.ones(2, "f4"), np.ones(2, "f4"))))
    path = ledger.folder / f"{EXPERIMENT.id}.json"
    record = json.loads(path.read_text())
    record.pop("sha256")
    record = altered(draw, record)
    if isinstance(record, dict) and draw.draw(st.booleans()):
        # As somebody who reckons the checksum anew.
        record["sha256"] = seal(record)
    path.write_text(json.dumps(record))
    scores = ledger.examples / f"{EXPERIMENT.id}.npz"
    scores.write_bytes(bitten(draw, scores.read_bytes()))
    (folder / "samples").mkdir(exist_ok=True)
    sample = {"experiment": EXPERIMENT.id, "examples": []}
    (folder / "samples" / f"{EXPERIMENT.id}.json").write_bytes(damaged(draw, sample))
    assert len(list(mend(folder))) <= 1
    assert not list(mend(folder))
    for experiment, _ in ledger:
        ledger.read_examples(experiment.id)


def facts_of_a_task(draw: st.DataObject, folder: Path) -> None:
    path = folder / "tasks" / f"adding-{'0' * 16}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(damaged(draw, asdict(FACTS)))
    read_facts(folder, "adding", "0" * 64)


def packed_scores(draw: st.DataObject, folder: Path) -> None:
    one = np.ones((2, 3), np.float32)
    unpack(bitten(draw, pack(Scores(["0", "1"], one, one[0]))))


def chosen_settings(draw: st.DataObject, folder: Path) -> None:
    path = folder / "settings.csv"
    path.write_bytes(table(draw, SETTINGS))
    given_ = read_settings(path)
    Study("s", "smoke", ("adding",), ("lstm",), seeds=1, settings=given_)


def failures_of_runs(draw: st.DataObject, folder: Path) -> None:
    failures = Failures(folder)
    failures.add(EXPERIMENT, "broken")
    path = failures.folder / f"{EXPERIMENT.id}.json"
    path.write_bytes(damaged(draw, json.loads(path.read_text())))
    assert len(list(failures)) <= 1


def tables_of_a_study(draw: st.DataObject, folder: Path) -> None:
    (folder / "runs.csv").write_bytes(table(draw, RUNS))
    (folder / "curves.csv").write_bytes(
        table(draw, CURVES) if draw.draw(st.booleans()) else CURVES.encode()
    )
    forecast.remembered(folder.parent, STUDY, "here")
    forecast.spreads(folder.parent, "smoke")
    read(folder)


def tables_that_a_study_goes_on_from(draw: st.DataObject, folder: Path) -> None:
    ledger, seeds = Ledger(folder), [replace(TRAINED, seed=seed) for seed in range(3)]
    for seed in seeds:
        ledger.add(seed, CURVED)
    keep(folder, FACTS)
    write_tables("s", folder, {})
    names = ("runs.csv", "curves.csv")
    before = {name: (folder / name).read_text() for name in names}
    for name in draw.draw(st.sampled_from([("runs.csv",), ("curves.csv",), names])):
        (folder / name).write_bytes(table(draw, before[name]))
    for path in list(ledger.folder.iterdir())[: draw.draw(st.integers(0, 3))]:
        path.unlink()
    left = ledger.finished()
    try:
        list(take_up(folder))
    except NotTakenUp:
        assert ledger.finished() == left
        raise
    write_tables("s", folder, {})


def error_rates(draw: st.DataObject, folder: Path) -> None:
    path = folder / "calibration.csv"
    path.write_bytes(table(draw, RATES))
    if not list(mending.mend(folder)):
        calibration.read(path)


def a_diagnosis(draw: st.DataObject, folder: Path) -> None:
    path = folder / "diagnostics" / f"{'0' * 16}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(damaged(draw, DIAGNOSIS))
    if not list(mending.mend(folder)):
        diagnoses.of([path])


def an_address(draw: st.DataObject, folder: Path) -> None:
    schemes = (
        "http://",
        "https://",
        "sqlite:///",
        "postgresql://",
        "mysql://",
        "file:",
        "",
        "ftp:",
    )
    uri = draw.draw(st.sampled_from(schemes)) + draw.draw(st.text(max_size=20))
    assert "geheim" not in address.public(uri.replace("://", "://me:geheim@"))
    # A path of a shell has no zero byte.
    address.default_uri(folder / draw.draw(NAMES).replace("\0", ""))
    if not uri.startswith(("http", "postgresql", "mysql", "file", "sqlite")):
        address.check(uri)


def a_name(draw: st.DataObject, folder: Path) -> None:
    name = draw.draw(NAMES)
    with contextlib.suppress(UnknownTask):
        find(name)
    made = Study(name, "smoke", ("adding",), ("lstm",), seeds=1)
    write_atomically(folder / made.name / "x", "x")


def a_path_of_a_plugin(draw: st.DataObject, folder: Path) -> None:
    (folder / "mine.py").write_bytes(draw.draw(st.binary(max_size=20)))
    reference = draw.draw(st.sampled_from([str(folder / "mine.py"), draw.draw(NAMES)]))
    assert Plugin.read(reference).sha256


NAMES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["..", ".", "/etc", "a/../../b", "\0", "a\nb", "mlflow.db", "\udcff", "x" * 300]
    ),
)
DIAGNOSIS = {
    "experiment": "0" * 16, "task": "t", "architecture": "a", "scale": "smoke", "seed": 0,
    "match": "parameters", "recorded": 0.5, "score": 0.5, "examples": 2, "steps": 2,
    "gates": {"keep": {"mean": 0.5, "left": 0.0, "right": 0.0, "histogram": [1.0],
                       "by_step": [0.5, 0.5], "left_by_unit": [0.0], "right_by_unit": [0.0]}},
    "gradient": {"h": {"norms": [1.0, 0.5], "examples": [2, 2], "slopes": [-0.1, None],
                       "rate": 0.9}},
    "start": None, "predicted": None,
    "horizon": {"lags": [0, 1], "change": [1.0, None], "horizon": None},
    "lesions": [{"gate": "keep", "at": "0", "score": 0.1}],
}  # fmt: skip
KINDS: tuple[Callable[[st.DataObject, Path], None], ...] = (
    *(a_record_of_calls, a_ledger, facts_of_a_task, packed_scores, chosen_settings),
    *(failures_of_runs, tables_of_a_study, tables_that_a_study_goes_on_from, error_rates),
    *(a_diagnosis, an_address, a_name, a_path_of_a_plugin),
)


def is_ours(error: BaseException) -> bool:
    """What the command turns into one line and exit code 2."""
    return isinstance(error, ValueError) and type(error).__module__.startswith("gatewise.")


def fuzz(kind: Callable[[st.DataObject, Path], None], draws: int, folder: Path) -> int:
    """Try so many inputs; how many of them were refused."""
    inside = folder / "results" / "study"
    refused: list[str] = []

    @settings(
        max_examples=draws,
        derandomize=not OTHERS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def tried(draw: st.DataObject) -> None:
        for path in sorted(inside.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        inside.mkdir(parents=True, exist_ok=True)
        try:
            kind(draw, inside)
        except Exception as error:
            if not is_ours(error):
                raise
            refused.append(str(error))
        assert not any("\n" in line for line in refused)
        assert [path.name for path in folder.iterdir()] == ["results"]
        assert [path.name for path in inside.parent.iterdir()] == ["study"]
        # What is written whole has another name until it is.
        assert not [path for path in inside.rglob(".*.*") if path.suffix not in KEPT]

    tried()
    return len(refused)


KEPT = (".damaged", ".json")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_few_draws_of_each_kind(kind, tmp_path):
    fuzz(kind, DRAWS, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_thousands_of_draws(kind, tmp_path, capsys):
    each = -(-SLOW_DRAWS // len(KINDS))
    refused = fuzz(kind, each, tmp_path)
    with capsys.disabled():
        print(f"\n{kind.__name__}: {each} inputs, {refused} refused in one line", end=" ")
