from __future__ import annotations

import pytest

from gatewise.tasks import labelling, tagging
from gatewise.tasks.vendored import read_rows


def test_splits_share_no_sentence():
    dataset = labelling.TASK.load("quick")
    texts = [{" ".join(s).lower() for s, _ in dataset.details[p]} for p in ("train", "test")]
    assert not texts[0] & texts[1]


@pytest.mark.parametrize(
    ("raw", "universal"),
    [
        ("nn-tl", "NOUN"),
        ("fw-in+nn-tl", "ADP"),
        ("ppss+bem", "PRON"),
        ("md*", "VERB"),
        ("*", "PRT"),
        ("jj-tl-hl", "ADJ"),
        ("np$", "NOUN"),
        ("--", "."),
        ("to", "PRT"),
        ("fw-*-tl", "PRT"),
    ],
)
def test_brown_tags_map_to_universal_ones(raw, universal):
    assert labelling.TAGS[labelling.universal(raw)] == universal


def test_every_tag_of_the_corpus_maps():
    tags = {
        token.rsplit("/", 1)[1]
        for _, text in read_rows(labelling.FILE)
        for token in text.split(" ")
    }
    assert len(tags) > 400
    assert {labelling.universal(tag) for tag in tags} == set(range(len(labelling.TAGS)))


def test_shape_keeps_ending_and_capital():
    assert tagging.shape("Atlanta's") == "^a's"
    assert tagging.shape("running") == "ing"
    assert tagging.shape("1961") == "000"


def test_baseline_counts_words_of_the_training_split():
    dataset = labelling.TASK.load("quick")
    (baseline,) = labelling.TASK.baselines(dataset)
    assert 0.9 < baseline.score < 0.95
