from __future__ import annotations

from gatewise.tasks import sentiment


def test_splits_share_no_sentence():
    details = sentiment.TASK.load("quick").details
    parts = ("train", "validation", "test")
    texts = {part: {" ".join(words) for words, _ in details[part]} for part in parts}
    assert not texts["train"] & texts["test"]
    assert not texts["train"] & texts["validation"]
    assert not texts["validation"] & texts["test"]


def test_classes_are_the_sign_of_the_rating():
    dataset = sentiment.TASK.load("quick")
    rated = {" ".join(words): positive for words, positive in dataset.details["train"]}
    assert rated["effective but too tepid biopic"] is False
    for targets, part in ((dataset.train.targets, "train"), (dataset.test.targets, "test")):
        assert targets.tolist() == [positive for _, positive in dataset.details[part]]
    assert 0.45 < dataset.train.targets.mean() < 0.55


def test_baseline_has_learnt_something():
    dataset = sentiment.TASK.load("quick")
    (baseline,) = sentiment.TASK.baselines(dataset)
    assert 0.72 < baseline.score < 0.85
