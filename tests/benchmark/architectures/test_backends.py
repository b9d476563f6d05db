"""One source on two backends: the engine under JAX against the engine under TensorFlow."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

CODE = """
import sys
import numpy as np
from keras import backend, ops
from gatewise.benchmark.architectures.catalogue import CATALOGUE
from gatewise.benchmark.architectures.layers import Recurrent

rng = np.random.default_rng(0)
x = rng.normal(size=(3, 6, 4)).astype("float32")
mask = np.arange(6) < np.array([[6], [2], [4]])
found = {}
for name in ("lstm", "NFG", "vanilla", "gru", "gru-reset-before", "FGR", "MUT3", "SRU", "delays-4"):
    for reverse in (False, True):
        layer = Recurrent(CATALOGUE[name].cell, 5, return_sequences=True, go_backwards=reverse)
        layer.build((None, 6, 4))
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
        if backend.backend() == "jax":
            import jax
            def loss(weights, x):
                y, _ = layer.stateless_call(weights, [], x, mask=mask)
                return (y * y).sum(), y
            weights = [v.value for v in layer.trainable_variables]
            (_, y), gradients = jax.jit(jax.value_and_grad(loss, has_aux=True))(weights, x)
        else:
            import tensorflow as tf
            with tf.GradientTape() as tape:
                y = layer(x, mask=mask)
                value = tf.reduce_sum(y * y)
            gradients = tape.gradient(value, [v.value for v in layer.trainable_variables])
        key = f"{name}/{reverse}"
        found[f"{key}/y"] = np.asarray(y)
        for v, g in zip(layer.trainable_variables, gradients):
            found[f"{key}/{v.name}"] = np.asarray(g)
np.savez(sys.argv[1], **found)
"""


@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed (pip install .[jax])")
@pytest.mark.slow
def test_jax_gives_the_outputs_and_gradients_of_tensorflow(tmp_path):
    for name in ("tensorflow", "jax"):
        subprocess.run(
            [sys.executable, "-c", CODE, str(tmp_path / name)],
            check=True,
            env={**os.environ, "KERAS_BACKEND": name, "JAX_PLATFORMS": "cpu"},
            cwd=Path(__file__).parents[3],
        )
    theirs, ours = (np.load(tmp_path / f"{name}.npz") for name in ("tensorflow", "jax"))
    assert set(theirs) == set(ours)
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-4, err_msg=name)


def test_another_backend_is_refused_by_name(monkeypatch):
    import keras

    from gatewise.benchmark.architectures.engine.backend import UnsupportedBackend, scan

    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(UnsupportedBackend, match="'torch': allowed are tensorflow, jax"):
        scan(lambda carry, slices: (carry, ()), (), (), False)
