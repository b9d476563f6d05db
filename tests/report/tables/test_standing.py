"""A task that a simple predictor masters, and one on which no gate can matter, say so."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.report import document
from gatewise.report.reading import results
from gatewise.report.tables import verdicts
from gatewise.report.tables.standing import standings

LOSS = {"lstm": 0.0, "NIG": 0.0, "NIG-NFG-NOG": 0.3, "vanilla": 0.4}


def better_baseline(runs, curves):
    """A bigram model of 1.9 nats, where lstm has 2.0; a dictionary's BLEU stays below lstm's."""
    runs["baseline.bigram language model [nats]"] = np.where(
        runs["task"] == "translation", 1.9, np.nan
    )
    runs["baseline.word-by-word dictionary [bleu]"] = 1.0


def test_a_baseline_that_lstm_does_not_certainly_beat_is_named(save, save_examples):
    folder = save(better_baseline, tasks=("translation", "video"), loss=LOSS)
    save_examples(folder, np.random.default_rng(0))
    found = standings(results.read(folder))
    assert found["translation"].unbeaten == (("bigram language model", "nats", 1.9),)
    assert not found["translation"].competitive
    assert found["video"].competitive, "none is listed"
    document.write(folder)
    for name in ("report.md", "report.html"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "lstm is not certainly better than bigram language model (1.900 nats)" in text
        assert "Not competitive on translation" in text
        assert "lower is better; not competitive" in text


def test_a_baseline_in_a_further_score_counts_too(save):
    def change(runs, curves):
        runs["baseline.word-by-word dictionary [bleu]"] = 99.0
        runs["baseline.bigram model [perplexity]"] = 1.0

    found = standings(results.read(save(change, tasks=("translation",), loss=LOSS)))
    named = [(name, metric) for name, metric, _ in found["translation"].unbeaten]
    assert named == [("word-by-word dictionary", "bleu")], "perplexity is nats once more"


@pytest.mark.parametrize(("loss", "witness"), [(0.3, True), (0.001, False)])
def test_where_the_cell_without_gates_is_as_good_nothing_is_certainly_too_small(
    save, save_examples, row, loss, witness
):
    planted = LOSS | {"NIG-NFG-NOG": loss}
    folder = save(loss=planted, noise=0.001, seeds=10, tasks=("labelling",))
    save_examples(folder, np.random.default_rng(0), noise=0.001)
    read = results.read(folder)
    found = verdicts.verdicts(read, [("labelling", "NIG", "lstm")])
    hit = row(found, "labelling", "NIG")
    assert hit["statement"] == "too small to matter"
    assert hit["witness"] == witness
    assert hit["verdict"] == ("too small to matter" if witness else "probably too small to matter")
    assert hit["doubt"] == ("" if witness else "no witness")
    (standing,) = standings(read).values()
    assert standing.witness == witness
    assert standing.gateless == "NIG-NFG-NOG", "the one that comes closer"
    assert standing.lead.estimate == pytest.approx(0.7 * loss / 0.005, abs=0.5)


def test_a_direction_needs_no_witness_and_without_a_cell_to_compare_there_is_none(judged, row):
    read, found = judged(
        asked=[("NFG", "lstm")], examples=True, loss={"lstm": 0.0, "NFG": 0.3}, tasks=("video",)
    )
    assert row(found, "video", "NFG")["verdict"] == "certainly worse"
    (standing,) = standings(read).values()
    assert standing.lead is None
    assert not standing.witness


def test_one_seed_beats_nothing_for_certain(save):
    (found,) = standings(results.read(save(seeds=1, tasks=("translation",)))).values()
    assert not found.competitive
    assert not found.witness
