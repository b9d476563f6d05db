"""The arguments of Keras's own recurrent layers that ours do not take, and what to say instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CELL = "what a step computes is the cell's to say, as in replace(LSTM, keep=OPEN)"
START = "how a block starts is the cell's to say, as in Dense('h', start='identity')"
NONE = "no weight has one; weight decay is the optimizer's"
DIRECTIONS = "allowed is RecurrentStack(cell, units, directions=2), whose outputs keep their place"
KEPT = "no state is kept between batches; return_state gives it, and initial_state takes it"

REFUSED: Mapping[str, str] = {
    "stateful": KEPT,
    "unroll": "the loop is compiled as it is",
    "use_cudnn": "one engine serves every cell",
    "implementation": "one engine serves every cell",
    "zero_output_for_mask": "padding carries the output through; multiply by the mask for zeros",
    "time_major": "inputs are [batch, steps, inputs]",
    "dropout": "put keras.layers.Dropout before the layer",
    "recurrent_dropout": "put keras.layers.Dropout before the layer",
    **dict.fromkeys(("activation", "recurrent_activation", "use_bias", "reset_after"), CELL),
    "unit_forget_bias": CELL,
    **{f"{name}_initializer": START for name in ("kernel", "recurrent", "bias")},
    **{
        f"{name}_{kind}": NONE
        for name in ("kernel", "recurrent", "bias")
        for kind in ("regularizer", "constraint")
    },
}
"""By argument what takes its place. Those of every Keras layer, ``activity_regularizer`` among
them, are taken."""


class UnsupportedArgument(ValueError):
    """An argument of Keras's own recurrent layers that ours have no meaning for."""


class UnsupportedWrapper(AttributeError, ValueError):
    """A wrapper of Keras's that would do something else around our layers than around Keras's."""


def refuse(layer: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is left for every Keras layer to take; what asks for nothing is dropped.

    Raises:
        UnsupportedArgument: an argument of :data:`REFUSED` asks for something.
    """
    for name, value in given.items():
        if name in REFUSED and value:
            raise UnsupportedArgument(f"{layer}({name}={value!r}): {REFUSED[name]}")
    return {name: value for name, value in given.items() if name not in REFUSED}
