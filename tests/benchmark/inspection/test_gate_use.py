from __future__ import annotations

import numpy as np
import pytest

from gatewise.benchmark.inspection.gate_use import gate_use


def test_gate_use_counts_by_hand():
    values = np.array([[[0.05, 0.5], [0.95, 0.92]], [[0.02, 0.3], [0.0, 0.0]]])
    real = np.array([[True, True], [True, False]])
    use = gate_use(values, real)
    assert use.mean == pytest.approx((0.05 + 0.5 + 0.95 + 0.92 + 0.02 + 0.3) / 6)
    assert (use.left, use.right) == (pytest.approx(2 / 6), pytest.approx(2 / 6))
    assert use.left_by_unit == [pytest.approx(2 / 3), 0.0]
    assert use.right_by_unit == [pytest.approx(1 / 3), pytest.approx(1 / 3)]
    assert use.by_step == [pytest.approx((0.05 + 0.5 + 0.95 + 0.92) / 4), pytest.approx(0.16)]
    assert len(use.histogram) == 20
    assert sum(use.histogram) == pytest.approx(1.0)
    assert use.histogram[0] == pytest.approx(1 / 6)
