"""Which of nine men is speaking, from the frames of one vowel pair.

    frame    1     2     3    ...  29         12 LPC cepstrum coefficients each
    speaker  .     .     .    ...  4

Japanese Vowels (Kudo, Toyama & Shimbo 1999): 640 utterances of /ae/ in 7 to 29 frames. The
published test half is kept as it is; a fifth of the training half is for validation. It is small:
370 test utterances cannot separate what differs by less than the margin. The baseline is a logistic
regression on each utterance's mean frame.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gatewise.tasks.extras import EXTRAS, paths
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Metric,
    Pattern,
    Recipe,
    Scale,
    Split,
    Task,
    Vectors,
)

NAME = "speech"
SPEAKERS, COEFFICIENTS, LONGEST = 9, 12, 29


def read(path: Path) -> Split:
    """The utterances of a ``.ts`` file: coefficients by ``:``, frames by ``,``, then the class."""
    text = path.read_text(encoding="utf-8").split("@data\n", 1)[1]
    frames, lengths, targets = [], [], []
    for line in text.strip().split("\n"):
        *series, speaker = line.split(":")
        values = np.array([row.split(",") for row in series], np.float32).T
        frames.append(np.pad(values, ((0, LONGEST - len(values)), (0, 0))))
        lengths.append(len(values))
        targets.append(int(speaker) - 1)
    return Split(
        inputs={"frames": np.stack(frames)},
        lengths=np.array(lengths, np.int32),
        targets=np.array(targets, np.int32),
        weights=np.ones(len(targets), np.float32),
    )


def build(train: int) -> Dataset:
    """At most ``train`` training utterances; validation and test are the same at every scale."""
    learnt, tested = map(read, paths(NAME))
    order = np.random.default_rng(0).permutation(len(learnt))
    validated, rest = np.split(order, [len(order) // 5])
    return Dataset(
        train=learnt.take(rest[:train]),
        validation=learnt.take(validated),
        test=tested,
        inputs={"frames": Vectors(COEFFICIENTS)},
        classes=SPEAKERS,
    )


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Logistic regression on mean frames."""
    from sklearn.linear_model import LogisticRegression

    def means(split: Split) -> Array:
        return split.inputs["frames"][:].sum(axis=1) / split.lengths[:, None]

    model = LogisticRegression(max_iter=2000).fit(means(dataset.train), dataset.train.targets)
    score = float(model.score(means(dataset.test), dataset.test.targets))
    return (Baseline("logistic regression of the mean frame", score, "accuracy"),)


def _scale(train: int, epochs: int) -> Scale:
    return Scale({"train": train}, Recipe(20_000, epochs, patience=10, batch_size=16, dropout=0.2))


TASK = Task(
    name=NAME,
    summary="speaker of a Japanese vowel pair, of nine",
    pattern=Pattern.SEQUENCE_TO_CLASS,
    metric=Metric("accuracy", "share of utterances"),
    margin=0.03,
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(100, epochs=1),
        "quick": _scale(216, epochs=30),
        "standard": _scale(216, epochs=60),
        "paper": _scale(216, epochs=100),
    },
    build=build,
    baselines=baselines,
    extra=NAME,
)
