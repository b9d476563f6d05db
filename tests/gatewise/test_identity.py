"""Every hashed record can grow, and what ran before keeps its identity."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import pytest

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.catalogue import Architecture
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
    grown = GrownExperiment(**EXPERIMENT)
    assert grown.id == Experiment(**EXPERIMENT).id
    assert grown.group.id == Experiment(**EXPERIMENT).group.id
    assert "precision" not in grown.recorded
    assert replace(grown, precision="float16").id != grown.id
    assert replace(grown, precision="float16").recorded["precision"] == "float16"


def grown_cell(cell):
    """The cell with one more field than its class has."""
    kind = dataclass(frozen=True)(
        type("Grown", (type(cell),), {"__annotations__": {"novel": int}, "novel": later(0)})
    )
    kind.__qualname__ = type(cell).__qualname__
    return kind(**{name: getattr(cell, name) for name in cell.__dataclass_fields__})


@pytest.mark.parametrize("name", ["lstm", "mgu", "tree-lstm"])
def test_an_architecture_and_its_cell_grow_and_keep_their_definition(name, monkeypatch):
    before = meaning("listops", name)
    ours = catalogue.find(name)
    values = {field: getattr(ours, field) for field in ours.__dataclass_fields__}
    grown = GrownArchitecture(**{**values, "cell": grown_cell(ours.cell)})
    monkeypatch.setitem(catalogue.CATALOGUE._entries, name, (grown, HERE))
    assert meaning("listops", name) == before
    other = replace(grown, cell=replace(grown.cell, novel=1))
    monkeypatch.setitem(catalogue.CATALOGUE._entries, name, (other, HERE))
    described = json.loads(meaning("listops", name)["definition"])
    assert described["cell"]["novel"] == 1
    assert "skip" not in described


@pytest.mark.parametrize("kind", [Tokens(9, 4), Frames(8, 8, 3), Vectors(2)])
def test_an_input_grows_and_data_keeps_its_checksum(kind):
    grown = grown_cell(kind)
    assert spelled(grown) == repr(kind)
    assert spelled(replace(grown, novel=3)) == f"{repr(kind)[:-1]}, novel=3)"


def test_a_checksum_is_what_it_was():
    """Written down once: a change of this value makes every committed run another one."""
    dataset = find("adding-25").load("smoke")
    grown = replace(dataset, inputs={n: grown_cell(kind) for n, kind in dataset.inputs.items()})
    assert grown.checksum() == dataset.checksum()
    assert dataset.checksum()[:16] == "9cf87961faf81fc2"


def test_a_study_grows_and_its_calls_stay_the_same():
    given = ("s", "smoke", ("xml",), ("lstm",), 1)
    grown, study = GrownStudy(*given), Study(*given)
    assert counted(asdict(grown), grown) == asdict(study)


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
