"""What is tuned, and the points that a search looks at first."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import keras_tuner

Point: TypeAlias = "dict[str, float]"
"""A value by the name of each hyper-parameter."""


@dataclass(frozen=True)
class Space:
    """What is tuned, from and to; width follows from the parameter budget.

    Batch size is not among it: it would tie the number of optimiser steps to what is compared, and
    every size of batch is a step to compile. It stays that of the task's recipe.

    Attributes:
        learning_rate, clip_norm: drawn log-uniformly.
        dropout: drawn uniformly.
    """

    learning_rate: tuple[float, float] = (1e-4, 1e-1)
    clip_norm: tuple[float, float] = (0.25, 4.0)
    dropout: tuple[float, float] = (0.0, 0.5)

    def hyperparameters(self) -> keras_tuner.HyperParameters:
        """The space in KerasTuner's terms."""
        import keras_tuner

        space = keras_tuner.HyperParameters()
        for name, sampling in (
            ("learning_rate", "log"),
            ("clip_norm", "log"),
            ("dropout", "linear"),
        ):
            space.Float(name, *getattr(self, name), sampling=sampling)
        return space


SPACE = Space()
TUNED = tuple(asdict(SPACE))
"""The names of what is tuned."""


def design(space: keras_tuner.HyperParameters, count: int, seed: int) -> list[Point]:
    """The first points of a scrambled Sobol sequence over the space, which they fill evenly.

    The first eight have a learning rate in each eighth of its range, and so on for every power of
    two. A longer design begins with the shorter one.

    Args:
        space: of floats.
        count: how many points.
        seed: of the scrambling.
    """
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(space.space), rng=seed)
    drawn = sequence.random_base2(max(count - 1, 0).bit_length())[:count]
    return [
        {
            hp.name: hp.prob_to_value(float(share))
            for hp, share in zip(space.space, row, strict=True)
        }
        for row in drawn
    ]
