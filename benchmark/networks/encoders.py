"""What turns image sequences into what a recurrence reads, frame by frame."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from gatewise.benchmark.architectures.engine.backend import Tensor
from gatewise.benchmark.randomness import derive_seed

CHANNELS = (8, 16)


@keras.saving.register_keras_serializable(package="gatewise")
class FrameEncoder(keras.layers.Layer):
    """Two 3 × 3 convolutions, each halved by maximum, and a dense projection with ReLU.

    Input ``[batch, steps, height, width]`` with values of about 0 to 1; output
    ``[batch, steps, features]``. Height and width are at least 4.

    The maximum is taken over a reshaped array, because the gradient of Keras's pooling is a
    scatter, slow under XLA (``docs/engine.md``). ``multiplications`` are those of a frame.

    Args:
        features: width of the output.
        seed: initial weights are a function of it.
    """

    def __init__(self, features: int, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.features, self.seed = features, seed
        self.convolutions = [
            keras.layers.Conv2D(
                channels,
                3,
                padding="same",
                activation="relu",
                kernel_initializer=self._start("convolution", level),
                name=f"convolution{level}",
            )
            for level, channels in enumerate(CHANNELS)
        ]
        self.projection = keras.layers.Dense(
            features, activation="relu", kernel_initializer=self._start("projection"), name="dense"
        )

    def _start(self, *role: str | int) -> Any:
        return keras.initializers.HeUniform(seed=derive_seed(self.seed, *role))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        height, width = input_shape[-2:]
        assert height is not None
        assert width is not None
        channels, self.multiplications = 1, 0
        for layer in self.convolutions:
            layer.build((None, height, width, channels))
            self.multiplications += height * width * int(np.prod(layer.kernel.shape))
            height, width, channels = height // 2, width // 2, layer.filters
        self.projection.build((None, height * width * channels))
        self.multiplications += height * width * channels * self.features

    def call(self, frames: Tensor) -> Tensor:
        batch, steps = ops.shape(frames)[:2]
        x = ops.reshape(frames, (-1, *frames.shape[2:], 1))
        for layer in self.convolutions:
            x = _halved(layer(x))
        x = self.projection(ops.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3])))
        return ops.reshape(x, (batch, steps, self.features))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:2], self.features)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "features": self.features, "seed": self.seed}


@keras.saving.register_keras_serializable(package="gatewise")
class WindowEncoder(keras.layers.Layer):
    """A dense layer over windows of a frame, and one over all that it found, each with ReLU.

    Windows are as high as the frame, ``window`` columns wide and half as far apart; the first layer
    is the same for each of them. Input ``[batch, steps, height, width]`` with values of about 0 to
    1; output ``[batch, steps, features]``. These are two matrix products, which a processor is made
    for, where narrow convolutions are not (``docs/engine.md``); ``multiplications`` are those of a
    frame.

    Args:
        features: width of either layer.
        window: columns of a window, an even number; a width that the windows do not fill is filled
            up with zeros.
        seed: initial weights are a function of it.
    """

    def __init__(self, features: int, window: int, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.features, self.window, self.seed = features, window, seed
        self.layers = [
            keras.layers.Dense(
                features,
                activation="relu",
                kernel_initializer=keras.initializers.HeUniform(seed=derive_seed(seed, name)),
                name=name,
            )
            for name in ("windows", "frame")
        ]

    def _starts(self, width: int) -> range:
        """First columns of the windows; the last one reaches the frame's right edge, or past it."""
        stride = self.window // 2
        return range(0, max(width - self.window + stride, stride), stride)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        height, width = input_shape[-2:]
        assert height is not None
        assert width is not None
        windows = len(self._starts(width))
        self.layers[0].build((None, height * self.window))
        self.layers[1].build((None, windows * self.features))
        self.multiplications = windows * self.features * (height * self.window + self.features)

    def call(self, frames: Tensor) -> Tensor:
        batch, steps = ops.shape(frames)[:2]
        height, width = frames.shape[2:]
        starts = self._starts(width)
        filled = ops.pad(frames, ((0, 0), (0, 0), (0, 0), (0, starts[-1] + self.window - width)))
        windows = ops.stack([filled[..., i : i + self.window] for i in starts], axis=2)
        found = self.layers[0](ops.reshape(windows, (-1, height * self.window)))
        whole = self.layers[1](ops.reshape(found, (-1, len(starts) * self.features)))
        return ops.reshape(whole, (batch, steps, self.features))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:2], self.features)

    def get_config(self) -> dict[str, Any]:
        own = {"features": self.features, "window": self.window, "seed": self.seed}
        return {**super().get_config(), **own}


def patches(frames: Tensor, side: int) -> Tensor:
    """Frames cut into squares whose pixels become channels, as Shi et al. (2015) feed theirs.

    ``[batch, steps, height, width]`` to ``[batch, steps, height / side, width / side, side²]``; a
    height or width that is no multiple of ``side`` is filled up with zeros.
    """
    batch, steps, height, width = ops.shape(frames)
    x = ops.pad(frames, ((0, 0), (0, 0), (0, -height % side), (0, -width % side)))
    rows, columns = -(-height // side), -(-width // side)
    x = ops.reshape(x, (batch, steps, rows, side, columns, side))
    x = ops.transpose(x, (0, 1, 2, 4, 3, 5))
    return ops.reshape(x, (batch, steps, rows, columns, side * side))


def _halved(x: Tensor) -> Tensor:
    """Maximum over windows of 2 × 2; an odd last row or column is dropped."""
    rows, columns, channels = x.shape[1] // 2, x.shape[2] // 2, x.shape[3]
    x = x[:, : 2 * rows, : 2 * columns]
    return ops.max(ops.reshape(x, (-1, rows, 2, columns, 2, channels)), axis=(2, 4))
