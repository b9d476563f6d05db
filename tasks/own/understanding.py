"""What was understood of a user's own data, in five lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median

from gatewise.tasks.own.data import OwnData, parted
from gatewise.tasks.own.encoding import Encoding
from gatewise.tasks.own.examples import Material
from gatewise.tasks.own.splitting import Parts
from gatewise.tasks.task import Dataset, chance

SHOWN = 6
"""So many classes are named."""
THINGS = {"text": "texts", "tokens": "sentences", "features": "sequences", "series": "windows"}
"""What examples are, by form."""


def lines(own: OwnData, scale: str) -> tuple[str, ...]:
    """The file, what is asked of it, its splits, what was learnt from training, and the score."""
    dataset = own.task.load(scale)
    read, split, _ = parted(own.reading, own.sha256)
    return tuple(
        f"{name:8}{said}"
        for name, said in {
            "data": _file(own, read, dataset.details["encoding"]),
            "asked": "".join(_asked(own, read)),
            "splits": _splits(dataset, split),
            "learnt": _learnt(dataset.details["encoding"]),
            "score": _score(own, dataset),
        }.items()
    )


def _file(own: OwnData, read: Material, encoding: Encoding) -> str:
    lengths = read.examples.lengths.tolist()
    of = f", a sample of {read.found:,} (no more are kept)" * (read.found > len(lengths))
    others = f"; {read.passed_over:,} rows of others are not kept" * bool(read.passed_over)
    cut = f"; longer ones are cut at {encoding.length}" * (max(lengths) > encoding.length)
    unit = f"{own.by or 'step'}s"
    span = f"{min(lengths)} to {max(lengths)} {unit}, median {median(lengths):g}"
    steps = f"{max(lengths)} {unit}" if min(lengths) == max(lengths) else span
    name = own.reading.file.name
    return f"{name}: {len(lengths):,} {THINGS[own.reading.form]}{of} of {steps}{cut}{others}"


def _asked(own: OwnData, read: Material) -> Iterator[str]:
    reading = own.reading
    column = reading.tags or reading.label or reading.series
    yield f"{'column ' * column.isdecimal()}{column}, "
    if reading.series:
        yield f"its change from the last step read to {reading.horizon} later"
    else:
        yield _kind(own, read)
        yield f" {'for every' if own.every_step else 'behind the last'} {own.by or 'step'}"
    yield f": {own.task.pattern}, of {'tokens' if own.by else 'vectors'}"


def _kind(own: OwnData, read: Material) -> str:
    if own.kind == "numbers":
        return "a number"
    counts = Counter(str(answer) for _, answer in read.examples.labels())
    named = (f"{n} {of / counts.total():.0%}" for n, of in counts.most_common(SHOWN))
    more = ", …" * (len(counts) > SHOWN)
    return f"one of {len(counts)} classes ({', '.join(named)}{more})"


def _splits(dataset: Dataset, split: Parts) -> str:
    left = f"; {split.left_out} left out that were in two" * bool(split.left_out)
    return (
        f"{len(dataset.train):,} train, {len(dataset.validation):,} validate, "
        f"{len(dataset.test):,} test, {split.how}; no content is in two{left}"
    )


def _learnt(encoding: Encoding) -> str:
    known = ", ".join(f"{len(v):,} {name}" for name, v in encoding.vocabularies.items())
    features = f"mean and spread of {len(encoding.mean)} features"
    answers = encoding.answers
    number = f"; labels are {answers.mean:.4g} ± {answers.spread:.4g}" * (not answers.classes)
    return f"of the training split alone: {known or features}{number}"


def _score(own: OwnData, dataset: Dataset) -> str:
    metric = own.task.metric
    blind = "the majority" if own.kind == "classes" else "the mean"
    beaten = {blind: chance(dataset, metric)}
    beaten |= {b.name: b.score for b in own.task.baselines(dataset)}
    said = ", ".join(f"{score:.3f} by {name}" for name, score in beaten.items())
    return (
        f"{metric.kind} ({metric.unit}), to beat: {said}; differences from {own.margin:g} on "
        "matter, by the size of the test split"
    )
