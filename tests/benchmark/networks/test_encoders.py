from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.signal import correlate2d

from gatewise.benchmark.networks.encoders import CHANNELS, FrameEncoder, WindowEncoder

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


@pytest.mark.parametrize(("width", "window", "starts"), [(14, 6, (0, 3, 6, 9)), (3, 4, (0,))])
def test_window_encoder_is_a_layer_of_windows_and_one_of_the_frame(width, window, starts):
    """Window by window and frame by frame; columns that the frame lacks are zeros."""
    frames = FRAMES[..., :width]
    layer = WindowEncoder(5, window)
    layer.build(frames.shape)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) * 0.3 for w in layer.get_weights()])
    got = layer(frames)
    assert got.shape == (2, 3, 5)
    w0, b0, w1, b1 = layer.get_weights()
    for clip in range(2):
        for step in range(3):
            wide = np.zeros((11, starts[-1] + window), "float32")
            wide[:, :width] = frames[clip, step]
            found = [np.maximum(wide[:, i : i + window].ravel() @ w0 + b0, 0) for i in starts]
            expected = np.maximum(np.concatenate(found) @ w1 + b1, 0)
            np.testing.assert_allclose(got[clip, step], expected, atol=1e-4)


ENCODERS = pytest.mark.parametrize(
    ("kind", "options"), [(FrameEncoder, {}), (WindowEncoder, {"window": 4})]
)


@ENCODERS
def test_gradient_reaches_every_weight(kind, options):
    layer = kind(5, **options)
    layer.build(FRAMES.shape)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(FRAMES) ** 2)
    gradients = tape.gradient(loss, [v.value for v in layer.trainable_variables])
    assert all(float(tf.reduce_sum(g**2)) > 0 for g in gradients)


@ENCODERS
def test_saves_and_loads(tmp_path, kind, options):
    model = keras.Sequential([keras.Input(FRAMES.shape[1:]), kind(4, seed=3, **options)])
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(FRAMES), model(FRAMES))


@ENCODERS
def test_start_is_a_function_of_the_seed(kind, options):
    def weights(seed):
        layer = kind(4, seed=seed, **options)
        layer.build(FRAMES.shape)
        return np.concatenate([w.ravel() for w in layer.get_weights()])

    np.testing.assert_array_equal(weights(1), weights(1))
    assert (weights(1) != weights(2)).any()
