"""Which examples train, which validate and which test: none of one content is in two splits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gatewise.tasks.own.examples import PARTS, Example, Material
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

    train: Sequence[Example]
    validation: Sequence[Example]
    test: Sequence[Example]
    left_out: int
    how: str


def parts(reading: Reading, material: Material) -> Parts:
    """The three splits, the same on every machine.

    By content: the contents' hashes are an order at random. By group: so are the groups' hashes. By
    time, and of series: in that order.

    Raises:
        InvalidData: too few groups, or a split with too few examples.
    """
    trained, validated, tested = _parted(reading, material.examples)
    seen = {example.content for example in tested}
    kept_validated = [e for e in validated if e.content not in seen]
    seen |= {example.content for example in kept_validated}
    kept_trained = [e for e in trained if e.content not in seen]
    before, after = (
        len(a) + len(b) for a, b in ((trained, validated), (kept_trained, kept_validated))
    )
    found = Parts(kept_trained, kept_validated, tested, before - after, _how(reading))
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


def _parted(
    reading: Reading, examples: Sequence[Example]
) -> tuple[list[Example], list[Example], list[Example]]:
    if reading.form == "series":
        trained, validated, tested = ([e for e in examples if e.part == part] for part in PARTS)
        return trained, validated, tested
    if reading.time:
        ordered = sorted(examples, key=lambda example: example.time)
        first, second = (int(share * len(ordered)) for share in list(PARTS.values())[:2])
        return _at_once(ordered, first, second)
    keys: tuple[Callable[[Example], str], str] = (lambda e: e.content.hex(), "")
    if reading.group:
        keys = (lambda e: e.group, reading.group)
    key, column = keys
    count = len({key(example) for example in examples})
    if column and count < LEAST_GROUPS:
        raise told(
            reading.file, f"{count} groups; allowed are {LEAST_GROUPS} or more", column=column
        )
    sizes = round(TESTED * count), round(VALIDATED * count), count
    tested, validated, trained = split_by_content(examples, key, *sizes)
    return trained, validated, tested


def _at_once(
    ordered: list[Example], first: int, second: int
) -> tuple[list[Example], list[Example], list[Example]]:
    """Cut at two places, each moved back to where a moment begins."""

    def moved(place: int) -> int:
        while place > 0 and ordered[place - 1].time == ordered[place].time:
            place -= 1
        return place

    first, second = moved(first), moved(second)
    return ordered[:first], ordered[first:second], ordered[second:]
