"""Which architectures can be asked for which tasks."""

from __future__ import annotations

import pytest

from benchmark.study import InvalidStudy, Study, misfit


def test_nothing_reads_ahead_what_it_predicts():
    with pytest.raises(InvalidStudy, match=r"'bi-lstm' would read ahead what task 'xml' predicts"):
        Study("s", "smoke", ("video", "xml"), ("lstm", "bi-lstm"), seeds=1)
    assert not misfit("video", "bi-lstm")
    assert not misfit("xml", "stacked-lstm")


def test_trees_are_needed_where_a_cell_works_on_trees():
    with pytest.raises(
        InvalidStudy,
        match=r"architecture 'tree-lstm': task 'video' has no trees; allowed are listops",
    ):
        Study("s", "smoke", ("listops", "video"), ("lstm", "tree-lstm"), seeds=1)
    assert not misfit("listops", "ggnn")
