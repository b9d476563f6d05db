"""How a trained run uses its gates: their values over time and units.

A unit is left-saturated where its gate is below 0.1 and right-saturated where it is above 0.9
(Karpathy, Johnson & Fei-Fei 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gatewise.benchmark.inspection.curves import Curve, curve
from gatewise.benchmark.records.fields import OPEN, SHUT
from gatewise.tasks.task import Array

BINS = 20


@dataclass(frozen=True)
class GateUse:
    """How one gate is used: its mean, and the shares of its values that are saturated.

    ``histogram``: share of the values in each of 20 equal bins from 0 to 1. ``by_step``: mean at
    each step. ``left_by_unit``, ``right_by_unit``: of each unit the share of steps at which it is
    below 0.1 and above 0.9.
    """

    mean: float
    left: float
    right: float
    histogram: Curve
    by_step: Curve
    left_by_unit: Curve
    right_by_unit: Curve


def gate_use(values: Array, real: Array) -> GateUse:
    """Use of a gate from its values ``[T, B, n]`` at the steps that are ``real [T, B]``."""
    seen = values[real]
    left, right = seen < SHUT, seen > OPEN
    counts, _ = np.histogram(seen, BINS, (0.0, 1.0))
    steps = np.flatnonzero(real.any(axis=1))
    return GateUse(
        mean=float(seen.mean()),
        left=float(left.mean()),
        right=float(right.mean()),
        histogram=curve(counts / seen.size),
        by_step=curve([values[t][real[t]].mean() for t in steps]),
        left_by_unit=curve(left.mean(axis=0)),
        right_by_unit=curve(right.mean(axis=0)),
    )
