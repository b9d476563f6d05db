"""The page of a text that is watched: what stands on it, and that no text gets out of its place."""

from __future__ import annotations

import html
import json
import re

import pytest

from gatewise.report import watching
from gatewise.report.document import script_hash

HOSTILE = "</script><script>alert('x')</script> \u2028<!-- & \"q\" 'r'"


def way(values: list[float]) -> dict:
    return {"mean": values, "units": [[round(100 * v), round(50 * v)] for v in values]}


def course(gate: str, at: str, keep: list[float]) -> dict:
    states = {"c": way([0.5, 1.25]), "h": way([0.25, 0.125])}
    answers = [[[0, 0.75], [1, 0.25]], [[1, 0.5625], [0, 0.4375]]]
    gates = {"keep": way(keep), "novel": way([0.0625, 0.5])}
    return {"gate": gate, "at": at, "gates": gates, "states": states, "answers": answers}


def shown(*tokens: str, known: bool = True) -> dict:
    courses = [course("", "", [0.25, 0.75]), course("keep", "0", [0.0, 0.0])]
    return {
        "name": "NFG", "scale": "quick", "svg": "<svg></svg>", "holdable": ["keep"],
        "memory": True, "so_far": True, "units": 2, "tokens": list(tokens), "left_out": 3,
        "known": [known, True], "classes": {"0": "bad", "1": "good"}, "courses": courses,
    }  # fmt: skip


def embedded(page: str) -> list:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(found)


def test_it_can_be_read_without_its_script():
    page = watching.page("a b", "sentiment", [shown("a", " ", known=False)])
    plain = html.unescape(re.sub(r"<[^>]+>", " ", page))
    for said in ("NFG (no forget gate)", "says good, 0.56", "forget gate", "novel gate", "0.75"):
        assert said in plain
    assert "The last 3 tokens are not read" in plain
    assert "␣" in plain
    assert "not in the vocabulary" in plain
    assert "the old memory stays" in plain
    assert watching.said(shown("a", "b")) == "good 0.5625"


def test_what_is_embedded_is_what_was_found():
    given = shown("a", "b")
    (found,) = embedded(watching.page("a b", "sentiment", [given]))
    for name in ("tokens", "courses", "classes", "holdable"):
        assert found[name] == given[name]


@pytest.mark.parametrize("place", ["text", "task", "token", "class"])
def test_hostile_text_stays_text(place):
    one = shown(HOSTILE if place == "token" else "a", "b")
    if place == "class":
        one["classes"] = {"0": HOSTILE, "1": "good"}
    words = {n: HOSTILE if place == n else n for n in ("text", "task")}
    page = watching.page(words["text"], words["task"], [one])
    assert len(re.findall(r"<script", page)) == 2
    assert len(re.findall(r"</script", page)) == 2
    assert "<!--" not in page
    (found,) = embedded(page)
    assert found["tokens"] == one["tokens"]
    assert found["classes"] == one["classes"]


def test_nothing_but_its_own_script_runs_and_nothing_is_fetched():
    page = watching.page("a b", "sentiment", [shown("a", "b")])
    (policy,) = re.findall(r'Security-Policy" content="([^"]*)"', page)
    policy = html.unescape(policy)
    assert policy.startswith("default-src 'none'")
    assert f"script-src '{script_hash(watching.SCRIPT)}'" in policy
    assert not re.findall(r"(?:https?:)?//[a-z]", page.replace("http://www.w3.org", ""))
