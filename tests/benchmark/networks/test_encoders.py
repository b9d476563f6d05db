from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf
from scipy.signal import correlate2d

from gatewise.benchmark.networks.encoders import CHANNELS, FrameEncoder

FRAMES = np.random.default_rng(0).random((2, 3, 11, 14)).astype("float32")


def halved(x):
    rows, columns = x.shape[0] // 2, x.shape[1] // 2
    blocks = x[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2, -1)
    return blocks.max(axis=(1, 3))


def test_encoder_is_two_convolutions_and_a_projection():
    """Each frame by itself, with scipy's correlation."""
    layer = FrameEncoder(5)
    layer.build(FRAMES.shape)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) * 0.3 for w in layer.get_weights()])
    got = layer(FRAMES)
    assert got.shape == (2, 3, 5)
    k0, b0, k1, b1, w, b = layer.get_weights()
    assert [k.shape[-1] for k in (k0, k1)] == list(CHANNELS)
    for clip in range(2):
        for step in range(3):
            x = FRAMES[clip, step][..., None]
            for kernel, bias in ((k0, b0), (k1, b1)):
                maps = [
                    sum(
                        correlate2d(x[..., i], kernel[..., i, o], "same")
                        for i in range(x.shape[-1])
                    )
                    for o in range(kernel.shape[-1])
                ]
                x = halved(np.maximum(np.stack(maps, -1) + bias, 0))
            expected = np.maximum(x.ravel() @ w + b, 0)
            np.testing.assert_allclose(got[clip, step], expected, atol=1e-4)


def test_gradient_reaches_every_weight():
    layer = FrameEncoder(5)
    layer.build(FRAMES.shape)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(FRAMES) ** 2)
    gradients = tape.gradient(loss, [v.value for v in layer.trainable_variables])
    assert all(float(tf.reduce_sum(g**2)) > 0 for g in gradients)


def test_saves_and_loads(tmp_path):
    model = keras.Sequential([keras.Input(FRAMES.shape[1:]), FrameEncoder(4, seed=3)])
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(FRAMES), model(FRAMES))


def test_start_is_a_function_of_the_seed():
    def weights(seed):
        layer = FrameEncoder(4, seed=seed)
        layer.build(FRAMES.shape)
        return np.concatenate([w.ravel() for w in layer.get_weights()])

    np.testing.assert_array_equal(weights(1), weights(1))
    assert (weights(1) != weights(2)).any()
