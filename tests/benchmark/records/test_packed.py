"""What is packed comes back: counts whole, others to 5 bits; and a study's file is small."""

from __future__ import annotations

import io

import numpy as np
import pytest

from gatewise.benchmark.records import packed
from gatewise.benchmark.records.packed import DamagedScores, Scores

WEIGHTS = np.ones(4, np.float32)


def names(count: int) -> list[str]:
    return [f"{k:016x}" for k in range(count)]


@pytest.mark.parametrize("most", [1, 7, 300])
def test_counts_come_back_whole(most):
    sums = np.random.default_rng(0).integers(0, most + 1, (3, 50)).astype(np.float32)
    weights = np.full(50, most, np.float32)
    found = packed.unpack(packed.pack(Scores(names(3), sums, weights)))
    assert found.experiments == names(3)
    assert (found.sums == sums).all()
    assert (found.weights == weights).all()


def test_others_are_rounded_to_the_nearest_of_32_steps_between_powers_of_two():
    sums = np.array([[1.0, 1 + 0.4 / 32, 1 + 0.6 / 32, 2 - 0.4 / 32]], np.float32)
    found = packed.unpack(packed.pack(Scores(names(1), sums, WEIGHTS))).sums
    assert found.tolist() == [[1.0, 1.0, 1 + 1 / 32, 2.0]]


def test_rounding_is_the_same_part_of_every_size():
    """A squared error of a solved run is millions of times smaller than that of a failed one."""
    generator = np.random.default_rng(0)
    sums = np.exp(generator.uniform(-25, 5, (4, 500))).astype(np.float32)
    found = packed.unpack(packed.pack(Scores(names(4), sums, np.ones(500, np.float32)))).sums
    assert np.abs(found / sums - 1).max() <= 1 / 64


def test_large_scores_whose_rounding_is_whole_are_known_to_be_rounded_and_stay_the_same_bytes():
    """A text of 80 characters costs some 130 nats, which is rounded to a multiple of 4."""
    sums = np.random.default_rng(0).uniform(128, 255, (3, 50)).astype(np.float32)
    packed_once = packed.pack(Scores(names(3), sums, np.full(50, 80, np.float32)))
    found = packed.unpack(packed_once)
    assert (found.sums == np.round(found.sums)).all()
    assert found.rounded
    assert packed.pack(found) == packed_once
    other = Scores(["f" * 16], sums[:1], found.weights)
    more = packed.joined([found, other], [*found.experiments, *other.experiments])
    again = packed.unpack(packed.pack(more))
    assert again.rounded
    assert (again.sums[:3] == found.sums).all()
    assert (again.sums[3] == found.sums[0]).all()


def test_counts_are_not_rounded():
    sums = np.arange(8, dtype=np.float32)[None]
    assert not packed.unpack(packed.pack(Scores(names(1), sums, np.ones(8, np.float32)))).rounded


def test_numbers_below_and_at_0_are_kept_too():
    sums = np.array([[-2.5, 0.0, 0.125, 3.0]], np.float32)
    found = packed.unpack(packed.pack(Scores(names(1), sums, WEIGHTS))).sums
    assert found.tolist() == sums.tolist()


def test_many_examples_are_pooled_and_no_sum_is_lost(monkeypatch):
    monkeypatch.setattr(packed, "MOST_EXAMPLES", 4)
    sums = np.arange(10, dtype=np.float32)[None]
    found = packed.unpack(packed.pack(Scores(names(1), sums, np.ones(10, np.float32))))
    assert found.sums.tolist() == [[0 + 4 + 8, 1 + 5 + 9, 2 + 6, 3 + 7]]
    assert found.weights.tolist() == [3, 3, 2, 2]


def test_equal_scores_are_equal_bytes():
    sums = np.random.default_rng(0).random((5, 40), np.float32)
    scores = Scores(names(5), sums, np.ones(40, np.float32))
    assert packed.pack(scores) == packed.pack(scores)


def test_a_study_of_1600_runs_is_small_enough_for_a_repository():
    """40 architectures, 5 seeds, 8 tasks of 2,000 test examples, half of them in nats."""
    generator = np.random.default_rng(0)
    hard, lengths = generator.normal(0, 1, 2000), generator.integers(4, 12, 2000)
    luck = generator.normal(0, 0.5, (200, 2000))
    right = (hard + luck > -1).astype(np.float32)
    nats = (np.exp(0.3 * (hard + luck)) * lengths).astype(np.float32)
    weights = np.ones(2000, np.float32)
    sizes = [len(packed.pack(Scores(names(200), s, weights))) for s in (right, nats)]
    assert 4 * sum(sizes) < 2.5e6


@pytest.mark.parametrize(
    "change",
    [
        {"experiment": np.frombuffer(b"0\n1", np.uint8)},
        {"code": np.zeros(4, np.uint8)},
        {"code": np.array([{}] * 4)},
        {"least": np.array("much")},
        {"weight": np.ones(3, np.float32)},
        {"least": np.array((0x7F800000 >> 18) - 1), "code": np.full((1, 4), 1, np.uint8)},
    ],
)
def test_what_is_no_such_file_is_refused(change):
    with np.load(io.BytesIO(packed.pack(Scores(names(1), WEIGHTS[None], WEIGHTS)))) as file:
        arrays = {name: file[name] for name in file.files} | change
    data = io.BytesIO()
    np.savez(data, **arrays)
    with pytest.raises(DamagedScores, match=r"allowed|no packed scores"):
        packed.unpack(data.getvalue())


def test_other_bytes_are_refused():
    with pytest.raises(DamagedScores, match="no packed scores"):
        packed.unpack(b"not a zip")
