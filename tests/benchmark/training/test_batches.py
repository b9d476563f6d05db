from __future__ import annotations

import numpy as np
import pytest

from gatewise.benchmark.training.batches import Batches, bucket_bounds
from gatewise.tasks.task import Split


def make_split(lengths, width=10, per_step=True) -> Split:
    lengths = np.array(lengths, np.int32)
    real = np.arange(width) < lengths[:, None]
    tokens = np.where(real, np.arange(1, len(lengths) + 1)[:, None], 0).astype(np.int32)
    targets = tokens if per_step else np.arange(len(lengths), dtype=np.int32)
    weights = real.astype(np.float32) if per_step else np.ones(len(lengths), np.float32)
    return Split({"words": tokens}, lengths, targets, weights)


@pytest.mark.parametrize("per_step", [True, False])
def test_every_example_comes_once_and_whole(per_step):
    split = make_split([1, 9, 3, 3, 10, 2, 7], per_step=per_step)
    batches = Batches(split, 2, bucket_bounds(split, 2))
    for order in (batches.in_order(), batches.shuffled(np.random.default_rng(0))):
        seen = []
        for batch in order:
            words = batch.arrays["inputs"]["words"]
            assert len(words) == 2
            for i, row in enumerate(batch.rows):
                seen.append(row)
                assert (words[i] > 0).sum() == split.lengths[row]
            filler = batch.arrays["weights"][len(batch.rows) :]
            assert (filler == 0).all()
        assert sorted(seen) == list(range(7))


@pytest.mark.parametrize("bucket", [0, 1])
def test_a_batch_of_no_matter_what_has_its_bucket_s_shape(bucket):
    batches = Batches(make_split([10, 3, 3, 10, 3]), 2, (5, 10))
    wanted = [b for b in batches.in_order() if b.arrays["targets"].shape[1] == (5, 10)[bucket]]
    arrays, like = batches.shaped(bucket).arrays, wanted[0].arrays
    assert arrays.keys() == like.keys()
    assert arrays["inputs"]["words"].shape == like["inputs"]["words"].shape
    assert all(arrays[n].shape == like[n].shape for n in ("targets", "weights", "lengths"))


def test_order_is_the_generators_alone():
    split = make_split(range(1, 11))
    batches = Batches(split, 3, (5, 10))

    def order(seed):
        return [b.rows.tolist() for b in batches.shuffled(np.random.default_rng(seed))]

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_bounds_leave_the_least_padding():
    """Against every other choice of bounds."""
    lengths = np.array([1, 1, 2, 2, 2, 5, 6, 6, 10])
    split = make_split(lengths)

    def computed(bounds):
        return sum(bounds[np.searchsorted(bounds, n)] for n in lengths)

    two = bucket_bounds(split, 2)
    assert computed(two) == min(computed((b, 10)) for b in range(1, 10))
    three = bucket_bounds(split, 3)
    assert computed(three) == min(
        computed((a, b, 10)) for a in range(1, 10) for b in range(a + 1, 10)
    )
    assert Batches(split, 2, two).padded_share == pytest.approx(1 - lengths.sum() / computed(two))


def test_equal_lengths_make_one_bucket_without_lengths():
    split = make_split([10, 10, 10])
    assert bucket_bounds(split, 3) == (10,)
    (batch, _) = Batches(split, 2, (10,)).in_order()
    assert "lengths" not in batch.arrays


def test_bounds_of_training_hold_longer_test_examples():
    train, test = make_split([2, 3, 4]), make_split([10, 1])
    bounds = bucket_bounds(train, 2)
    assert bounds[-1] == 10
    assert sum(len(b.rows) for b in Batches(test, 2, bounds).in_order()) == 2
