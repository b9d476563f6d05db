"""The next chord of a four-part chorale, of any number of notes at once.

    quarter   1            2            3                  a row of the roll has a 1 for every
    sounding  A2 E4 A3 C5  B2 D4 G3 G4  C3 C4 G3 E4        pitch that sounds, 53 in all
    target    B2 D4 G3 G4  C3 C4 G3 E4  ...

Bach's chorales as music21 carries them, a step a quarter note: what sounds as the quarter begins,
as in Boulanger-Lewandowski et al. (2012). Each of the pitches is a label of its own that is on or
off. Chorales are cut into excerpts of ``length`` steps. Those that begin with the same tune, in
whatever key, are harmonisations of one hymn and stay in one split; 23 that occur twice are taken
once. The split is gatewise's own, so published numbers are of other chorales. Beside nats a step
stands frame accuracy (Bay, Ehmann & Downie 2009): notes rightly said, over those said or sounding.
Baselines: every pitch by itself, given whether it sounds already, and the last chord again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gatewise.tasks.extras import EXTRAS, kept_of, verify
from gatewise.tasks.task import (
    Array,
    Baseline,
    Dataset,
    Metric,
    Pattern,
    Published,
    Recipe,
    Scale,
    Split,
    Task,
    Vectors,
)
from gatewise.tasks.text import split_by_content

NAME = "music"
LOWEST, PITCHES = 36, 53
"""The lowest MIDI number of all chorales, and how many there are to the highest, an obbligato's."""
OPENING = 8
"""Quarters by which a tune is known."""
TEST_TUNES, VALIDATION_TUNES = 50, 30
CHUNG = "Chung et al., Empirical Evaluation of Gated Recurrent Neural Networks, 2014"


def rolls() -> dict[str, Array]:
    """All chorales one after another, ``bool [steps, pitches]``, and the steps of each."""
    from music21 import corpus
    from music21.corpus.chorales import Iterator

    found = []
    for name in Iterator(returnType="filename"):
        score = corpus.parse(name).flatten()
        roll = np.zeros((int(np.ceil(score.highestTime)), PITCHES), bool)
        for note in score.notes:
            start, end = note.offset, note.offset + note.quarterLength
            sounding = slice(int(np.ceil(start)), int(np.ceil(end)))
            roll[sounding, [pitch.midi - LOWEST for pitch in note.pitches]] = True
        found.append(roll)
    return {"roll": np.concatenate(found), "steps": np.array([len(roll) for roll in found])}


def chorales() -> list[Array]:
    """The roll of every chorale.

    Raises:
        AbsentData: music21 is not installed.
        OtherData: it gives other chorales.
    """
    stored = kept_of(NAME, __file__, {}, rolls)
    verify(NAME, np.packbits(stored["roll"]).tobytes() + stored["steps"].astype("<i4").tobytes())
    return np.split(stored["roll"], np.cumsum(stored["steps"])[:-1])


def tune(roll: Array) -> str:
    """The steps of the highest voice at the beginning, in semitones."""
    highest = [int(np.flatnonzero(row)[-1]) for row in roll[roll.any(axis=1)][:OPENING]]
    return " ".join(map(str, np.diff(highest)))


def build(train: int, length: int) -> Dataset:
    """Excerpts of the chorales of at most ``train`` tunes; other splits hold the same chorales."""
    different = {roll.tobytes(): roll for roll in chorales()}
    tested, validated, trained = split_by_content(
        different.values(), tune, TEST_TUNES, VALIDATION_TUNES, train
    )
    return Dataset(
        train=excerpts(trained, length),
        validation=excerpts(validated, length),
        test=excerpts(tested, length),
        inputs={"roll": Vectors(PITCHES)},
        classes=PITCHES,
    )


def excerpts(found: list[Array], length: int) -> Split:
    """Rolls cut every ``length`` steps; an excerpt's last target is the next one's first input."""
    parts = [
        roll[start : start + length + 1]
        for roll in found
        for start in range(0, len(roll) - 1, length)
    ]
    whole = np.zeros((len(parts), length + 1, PITCHES), bool)
    for row, part in zip(whole, parts, strict=True):
        row[: len(part)] = part
    lengths = np.array([len(part) - 1 for part in parts], np.int32)
    return Split(
        inputs={"roll": whole[:, :-1].astype(np.float32)},
        lengths=lengths,
        targets=whole[:, 1:].astype(np.int32),
        weights=(np.arange(length) < lengths[:, None]).astype(np.float32),
    )


def answer_scores(dataset: Dataset, rows: Array, answers: list[Any]) -> dict[str, float]:
    """Frame accuracy over the given test excerpts."""
    test = dataset.test
    pairs = [
        (np.asarray(said, bool), test.targets[row, : test.lengths[row]] > 0)
        for row, said in zip(rows, answers, strict=True)
    ]
    either = sum(int((said | right).sum()) for said, right in pairs)
    return {"frame accuracy": sum(int((said & right).sum()) for said, right in pairs) / either}


def sounding(split: Split) -> Array:
    """Which pitches sound, ``bool [excerpts, steps, pitches]``."""
    return split.inputs["roll"][:] > 0


def each_by_itself(dataset: Dataset, on: Callable[[Split], Array]) -> float:
    """Nats a step of each label's frequency after itself and after its absence.

    ``on(split)`` is which labels are on as each step is read, ``bool`` of the targets' shape.
    """
    train, test = dataset.train, dataset.test
    real, scored = train.weights > 0, test.weights > 0
    before, after = on(train)[real], train.targets[real] > 0
    said = on(test)
    p = np.zeros(said.shape)
    for state in (False, True):
        times = (before == state).sum(axis=0)
        share = (((before == state) & after).sum(axis=0) + 1) / (times + 2)
        p = np.where(said == state, share, p)
    nats = -np.log(np.where(test.targets > 0, p, 1 - p)).sum(axis=-1)
    return float(nats[scored].mean())


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """Each pitch's frequency after itself and after its rest, and the last chord again."""
    test = dataset.test
    said = sounding(test)
    nats = each_by_itself(dataset, sounding)
    again = [row[:n] for row, n in zip(said, test.lengths, strict=True)]
    accuracy = answer_scores(dataset, np.arange(len(test)), again)["frame accuracy"]
    return (
        Baseline("every pitch by itself", nats, "nats of labels"),
        Baseline("the last chord again", accuracy, "frame accuracy"),
    )


def _scale(train: int, length: int, epochs: int, budget: int) -> Scale:
    recipe = Recipe(budget, epochs, patience=5, batch_size=16, learning_rate=5e-3, dropout=0.2)
    return Scale({"train": train, "length": length}, recipe)


TASK = Task(
    name=NAME,
    summary="next chord of Bach's chorales, every pitch on or off",
    pattern=Pattern.NEXT_STEP,
    metric=Metric("nats of labels", "nats a step"),
    # About a hundredth of what the literature's recurrent networks leave.
    margin=0.1,
    source=EXTRAS[NAME].source,
    scales={
        "smoke": _scale(20, 16, epochs=1, budget=5000),
        "quick": _scale(152, 32, epochs=25, budget=20_000),
        "standard": _scale(152, 64, epochs=40, budget=20_000),
        "paper": _scale(152, 192, epochs=80, budget=20_000),
    },
    build=build,
    baselines=baselines,
    answer_scores=answer_scores,
    extra=NAME,
    context=(Published(8.54, "nats of labels", "GRU, on the split named JSB Chorales", CHUNG),),
)
