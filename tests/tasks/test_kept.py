from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gatewise.tasks import arithmetic, kept, listops, xml
from gatewise.tasks.task import Split


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def counted():
    """A maker and the numbers of its calls."""
    calls: list[int] = []

    def make():
        calls.append(len(calls))
        return {"number": np.array([len(calls)])}

    return make, calls


def test_arrays_are_made_once_for_the_same_options_and_maker(home):
    make, calls = counted()
    for _ in range(2):
        assert kept.kept("some", "code", {"size": 1}, make)["number"] == 1
    assert kept.kept("some", "code", {"size": 2}, make)["number"] == 2
    assert len(list(home.rglob("*.npz"))) == 2
    assert kept.kept("some", "other code", {"size": 1}, make)["number"] == 3
    assert len(calls) == 3
    assert len(list(home.rglob("*"))) == 3, "what the old code made is gone, nothing else is left"


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[::-1]])
def test_a_damaged_file_is_made_anew(damage, home):
    make, calls = counted()
    kept.kept("some", "code", {}, make)
    (path,) = home.rglob("*.npz")
    path.write_bytes(damage(path.read_bytes()))
    assert kept.kept("some", "code", {}, make)["number"] == 2
    assert kept.kept("some", "code", {}, make)["number"] == 2
    assert len(calls) == 2


def test_where_nothing_can_be_written_arrays_are_made_every_time(home):
    home.parent.joinpath("data").write_text("a file where the folder should be")
    make, _ = counted()
    assert kept.kept("some", "code", {}, make)["number"] == 1
    assert kept.kept("some", "code", {}, make)["number"] == 2


def arrays(split: Split) -> dict[str, Any]:
    named: dict[str, Any] = {**split.inputs, "lengths": split.lengths, "targets": split.targets}
    named |= {"weights": split.weights, **split.groups}
    return named if split.parents is None else {**named, "parents": split.parents}


@pytest.mark.parametrize("task", [xml, arithmetic, listops])
def test_what_is_read_is_what_was_drawn(task, home):
    options = task.TASK.scale("smoke").options
    drawn = task.draw(**options)
    first, again = task.build(**options), task.build(**options)
    for dataset in (first, again):
        for split, expected in zip(
            (dataset.train, dataset.validation, dataset.test), drawn, strict=True
        ):
            found = arrays(split)
            for name, array in arrays(expected).items():
                assert found[name].dtype == array.dtype
                np.testing.assert_array_equal(found[name], array)
            assert found.keys() == arrays(expected).keys()
