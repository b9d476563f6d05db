"""Each estimator against a published worked example, another library, or brute force."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report.statistics import tests

# Student's sleep data (Cushny & Peebles 1905), with the results that R's manual prints.
DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def test_welchs_p_is_that_of_students_sleep_data():
    assert tests.welch_p(DRUG_1, DRUG_2) == pytest.approx(0.07939, abs=1e-5)


def test_without_spread_p_is_0_or_1_and_one_value_tells_nothing():
    same = np.full(3, 0.5)
    assert tests.welch_p(same, same) == 1
    assert tests.welch_p(same, same + 1) == 0
    assert np.isnan(tests.welch_p(np.ones(1), same))
