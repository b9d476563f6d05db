from __future__ import annotations

import numpy as np
import pytest

from gatewise.tasks.ngrams import NGrams


def columns(text: str, ids: dict[str, int]):
    row = np.array([[ids[c] for c in text]], np.int32)
    return row[:, :-1], row[:, 1:], np.ones((1, len(text) - 1), np.float32)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_of_all_next_tokens_sum_to_one(order):
    generator = np.random.default_rng(order)
    read, targets = generator.integers(0, 6, (2, 40, 12))
    model = NGrams.fit(read, targets, generator.integers(0, 2, (40, 12)), order, 6)
    fresh = generator.integers(0, 6, (30, 12))
    p = [model.probabilities(fresh, np.full((30, 12), token)) for token in range(6)]
    np.testing.assert_allclose(sum(p), 1.0)
    assert np.min(p) > 0


def test_bigrams_on_a_text_by_hand():
    """a b a c a b: after a stand b twice and c once; D = 2 / (2 + 2 * 2) over the bigrams
    ab (2), ba (1), ac (1), ca (1), so D = 3 / (3 + 2) = 0.6."""
    ids = {"a": 1, "b": 2, "c": 3}
    model = NGrams.fit(*columns("abacab", ids), 2, 4)
    # Different tokens seen before each: b one, c one, a two; two once, one twice: D = 2 / 4.
    below = {"b": (1 - 0.5) / 4, "c": (1 - 0.5) / 4}
    spread = 0.5 * 3 / 4 / 4
    expected = (2 - 0.6) / 3 + 0.6 * 2 / 3 * (below["b"] + spread)
    read, target = np.array([[1]]), np.array([[2]])
    np.testing.assert_allclose(model.probabilities(read, target), [[expected]])


def test_a_context_never_seen_falls_back_to_the_shorter_one():
    ids = {"a": 1, "b": 2, "c": 3}
    long = NGrams.fit(*columns("abcabcabcaabbcc", ids), 3, 4)
    seen = long.probabilities(np.array([[0, 1]]), np.array([[0, 2]]))[0, 1]
    fresh = long.probabilities(np.array([[3, 3, 1]]), np.array([[3, 1, 2]]))
    assert 0 < fresh[0, 2] < 1
    assert seen > 1 / 4
