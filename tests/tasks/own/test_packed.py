"""Examples as arrays are what they were, take little memory, and are read of a file once."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from gatewise.tasks.own import examples as of_examples
from gatewise.tasks.own import keeping, linear
from gatewise.tasks.own.data import OwnData
from gatewise.tasks.own.packed import Example, Packed, sampled
from gatewise.tasks.own.reading import Reading

WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnrst"]


def texts(count):
    """Some come twice; one token is the character that parts tokens where contents are hashed."""
    draw = random.Random(0)
    for row in range(count):
        draw.seed(row % (count - 20))
        tokens = tuple(draw.choices(WORDS, k=draw.randint(1, 30)))
        yield Example((*tokens, "\0"), draw.choice(("yes", "no")), (row,), f"g{row % 7}", row / 3)


def tags(count):
    for row, example in enumerate(texts(count)):
        steps = range(len(example.reads))
        yield Example(
            example.reads, tuple("ab"[s % 2] for s in steps), tuple(row + s for s in steps)
        )


def windows(count):
    numbers = np.random.default_rng(0)
    for row in range(count):
        yield Example(
            numbers.normal(size=(row % 5 + 1, 3)).astype("float32"), row / 7, (row,), part="test"
        )


def plain(example):
    read = example.reads
    return (
        *(read if isinstance(read, tuple) else (read.tobytes(), read.shape),),
        *(example.answer, example.rows, example.group, example.time, example.part),
    )


@pytest.mark.parametrize("kind", [texts, tags, windows])
def test_the_sample_is_of_the_lowest_hashes_and_its_examples_are_what_they_were(kind):
    everything = list(kind(600))
    by_hash = sorted(range(600), key=lambda at: (everything[at].content, -at))
    expected = [plain(everything[at]) for at in sorted(by_hash[:90])]
    found, count = sampled(iter(everything), 90)
    assert found is not None
    assert count == 600
    assert [plain(example) for example in found] == expected
    assert [found.content(at) for at in range(90)] == [example.content for example in found]
    assert plain(found[-1]) == expected[-1]
    assert [plain(example) for example in found[3:70:9]] == expected[3:70:9]
    again = Packed.restored({name: of.copy() for name, of in found.arrays().items()})
    assert [plain(example) for example in again] == expected


def written(path: Path, count: int) -> Reading:
    draw = random.Random(0)
    lines = (f"{' '.join(draw.choices(WORDS, k=40))},{'ab'[k % 2]}\n" for k in range(count))
    path.write_text("text,label\n" + "".join(lines))
    return Reading(str(path), text="text", label="label")


def peak(work):
    tracemalloc.start()
    kept = work()
    found = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return found


def test_an_example_takes_a_few_bytes_a_step(tmp_path):
    """Texts of tokens of their own took 2,900 bytes each."""
    reading = written(tmp_path / "a.csv", 3000)
    kept, most = peak(lambda: of_examples.material(reading))
    assert kept < 3000 * 400
    assert most < 3000 * 500


def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(of_examples, "MOST", 400)
    small, large = (written(tmp_path / f"{n}.csv", n) for n in (800, 8000))
    _, before = peak(lambda: of_examples.material(small))
    _, after = peak(lambda: of_examples.material(large))
    assert after < 1.2 * before


def test_the_baseline_counts_one_example_after_the_other(tmp_path):
    """All names of all examples at once took 30 MB."""
    pytest.importorskip("sklearn.feature_extraction")  # what it takes to load it is not counted
    own = OwnData.of(written(tmp_path / "a.csv", 2000))
    dataset = own.task.load("smoke")
    examples = {name: dataset.details[name] for name in dataset.splits}
    _, most = peak(lambda: linear._counted(dataset.details["encoding"], examples))
    assert most < 12e6


def test_a_large_file_is_read_once(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path / "kept"))
    reading = written(tmp_path / "a.csv", 300)
    small = OwnData.of(reading).task.load("quick").checksum()
    assert not (tmp_path / "kept").exists()
    monkeypatch.setattr(keeping, "LARGE", 0)
    first = keeping.found_in(reading, reading.sha256())

    def read(reading):
        raise AssertionError("read again")

    monkeypatch.setattr(keeping, "material", read)
    again = keeping.found_in(reading, reading.sha256())
    assert (first.found, first.by) == (again.found, again.by) == (300, "word")
    assert [plain(e) for e in first.examples] == [plain(e) for e in again.examples]
    assert OwnData.of(reading).task.load("quick").checksum() == small
    with pytest.raises(AssertionError, match="read again"):
        keeping.found_in(reading, "another file's")
