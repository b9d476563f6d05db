"""Which examples train, which validate and which test: none of one content is in two splits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from gatewise.tasks.own.examples import PARTS, Material
from gatewise.tasks.own.packed import Packed
from gatewise.tasks.own.reading import Reading
from gatewise.tasks.own.rows import told
from gatewise.tasks.text import split_by_content

TESTED, VALIDATED = 0.2, 0.1
LEAST_TESTED = 20
LEAST_GROUPS = 10


@dataclass(frozen=True)
class Parts:
    """The examples of each split; ``left_out`` are those whose content a later split has too.

    ``how`` says in words what parts them.
    """

    train: Packed
    validation: Packed
    test: Packed
    left_out: int
    how: str


def parts(reading: Reading, material: Material) -> Parts:
    """The three splits, the same on every machine.

    By content: the contents' hashes are an order at random. By group: so are the groups' hashes. By
    time, and of series: in that order.

    Raises:
        InvalidData: too few groups, or a split with too few examples.
    """
    examples = material.examples
    trained, validated, tested = _parted(reading, examples)
    seen = set(map(examples.content, tested))
    kept_validated = [at for at in validated if examples.content(at) not in seen]
    seen |= set(map(examples.content, kept_validated))
    kept_trained = [at for at in trained if examples.content(at) not in seen]
    left_out = len(trained) + len(validated) - len(kept_trained) - len(kept_validated)
    train, validation, test = map(examples.take, (kept_trained, kept_validated, tested))
    found = Parts(train, validation, test, left_out, _how(reading))
    for name, split in (("validation", found.validation), ("test", found.test)):
        if len(split) < LEAST_TESTED // (1 + (name == "validation")):
            raise told(
                reading.file,
                f"{len(split)} examples in the {name} split; allowed are "
                f"{LEAST_TESTED // (1 + (name == 'validation'))} or more",
            )
    return found


def _how(reading: Reading) -> str:
    if reading.group and reading.form != "series":
        return f"by group ({reading.group})"
    if reading.time:
        return f"by time ({reading.time})"
    return "by time" if reading.form == "series" else "by content"


def _parted(reading: Reading, examples: Packed) -> tuple[list[int], list[int], list[int]]:
    """The places of the examples that train, validate and test."""
    every = range(len(examples))
    if reading.form == "series":
        trained, validated, tested = (
            [at for at in every if examples.text("parts", at) == part] for part in PARTS
        )
        return trained, validated, tested
    if reading.time:
        times = examples.columns["times"].tolist()
        ordered = sorted(every, key=times.__getitem__)
        first, second = (int(share * len(ordered)) for share in list(PARTS.values())[:2])
        return _at_once(ordered, times, first, second)
    key: Callable[[int], str] = lambda at: examples.content(at).hex()  # noqa: E731
    if reading.group:
        key = partial(examples.text, "groups")
    count = len(set(map(key, every)))
    if reading.group and count < LEAST_GROUPS:
        raise told(
            reading.file,
            f"{count} groups; allowed are {LEAST_GROUPS} or more",
            column=reading.group,
        )
    sizes = round(TESTED * count), round(VALIDATED * count), count
    tested, validated, trained = split_by_content(every, key, *sizes)
    return trained, validated, tested


def _at_once(
    ordered: list[int], times: Sequence[float], first: int, second: int
) -> tuple[list[int], list[int], list[int]]:
    """Cut at two places, each moved back to where a moment begins."""

    def moved(place: int) -> int:
        while place > 0 and times[ordered[place - 1]] == times[ordered[place]]:
            place -= 1
        return place

    first, second = moved(first), moved(second)
    return ordered[:first], ordered[first:second], ordered[second:]
