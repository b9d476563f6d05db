"""Figures say what was found, can be read in grey, and carry their alt text and data."""

from __future__ import annotations

from gatewise.report.figures import importance
from gatewise.report.reading import results
from gatewise.report.tables import gates


def test_importance_names_the_gate_that_is_worth_most(save):
    names = ("lstm", "NIG", "NFG", "NOG", "NIG-NFG", "NIG-NOG", "NFG-NOG", "NIG-NFG-NOG")
    loss = {name: 0.3 * ("NOG" in name) + 0.1 * ("NFG" in name) for name in names}
    read = results.read(save(loss=loss))
    figure = importance.draw(gates.importance(read), "lstm")
    assert figure.title == (
        "lstm: the output gate is worth most on 4 of 4 tasks, "
        "with an interval clear of the others on 4"
    )
    assert figure.name == "importance-lstm"
