"""Sampling, beam search and the tree, on a model whose probabilities are a small table."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import tensorflow as tf

from gatewise.benchmark.networks.decoding import Decoder, InvalidSampling

END = 3
TABLE = np.array([[0.1, 0.5, 0.4, 0.0], [0.3, 0.3, 0.1, 0.3], [0.05, 0.05, 0.1, 0.8], [1, 0, 0, 0]])


class Markov:
    """The next token depends on the last one; the state counts the tokens read."""

    def decode(self, read, states):
        logits = tf.math.log(tf.constant(TABLE + 1e-9, tf.float32))
        steps = tf.cast(tf.shape(read)[1], tf.float32)
        return tf.gather(logits, read), ((states[0][0] + steps,),)


@pytest.fixture(scope="module")
def decoder():
    return Decoder(Markov())


@pytest.fixture
def position(decoder):
    return decoder.read(np.array([[0]]), ((tf.zeros((1, 1)),),))


def nats(ids):
    return -sum(np.log(TABLE[a, b] + 1e-9) for a, b in zip((0, *ids), ids, strict=False))


def test_beam_search_as_wide_as_all_texts_finds_the_likeliest(decoder, position):
    every = {ids: nats(ids) for ids in product(range(4), repeat=3)}
    found = decoder.beam(position, steps=3, width=64)
    assert len(found) == 64
    for text in found:
        assert text.nats == pytest.approx(every[text.ids], rel=1e-3, abs=1e-4)
    assert found[0].ids == min(every, key=every.get)


def test_a_beam_sees_past_the_greedy_choice(decoder, position):
    """Greedy takes 1 (0.5), then goes on for ever; 2 (0.4) and the end (0.8) are likelier."""
    (greedy,) = decoder.beam(position, steps=2, width=1, end=END)
    assert greedy.ids[0] == 1
    best = decoder.beam(position, steps=4, width=3, end=END)[0]
    assert best.ids == (2,)
    assert best.ended
    assert best.nats == pytest.approx(-np.log(0.4 * 0.8), abs=1e-4)
    assert best.cost(1.0) == pytest.approx(best.nats / 2)
    assert best.cost(0.0) == best.nats


def test_states_follow_their_texts(decoder, position):
    both = decoder.write(position.take([0, 0]), [1, 2])
    np.testing.assert_allclose(np.exp(both.log_p), TABLE[[1, 2]], atol=1e-5)
    np.testing.assert_array_equal(both.states[0][0], [[2], [2]])


def test_samples_have_the_probabilities_of_the_model(decoder, position):
    def first(temperature):
        generator = np.random.default_rng(0)
        tokens = [decoder.sample(position, 1, temperature, generator)[0] for _ in range(1500)]
        return np.bincount(tokens, minlength=4) / len(tokens)

    np.testing.assert_allclose(first(1.0), TABLE[0], atol=0.04)
    squared = TABLE[0] ** 2
    np.testing.assert_allclose(first(0.5), squared / squared.sum(), atol=0.04)


def test_the_tree_holds_conditional_probabilities(decoder, position):
    tree = decoder.tree(position, branches=2, depth=2)
    assert [(node.token, round(node.p, 4)) for node in tree] == [(1, 0.5), (2, 0.4)]
    assert [(node.token, round(node.p, 4)) for node in tree[1].following] == [(3, 0.8), (2, 0.1)]
    assert not tree[0].following[0].following


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_must_be_positive(decoder, position, temperature):
    with pytest.raises(InvalidSampling, match="allowed are numbers above 0"):
        decoder.sample(position, 1, temperature, np.random.default_rng(0))


def test_a_beam_has_a_width(decoder, position):
    with pytest.raises(InvalidSampling, match="beam=0: allowed are whole numbers from 1"):
        decoder.beam(position, 1, 0)
