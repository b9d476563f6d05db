"""Other people's layers that follow the same equations: Keras's, PyTorch's and torchrecurrent's.

A twin is ``twin(w, x) -> outputs`` with ``x [B, T, ...]`` and the weights under the letters of
:mod:`.references`. Left out is what departs from the paper: torchrecurrent's MUT1 (a bias within
the inner tanh) and MUT2 (a matrix before the reset gate's x); its IndRNN and FastGRNN get the
paper's activations in place of their tanh.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from tests.benchmark.architectures.layout import UNITS

Weights = Mapping[str, np.ndarray]
Twin = Callable[[Weights, np.ndarray], np.ndarray]


def gathered(w: Weights, stem: str, letters: str, axis: int = 0) -> np.ndarray:
    """A letter's blocks side by side: ``W_i, W_f, ...``."""
    return np.concatenate([w[f"{stem}_{letter}"] for letter in letters], axis=axis)


# --- Keras ----------------------------------------------------------------------------------------


def of_keras(kind: str, stem: str, letters: str, w: Weights, x: np.ndarray, **options: Any):
    layer = getattr(keras.layers, kind)(UNITS, return_sequences=True, dtype="float64", **options)
    layer.build(x.shape)
    bias = gathered(w, "b", letters)
    if kind == "GRU" and options["reset_after"]:
        within = np.zeros_like(bias)
        within[-UNITS:] = w["b_c"]
        bias = np.stack([bias, within])
    layer.set_weights([gathered(w, "W", letters).T, gathered(w, stem, letters).T, bias])
    return np.asarray(layer(x))


def keras_conv(w: Weights, x: np.ndarray) -> np.ndarray:
    layer = keras.layers.ConvLSTM2D(
        UNITS,
        3,
        padding="same",
        return_sequences=True,
        dtype="float64",
        recurrent_activation="sigmoid",
    )
    layer.build(x.shape)
    kernel, recurrent, bias = (gathered(w, stem, "ifzo", axis=-1) for stem in "WRb")
    layer.set_weights([kernel, recurrent, bias])
    return np.asarray(layer(x))


# --- PyTorch --------------------------------------------------------------------------------------


def loaded(module: Any, **arrays: np.ndarray) -> Any:
    """A module in double precision with these arrays, and 0 in what is not named."""
    import torch

    module = module.double()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            value = torch.as_tensor(arrays.pop(name, np.zeros(tuple(parameter.shape))))
            parameter.copy_(value.reshape(parameter.shape))
    assert not arrays, arrays
    return module


def of_torch(kind: str, stem: str, letters: str, w: Weights, x: np.ndarray, **options: Any):
    import torch

    arrays = {
        "weight_ih_l0": gathered(w, "W", letters),
        "weight_hh_l0": gathered(w, stem, letters),
        "bias_ih_l0": gathered(w, "b", letters),
    }
    units = UNITS
    if "P_" in w:
        arrays["weight_hr_l0"] = w["P_"]
        units, options = w["P_"].shape[1], {"proj_size": UNITS}
    if kind == "GRU":
        arrays["bias_hh_l0"] = np.concatenate([np.zeros(2 * UNITS), w["b_c"]])
    module = getattr(torch.nn, kind)(x.shape[-1], units, batch_first=True, **options)
    return loaded(module, **arrays)(torch.as_tensor(x))[0].detach().numpy()


# --- torchrecurrent -------------------------------------------------------------------------------


def of_torchrecurrent(
    kind: str,
    arrays: Callable[[Weights], dict[str, np.ndarray]],
    w: Weights,
    x: np.ndarray,
    states: int = 1,
    activation: str = "",
) -> np.ndarray:
    import torch
    import torchrecurrent

    cell = loaded(getattr(torchrecurrent, kind)(x.shape[-1], UNITS), **arrays(w))
    if activation:
        cell.act = getattr(torch.nn, activation)()
    held = tuple(torch.zeros(len(x), UNITS, dtype=torch.float64) for _ in range(states))
    outputs = []
    for t in range(x.shape[1]):
        made = cell(torch.as_tensor(x[:, t]), held if states > 1 else held[0])
        held = made if states > 1 else (made,)
        outputs.append(held[0].detach().numpy())
    return np.stack(outputs, axis=1)


