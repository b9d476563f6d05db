"""Numbers along lags, steps or units, as what is written holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

Curve: TypeAlias = "list[float | None]"


def curve(values: Iterable[float]) -> Curve:
    """Numbers as plain data; None where there is none."""
    return [float(v) if math.isfinite(v) else None for v in values]
