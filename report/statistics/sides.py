"""All runs of an architecture on a task as one side of comparisons, and what examples do to it.

The score of seed s on test example e is θ + a_s + b_e + c_se. The mean over S seeds has the
variance (σa² + σc²/E)/S of the training's luck, estimated from few seeds, and σb²/E of the test
sample, estimated from many examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gatewise.report.statistics.effects import Array


@dataclass(frozen=True)
class Side:
    """All runs of one architecture: ``scores [units]`` and what the test examples did to them.

    A unit is a seed, or a repetition of the search with the seeds nested in it. ``taste
    [examples]`` is what an example adds to the mean score (sums to 0), ``noise`` the variance that
    the units make in one entry of it. Empty and 0 where the examples' scores are unknown.
    """

    scores: Array
    taste: Array
    noise: float = 0.0

    @property
    def mean(self) -> float:
        """Mean over the units."""
        return float(np.mean(self.scores))


def plain(scores: Array) -> Side:
    """A side of ``scores [units]`` alone."""
    return Side(scores, np.empty(0))


def of_examples(sums: Array, weights: Array) -> Side:
    """A side from ``sums [units, examples]`` over the targets of an example.

    With ``weights [examples]`` w_e (how many the targets are) a unit's score is the ratio
    Σ_e x_se / Σ_e w_e, and (x_se - score_s w_e) E / Σ w stands for what example e does to it
    (linearisation of the ratio).

    Raises:
        ValueError: the shapes do not agree.
    """
    if sums.ndim != 2 or weights.shape != sums.shape[1:]:
        raise ValueError(
            f"scores of shape {sums.shape} with weights of shape {weights.shape}: allowed are "
            "[units, examples] and [examples]"
        )
    units, examples = sums.shape
    total = float(weights.sum(dtype=np.float64))
    scores = sums.sum(axis=1, dtype=np.float64) / total
    residuals = (sums - scores[:, None] * weights) * (examples / total)
    taste = residuals.sum(axis=0) / units
    if units < 2 or examples < 2:
        return Side(scores, taste)
    within = float(np.vdot(residuals, residuals)) - units * float(np.vdot(taste, taste))
    return Side(scores, taste, within / ((units - 1) * (examples - 1) * units))


def sample_variance(sides: Sequence[Side], contrast: Array) -> float:
    """Variance that the test sample makes in Σ ``contrast [sides]`` · mean: σ²(Σ c b_e)/E.

    All sides saw the same examples, so that these are paired: max(0, var(Σ c taste) - Σ c² noise)
    / E, the crossed random effects of Hillis 2007 with unpaired seeds. 0 where it is unknown.
    """
    used = [(c, side) for c, side in zip(contrast, sides, strict=True) if c]
    sizes = {len(side.taste) for _, side in used}
    if len(sizes) != 1 or min(sizes) < 2:
        return 0.0
    examples = sizes.pop()
    apart = np.add.reduce([c * side.taste for c, side in used])
    between = float(np.vdot(apart, apart)) / (examples - 1)
    return max(0.0, between - sum(c**2 * side.noise for c, side in used)) / examples