def blocked(x: str, h: str, b: str, stem: str = "U", **more: str) -> Callable[[Weights], dict]:
    """Their arrays from the letters of their blocks, in order."""

    def arrays(w: Weights) -> dict[str, np.ndarray]:
        made = {"weight_ih": gathered(w, "W", x), "bias_ih": gathered(w, "b", b)}
        made["weight_hh"] = gathered(w, stem, h)
        return made | {name: gathered(w, "p", letters) for name, letters in more.items()}

    return arrays


def of_fastgrnn(w: Weights) -> dict[str, np.ndarray]:
    return {
        "weight_ih": w["W_"],
        "weight_hh": w["U_"],
        "bias_ih": gathered(w, "b", "zh"),
        "zeta": w["zeta_"],
        "nu": w["nu_"],
    }


def of_indrnn(w: Weights) -> dict[str, np.ndarray]:
    return {"weight_ih": w["W_h"], "bias_ih": w["b_h"], "vector_u": w["u_h"]}


def of_janet(w: Weights) -> dict[str, np.ndarray]:
    return {**blocked("fc", "fc", "fc")(w), "beta": np.ones(1)}


def _their(kind: str, arrays: Callable[[Weights], dict], **options: Any) -> tuple[str, Twin]:
    return f"torchrecurrent {kind}", partial(of_torchrecurrent, kind, arrays, **options)


KERAS: Mapping[str, tuple[str, Twin]] = {
    "vanilla": ("Keras SimpleRNN", partial(of_keras, "SimpleRNN", "U", "h")),
    "lstm": ("Keras LSTM", partial(of_keras, "LSTM", "R", "ifzo")),
    "gru-two-biases": ("Keras GRU", partial(of_keras, "GRU", "U", "zrh", reset_after=True)),
    "gru-reset-before": ("Keras GRU", partial(of_keras, "GRU", "U", "zrh", reset_after=False)),
    "conv-lstm": ("Keras ConvLSTM2D", keras_conv),
}
TORCH: Mapping[str, Sequence[tuple[str, Twin]]] = {
    "vanilla": [("PyTorch RNN", partial(of_torch, "RNN", "U", "h"))],
    "IRNN": [("PyTorch RNN, relu", partial(of_torch, "RNN", "U", "h", nonlinearity="relu"))],
    "lstm": [("PyTorch LSTM", partial(of_torch, "LSTM", "R", "ifzo"))],
    "lstm-projected": [("PyTorch LSTM, proj_size", partial(of_torch, "LSTM", "R", "ifzo"))],
    "gru-two-biases": [("PyTorch GRU", partial(of_torch, "GRU", "U", "rzh"))],
    "peephole": [
        _their("PeepholeLSTMCell", blocked("ifzo", "ifzo", "ifzo", "R", weight_ph="ifo"), states=2)
    ],
    "NFG": [_their("OriginalLSTMCell", blocked("izo", "izo", "izo", "R"), states=2)],
    "RAN": [_their("RANCell", blocked("zif", "if", "if", "R"), states=2)],
    "gru-no-reset": [_their("UGRNNCell", blocked("hz", "hz", "hz"))],
    "mgu": [_their("MGUCell", blocked("fh", "fh", "fh"))],
    "Li-GRU": [_their("LiGRUCell", blocked("zh", "zh", "zh"))],
    "janet": [_their("JANETCell", of_janet, states=2)],
    "MUT3": [_their("MUT3Cell", blocked("zrh", "zrh", "zrh"))],
    "IndRNN": [_their("IndRNNCell", of_indrnn, activation="ReLU")],
    "FastGRNN": [_their("FastGRNNCell", of_fastgrnn, activation="Sigmoid")],
}
