from __future__ import annotations

import pytest

from gatewise.benchmark.inspection import contestants


@pytest.mark.parametrize("text", ["1,2,3", "1,2,3,x", "0,1,1,1", ""])
def test_shapes_that_are_none_are_refused(text):
    with pytest.raises(contestants.InvalidShape, match="allowed are four whole numbers from 1"):
        contestants.Shape.parse(text)


def test_operations_count_each_weight_six_times_a_step():
    """Forward, input gradient and weight gradient, a multiplication and an addition each."""
    assert contestants.Shape(10, 2, 3, 4).operations(100) == 6 * 10 * 2 * 100


def test_parameters_are_counted_of_ours_alone():
    entered = contestants.contestants(contestants.Shape(5, 2, 3, 4), ("vanilla",))
    assert entered["gatewise vanilla"].parameters == 3 * 4 + 4 * 4 + 4
    assert entered["keras LSTM"].parameters is None
