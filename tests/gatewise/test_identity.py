"""Every hashed record can grow, and what ran before keeps its identity."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.architecture import Architecture
from gatewise.benchmark.architectures.cell import Value
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.studies.study import Study
from gatewise.identity import counted, later, spelled
from gatewise.registry import HERE
from gatewise.tasks import find
from gatewise.tasks.task import Frames, Tokens, Vectors


@dataclass(frozen=True)
class GrownExperiment(Experiment):
    precision: str = later("float32")


@dataclass(frozen=True)
class GrownArchitecture(Architecture):
    skip: bool = later(False)

    def describe(self) -> dict[str, object]:
        return {**super().describe(), "skip": self.skip}


@dataclass(frozen=True)
class GrownStudy(Study):
    precision: str = later("float32")


EXPERIMENT = {
    "task": "xml", "scale": "smoke", "architecture": "lstm", "definition": "{}", "budget": 10,
    "epochs": 1, "patience": 1, "batch_size": 8, "learning_rate": 0.1, "clip_norm": 1.0,
    "dropout": 0.0, "seed": 0, "data_sha256": "0",
}  # fmt: skip


def test_an_experiment_grows_and_keeps_its_identity():
    more = GrownExperiment(**EXPERIMENT)
    assert more.id == Experiment(**EXPERIMENT).id
    assert more.group.id == Experiment(**EXPERIMENT).group.id
    assert "precision" not in more.recorded
    assert replace(more, precision="float16").id != more.id
    assert replace(more, precision="float16").recorded["precision"] == "float16"


@pytest.fixture(autouse=True)
def kinds_of_before(monkeypatch):
    """What is grown here is not what cells are read back as elsewhere."""
    monkeypatch.setattr(Value, "kinds", dict(Value.kinds))


def grown(record):
    """The record with one more field than its class has."""
    old = type(record)
    named = {"__module__": old.__module__, "__qualname__": old.__qualname__}
    more = {"__annotations__": {"novel": int}, "novel": later(0)}
    kind = dataclass(frozen=True)(type(old.__name__, (old,), {**named, **more}))
    return kind(**{name: getattr(record, name) for name in record.__dataclass_fields__})


@pytest.mark.parametrize("name", ["lstm", "mgu", "tree-lstm"])
def test_an_architecture_and_its_cell_grow_and_keep_their_definition(name, monkeypatch):
    before = meaning("listops", name)
    ours = catalogue.find(name)
    values = {field: getattr(ours, field) for field in ours.__dataclass_fields__}
    more = GrownArchitecture(**{**values, "cell": grown(ours.cell)})
    monkeypatch.setitem(catalogue.CATALOGUE._entries, name, (more, HERE))
    assert meaning("listops", name) == before
    cell: Any = more.cell
    other = replace(more, cell=replace(cell, novel=1))
    monkeypatch.setitem(catalogue.CATALOGUE._entries, name, (other, HERE))
    described = json.loads(meaning("listops", name)["definition"])
    assert described["cell"]["novel"] == 1
    assert "skip" not in described


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Tokens(9, 4), "Tokens(vocabulary=9, width=4, spread=0.05)"),
        (Frames(8, 8, 3), "Frames(height=8, width=8, features=3)"),
        (Vectors(2), "Vectors(size=2)"),
    ],
)
def test_an_input_grows_and_data_keeps_its_checksum(kind, text):
    more = grown(kind)
    assert spelled(more) == text
    assert spelled(replace(more, novel=3)) == f"{text[:-1]}, novel=3)"


def test_a_checksum_is_what_it_was():
    """Written down once: a change of this value makes every committed run another one."""
    dataset = find("adding-25").load("smoke")
    more = replace(dataset, inputs={n: grown(kind) for n, kind in dataset.inputs.items()})
    assert more.checksum() == dataset.checksum()
    assert dataset.checksum()[:16] == "9cf87961faf81fc2"


def test_a_study_grows_and_its_calls_stay_the_same():
    given = ("s", "smoke", ("xml",), ("lstm",), 1)
    more, study = GrownStudy(*given), Study(*given)
    assert counted(asdict(more), more) == counted(asdict(study), study)


def test_a_record_inside_a_record_grows():
    @dataclass(frozen=True)
    class Inner:
        a: int
        b: int = later(0)

    @dataclass(frozen=True)
    class Outer:
        inner: Inner
        c: int = later(0)

    record = Outer(Inner(1))
    assert counted(asdict(record), record) == {"inner": {"a": 1}}
    off = replace(record, inner=Inner(1, 2))
    assert counted(asdict(off), off) == {"inner": {"a": 1, "b": 2}}
