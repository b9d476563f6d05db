"""A page on which a trained network reads a sentence: gates, memory and answer at each token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatewise.report.document import TEMPLATES, render, script_hash
from gatewise.report.names import GATES, GRU_GATES, plain

SCRIPT = (TEMPLATES / "watch.js").read_text(encoding="utf-8")
DOES: Mapping[str, str] = {
    "write": "how much of what is new goes into the memory (0: nothing new, 1: all of it)",
    "keep": "how much of the old memory stays (0: it is wiped, 1: nothing is forgotten)",
    "emit": "how much of the memory is let out as the output (0: nothing, 1: all of it)",
    "reset": "how much of the last output what is new may see (0: nothing, 1: all of it)",
}
"""What a gate does, by its role."""
STATES: Mapping[str, str] = {
    "c": "the memory: what is carried from token to token",
    "h": "the output: what the answer is read from",
}
BLANKS: Mapping[str, str] = {" ": "␣", "\n": "⏎", "\t": "⇥"}


def page(text: str, task: str, shown: Sequence[Mapping[str, Any]]) -> str:
    """The page, whole in one file that asks the network for nothing.

    Args:
        text: what is read.
        task: the name of the task that the networks were trained on.
        shown: by architecture ``name``, ``scale``, the ``svg`` of its cell, the gates that are
            ``holdable``, whether there is a ``memory``, whether the answers are those to what is
            read ``so_far``, and what ``inspection.steps`` found.
    """
    every = [_prepared(one) for one in shown]
    return render(
        "watch.html.j2",
        {
            "text": text,
            "task": task,
            "every": every,
            "tokens": every[0]["tokens"],
            "known": every[0]["known"],
            "left_out": every[0]["left_out"],
            "does": {g: DOES[g] for one in every for g in one["free"]["gates"] if g in DOES},
            "states": {s: STATES[s] for one in every for s in one["free"]["states"]},
            "data": [{n: v for n, v in one.items() if n not in ("svg", "free")} for one in every],
            "script": SCRIPT,
            "script_hash": script_hash(SCRIPT),
        },
    )


def said(one: Mapping[str, Any]) -> str:
    """What a network answers behind the last token."""
    k, p = one["courses"][0]["answers"][-1][0]
    return f"{one['classes'][str(k)]} {p:.4f}"


def _prepared(one: Mapping[str, Any]) -> dict[str, Any]:
    free = one["courses"][0]
    called = GATES if one["memory"] else GRU_GATES
    classes = {k: BLANKS.get(name, name) for k, name in one["classes"].items()}
    answers = [classes[str(step[0][0])] for step in free["answers"]]
    return {
        **one,
        "tokens": [BLANKS.get(token, token) for token in one["tokens"]],
        "classes": classes,
        "title": plain(one["name"]),
        "called": {gate: called.get(gate, f"{gate} gate") for gate in free["gates"]},
        "free": {**free, "said": answers},
        "said": answers[-1],
    }
