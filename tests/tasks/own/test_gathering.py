"""Of the rows of more sequences than are kept, whole ones are, and memory does not grow."""

from __future__ import annotations

import hashlib
import random
import tracemalloc

import pytest

from gatewise.tasks.own import examples as of_examples
from gatewise.tasks.own.gathering import Line, TooLong, gathered
from gatewise.tasks.own.reading import Reading


def lines(sequences, seed=0):
    """Of sequence k 1 to 9 rows, all of them shuffled; numbers and texts say which they are."""
    every = [(f"s{k}", step) for k in range(sequences) for step in range(k % 9 + 1)]
    random.Random(seed).shuffle(every)
    for row, (name, step) in enumerate(every):
        yield Line(row, name, (step, 0.5 * row), (f"label of {name}", "ab"[step % 2]))


@pytest.mark.parametrize("most", [7, 60, 10_000])
def test_whole_sequences_of_the_lowest_hashes_are_kept(most):
    every = list(lines(200))
    of = {line.name: [one for one in every if one.name == line.name] for line in every}
    expected, left = set(), most
    for name in sorted(of, key=lambda n: hashlib.blake2b(n.encode(), digest_size=16).digest()):
        if len(of[name]) > left:
            break
        expected.add(name)
        left -= len(of[name])
    found, passed_over = gathered(iter(every), most)
    assert list(found) == [name for name in of if name in expected]
    assert passed_over == len(every) - sum(len(of[name]) for name in expected)
    for name, rows in found.items():
        assert rows.rows.tolist() == [one.row for one in of[name]]
        assert rows.numbers.tolist() == [list(one.numbers) for one in of[name]]
        assert [rows.said(k) for k in (0, 1)] == [
            [one.texts[k] for one in of[name]] for k in (0, 1)
        ]


def test_rows_are_put_into_another_order():
    (rows,) = gathered((one for one in lines(9) if one.name == "s8"), 9)[0].values()
    order = sorted(range(9), key=lambda at: rows.numbers[at, 0])
    ordered = rows.ordered(order)
    assert ordered.numbers[:, 0].tolist() == list(range(9))
    assert ordered.said(1) == list("ababababa")
    assert [rows.rows[at] for at in order] == ordered.rows.tolist()


def test_one_that_is_longer_than_all_that_is_kept_is_none():
    with pytest.raises(TooLong) as error:
        gathered((Line(row, "long", (0.0,), ("",)) for row in range(100)), 20)
    assert error.value.args == ("long", 20)


def windows(path, sequences):
    """Five steps of six numbers a sequence, one behind the other."""
    draw = random.Random(0)
    with path.open("w") as file:
        file.write("id,t,a,b,c,d,e,f,y\n")
        for k in range(sequences):
            for t in range(5):
                numbers = ",".join(f"{draw.random():.6f}" for _ in range(6))
                file.write(f"walk {k},{t},{numbers},{'ab'[k % 2]}\n")
    return Reading(str(path), sequence="id", step="t", features=tuple("abcdef"), label="y")


def peak(reading):
    tracemalloc.start()
    found = of_examples.material(reading)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found, most


def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    """A row of nine columns took 1,200 bytes, of all rows of the file."""
    monkeypatch.setattr(of_examples, "MOST_ROWS", 1000)
    _, before = peak(windows(tmp_path / "small.csv", 400))
    found, after = peak(windows(tmp_path / "large.csv", 4000))
    assert after < 1.2 * before
    assert found.found == len(found.examples) == 200
    assert found.passed_over == 19_000
    monkeypatch.setattr(of_examples, "MOST_ROWS", 20_000)
    found, most = peak(windows(tmp_path / "whole.csv", 2000))
    assert found.passed_over == 0
    assert most < 10_000 * 400
