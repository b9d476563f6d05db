"""Figures say what was found, can be read in grey, and carry their alt text and data."""

from __future__ import annotations

import numpy as np

from gatewise.report.figures import curves


def test_labels_are_moved_apart_within_the_bounds():
    places = curves._apart([0.1, 0.5, 0.5, 0.51, 0.99], 0.1, 0.0, 1.0)
    assert places == sorted(places)
    assert np.diff(places).min() >= 0.1 - 1e-9
    assert min(places) >= 0
    assert max(places) <= 1.0
