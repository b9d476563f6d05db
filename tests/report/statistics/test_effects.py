"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.statistics import effects

# Student's sleep data (Cushny & Peebles 1905), with the results that R's manual prints.
SLEEP = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])


def test_mean_interval_is_that_of_students_sleep_data():
    found = effects.mean_interval(SLEEP)
    assert found.estimate == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-6)


def test_one_value_has_no_interval_and_none_no_mean():
    assert np.isnan(effects.mean_interval(np.ones(1)).low)
    assert np.isnan(effects.mean_interval(np.empty(0)).estimate)
    assert effects.mean_interval(np.full(3, 0.1)) == effects.Interval(
        pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0.1)
    )


def test_an_interval_is_cut_where_its_quantity_ends():
    found = effects.within(effects.Interval(0.99, 0.97, 1.01), 0.0, 1.0)
    assert (found.low, found.estimate, found.high) == (0.97, 0.99, 1.0)
    assert np.isnan(effects.within(effects.Interval(0.9, np.nan, np.nan), 0.0, 1.0).high)
