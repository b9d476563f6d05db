"""What a linear model makes of the same examples: the baseline of data of a user's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from gatewise.tasks.own.encoding import Encoding
from gatewise.tasks.own.packed import Example
from gatewise.tasks.tagging import shape
from gatewise.tasks.task import Array, Baseline, Dataset, Split

PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
MOST_STEPS = 50_000
"""Steps that it learns from, where each has an answer: it is a baseline, and not to take long."""
AROUND = 2
"""Steps before and behind that it sees, where each step has an answer."""
WIDEST = 2000
"""Numbers of a window, above which it reads means and ends of it instead of every step."""


def baselines(dataset: Dataset) -> tuple[Baseline, ...]:
    """The linear model whose penalty suits the validation split best, and a series' last value."""
    encoding: Encoding = dataset.details["encoding"]
    kind = "accuracy" if encoding.answers.classes else "squared error"
    examples = {name: dataset.details[name] for name in dataset.splits}
    features = (
        _counted(encoding, examples)
        if encoding.by
        else {name: _numbers(encoding, split) for name, split in dataset.splits.items()}
    )
    targets = {name: _targets(encoding, split) for name, split in dataset.splits.items()}
    if encoding.every_step:
        for learning in (features, targets):
            learning["train"] = learning["train"][:MOST_STEPS]
    fitted = [
        _model(encoding, penalty, len(targets["train"])).fit(features["train"], targets["train"])
        for penalty in PENALTIES
    ]
    best = max(fitted, key=lambda m: m.score(features["validation"], targets["validation"]))
    said = best.predict(features["test"])
    found = [Baseline(name_of(encoding), _score(encoding, said, targets["test"]), kind)]
    if dataset.details.get("forecast"):
        unchanged = np.full_like(targets["test"], -encoding.answers.mean / encoding.answers.spread)
        found.append(Baseline("last value", _score(encoding, unchanged, targets["test"]), kind))
    return tuple(found)


def name_of(encoding: Encoding) -> str:
    """The linear model in words."""
    model = "logistic regression" if encoding.answers.classes else "ridge regression"
    if not encoding.by:
        return f"{model} on {'neighbouring steps' if encoding.every_step else 'windows'}"
    seen = f"neighbouring {encoding.by}s" if encoding.every_step else f"{encoding.by}s and pairs"
    return f"{model} on {seen}"


def _score(encoding: Encoding, said: Array, targets: Array) -> float:
    right = said == targets if encoding.answers.classes else (said - targets) ** 2
    return float(np.mean(right))


def _targets(encoding: Encoding, split: Split) -> Array:
    """Of every target with weight, one axis."""
    found: Array = split.targets[split.weights > 0] if encoding.every_step else split.targets
    return found


def _model(encoding: Encoding, penalty: float, examples: int) -> Any:
    from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MaxAbsScaler, StandardScaler

    scaled = MaxAbsScaler() if encoding.by else StandardScaler()
    if not encoding.answers.classes:
        return make_pipeline(scaled, Ridge(penalty))
    if encoding.every_step:
        # Without a tolerance it takes so many passes and no more.
        alpha = penalty / examples
        descent = SGDClassifier("log_loss", alpha=alpha, max_iter=8, tol=None, random_state=0)
        return make_pipeline(scaled, descent)
    return make_pipeline(scaled, LogisticRegression(C=1 / penalty, max_iter=5000))


# --- What it reads ---------------------------------------------------------------------------


def _numbers(encoding: Encoding, split: Split) -> Array:
    """A row a target."""
    array, lengths = split.inputs["numbers"][:], split.lengths
    if encoding.every_step:
        rolled = [_moved(array, by) for by in range(-AROUND, AROUND + 1)]
        return np.concatenate(rolled, axis=-1)[split.weights > 0]
    even = bool((lengths == array.shape[1]).all())
    if even and array[0].size <= WIDEST:
        return array.reshape(len(array), -1)
    return np.stack([_told(row[:length]) for row, length in zip(array, lengths, strict=True)])


def _moved(array: Array, by: int) -> Array:
    """Each step's features ``by`` steps earlier, 0 where there is none."""
    moved = np.zeros_like(array)
    steps = array.shape[1]
    if abs(by) < steps:
        moved[:, max(0, by) : steps + min(0, by)] = array[:, max(0, -by) : steps - max(0, by)]
    return moved


def _told(steps: Array) -> Array:
    """A window in a few numbers a feature."""
    parts = (steps.mean(0), steps.std(0), steps.min(0), steps.max(0), steps[0], steps[-1])
    return np.concatenate(parts)


def _whole(tokens: tuple[str, ...]) -> Iterator[dict[str, float]]:
    """The tokens of a text and the pairs that stand side by side."""
    yield dict.fromkeys((*tokens, *(f"{a} {b}" for a, b in pairwise(tokens))), 1.0)


def _beside(tokens: tuple[str, ...]) -> Iterator[dict[str, float]]:
    """Each token, its shape, and its neighbours."""
    padded = ("",) * AROUND + tokens + ("",) * AROUND
    for place, token in enumerate(tokens):
        around = padded[place : place + 2 * AROUND + 1]
        named = {f"{by}:{near.lower()}": 1.0 for by, near in enumerate(around)}
        yield {**named, f"shape:{shape(token)}": 1.0, "bias": 1.0}


def _counted(encoding: Encoding, examples: Mapping[str, Sequence[Example]]) -> dict[str, Any]:
    """A row a target: names of what is there as columns, those of the training split."""
    from sklearn.feature_extraction import DictVectorizer

    every, vectorizer = _beside if encoding.every_step else _whole, DictVectorizer()

    # One after the other: all the names of all examples take a hundred times what is counted.
    def named(of: Sequence[Example]) -> Iterator[dict[str, float]]:
        for example in of:
            yield from every(tuple(example.reads)[: encoding.length])

    vectorizer.fit(named(examples["train"]))
    return {name: vectorizer.transform(named(of)) for name, of in examples.items()}
