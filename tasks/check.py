"""What every task must hold, whatever it is and whosever it is: ``gatewise check`` and our tests.

A check is given a task and its data at scale ``smoke``, and says in one line what is amiss.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import math
from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from gatewise.checks import Check, findings
from gatewise.tasks.extras import EXTRAS
from gatewise.tasks.metric import KINDS
from gatewise.tasks.task import (
    Baseline,
    Dataset,
    Frames,
    Input,
    Pattern,
    Split,
    Task,
    Tokens,
    UnknownScale,
    chance,
)

SCALES = ("smoke", "quick", "standard", "paper")
NEEDED = SCALES[:2]
"""The scales that are checked."""
EVERY_STEP = (Pattern.SYNCHRONOUS, Pattern.NEXT_STEP)
LARGE_ENOUGH = 2000
"""Test examples at scale ``quick``."""


def _first(faults: Mapping[str, bool], where: str = "") -> str:
    """The first thing that is amiss."""
    found = next((fault for fault, amiss in faults.items() if amiss), "")
    return f"{where}: {found}" if found and where else found


def scales_are_declared(task: Task, dataset: Dataset) -> str:
    """The scales that are checked are there, and none has a name that no preset has."""
    try:
        task.load("huge")
    except UnknownScale:
        lacking = [name for name in NEEDED if name not in task.scales]
        further = [name for name in task.scales if name not in SCALES]
        return _first(
            {
                f"scales lacks {', '.join(lacking)}": bool(lacking),
                f"scales has {', '.join(further)}: allowed are {', '.join(SCALES)}": bool(further),
            }
        )
    return f"scale 'huge' is loaded: allowed are {', '.join(SCALES)}"


def lengths_and_weights_fit(task: Task, dataset: Dataset) -> str:
    """Types and shapes of ``lengths`` and ``weights``."""
    labels = task.metric.kind == "nats of labels"
    axes = 1 if task.pattern is Pattern.SEQUENCE_TO_CLASS else 2
    for name, split in dataset.splits.items():
        shape = split.targets.shape[:-1] if labels else split.targets.shape
        fault = _first(
            {
                "no example": len(split) == 0,
                f"lengths has shape {split.lengths.shape}: allowed is {split.targets.shape[:1]}, "
                "one of each example": split.lengths.shape != split.targets.shape[:1],
                f"lengths is {split.lengths.dtype}: allowed is int32": split.lengths.dtype
                != np.int32,
                "lengths has a 0: allowed are numbers from 1": bool((split.lengths < 1).any()),
                f"weights has shape {split.weights.shape}: allowed is {shape}": split.weights.shape
                != shape,
                f"weights is {split.weights.dtype}: allowed is float32": split.weights.dtype
                != np.float32,
                "weights has other values than 0 and 1": not set(np.unique(split.weights))
                <= {0.0, 1.0},
                f"weights has {split.weights.ndim} axes: allowed are {axes} of {task.pattern}": (
                    split.weights.ndim != axes
                ),
            },
            name,
        )
        if fault:
            return fault
    return ""


def targets_fit(task: Task, dataset: Dataset) -> str:
    """Type and range of ``targets``."""
    number = task.metric.kind == "squared error"
    kind = np.float32 if number else np.int32
    for name, split in dataset.splits.items():
        low, high = split.targets.min(), split.targets.max()
        fault = _first(
            {
                f"targets is {split.targets.dtype}: allowed is {np.dtype(kind)}": (
                    split.targets.dtype != kind
                ),
                f"classes={dataset.classes}: allowed is 1 where targets are numbers": number
                and dataset.classes != 1,
                f"targets are {low} to {high}: allowed are 0 to {dataset.classes - 1}": (
                    not number and not 0 <= low <= high < dataset.classes
                ),
            },
            name,
        )
        if fault:
            return fault
    return ""


def there_is_something_to_tell_apart(task: Task, dataset: Dataset) -> str:
    """Targets are numbers of which there are two at least, and chance is not perfect."""
    for name, split in dataset.splits.items():
        asked = split.targets[split.weights > 0]
        fault = _first(
            {
                "targets has values that are not finite": not np.isfinite(asked).all(),
                f"every target is {asked[:1].tolist()}: allowed are two values and more": bool(
                    (asked == asked[:1]).all()
                ),
            },
            name,
        )
        if fault:
            return fault
    level, perfect = chance(dataset, task.metric), task.metric.perfect
    return _first({f"chance is {level}: allowed is less than perfect, {perfect}": level == perfect})


def inputs_fit_their_declaration(task: Task, dataset: Dataset) -> str:
    """Names, types, shapes and ranges of the arrays that the network is shown."""
    for name, split in dataset.splits.items():
        if set(split.inputs) != set(dataset.inputs):
            given, declared = sorted(split.inputs), sorted(dataset.inputs)
            return f"{name}: inputs are {', '.join(given)}, declared are {', '.join(declared)}"
        for column, kind in dataset.inputs.items():
            if fault := _input_fault(split, column, kind):
                return f"{name}: input {column!r} {fault}"
    return ""


def _input_fault(split: Split, name: str, kind: Input) -> str:
    array = split.inputs[name]
    read = array[:]
    faults = {
        f"has {len(array)} examples, lengths has {len(split)}": len(array) != len(split),
        f"has {array.shape[1]} steps, lengths reach {split.lengths.max()}": (
            array.shape[1] < split.lengths.max()
        ),
        "is not what is read of it": (read.dtype, read.shape) != (array.dtype, array.shape),
    }
    if isinstance(kind, Tokens):
        faults |= {
            f"is {array.dtype}: allowed is int32": array.dtype != np.int32,
            f"has ids to {read.max()}: allowed are 0 to {kind.vocabulary - 1}": not (
                0 <= read.min() <= read.max() < kind.vocabulary
            ),
        }
        return _first(faults)
    shape = (kind.height, kind.width) if isinstance(kind, Frames) else (kind.size,)
    faults |= {
        f"is {array.dtype}: allowed is float32": array.dtype != np.float32,
        f"has shape {array.shape[2:]} a step: declared is {shape}": array.shape[2:] != shape,
        "has values that are not finite": not np.isfinite(read).all(),
    }
    if isinstance(kind, Frames):
        outside = not 0 <= read.min() <= read.max() <= 1
        faults |= {f"is {read.min()} to {read.max()}: allowed are 0 to 1": outside}
    return _first(faults)


def groups_are_parts_of_the_targets(task: Task, dataset: Dataset) -> str:
    """What is scored apart is a mask over targets, and not empty."""
    for name, split in dataset.splits.items():
        for group, mask in split.groups.items():
            faults = {
                f"has shape {mask.shape}: allowed is {split.weights.shape}": (
                    mask.shape != split.weights.shape
                ),
                f"is {mask.dtype}: allowed is bool": mask.dtype != bool,
                "is empty": not mask.any(),
            }
            if fault := _first(faults):
                return f"{name}: group {group!r} {fault}"
    return ""


def padding_is_on_the_right_and_weightless(task: Task, dataset: Dataset) -> str:
    """Id 0 is padding and nothing else is; what is padding counts for nothing."""
    for name, split in dataset.splits.items():
        for column, kind in dataset.inputs.items():
            if isinstance(kind, Tokens):
                ids = split.inputs[column][:]
                real = np.arange(ids.shape[1]) < split.lengths[:, None]
                if ((ids > 0) != real).any():
                    return f"{name}: input {column!r} has id 0 before lengths, or ids behind it"
        if task.pattern in EVERY_STEP:
            steps = np.arange(split.weights.shape[1])
            if (split.weights[steps >= split.lengths[:, None]] != 0).any():
                return f"{name}: weights are not 0 behind lengths"
        if not (split.weights.reshape(len(split), -1).sum(axis=1) > 0).all():
            return f"{name}: an example has no weight"
    return ""


def no_example_is_in_two_splits(task: Task, dataset: Dataset) -> str:
    """As the network is shown them; texts look alike where words are unknown, and are left out."""
    if any(isinstance(kind, Tokens) for kind in dataset.inputs.values()):
        return ""
    seen: dict[str, str] = {}
    for name, split in dataset.splits.items():
        # Longer examples may be those of the test split, drawn out.
        place = "test" if name == "longer" else name
        for content in {_content(split, row) for row in range(len(split))}:
            if seen.setdefault(content, place) != place:
                return f"an example of {name} is in {seen[content]} too"
    return ""


def _content(split: Split, row: int) -> str:
    """A hash of what the network is shown of one example."""
    digest = hashlib.sha256()
    for name in sorted(split.inputs):
        array = split.inputs[name][row, : split.lengths[row]]
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def loading_twice_gives_the_same_data(task: Task, dataset: Dataset) -> str:
    """Or no run could be repeated."""
    once, twice = dataset.checksum(), task.load("smoke").checksum()
    return "" if once == twice else f"checksums {once[:16]} and {twice[:16]} of one scale"


def trees_and_films_are_declared(task: Task, dataset: Dataset) -> str:
    """``trees`` and ``frames`` say what is there, and where it can be read."""
    one = [type(kind) for kind in dataset.inputs.values()] == [Frames]
    film = one and not task.pattern.decodes
    having = [split.parents is not None for split in dataset.splits.values()]
    return _first(
        {
            f"frames={task.frames}: allowed is {film}": task.frames != film,
            f"trees={task.trees}: {sum(having)} of {len(having)} splits have parents": (
                having != [task.trees] * len(having)
            ),
            f"trees=True: allowed is a task that is {Pattern.SEQUENCE_TO_CLASS}, not "
            f"{task.pattern}": task.trees and task.pattern is not Pattern.SEQUENCE_TO_CLASS,
        }
    )


def decoders_know_where_to_begin_and_end(task: Task, dataset: Dataset) -> str:
    """``begin`` and ``end`` are there where a sequence is decoded, and nowhere else."""
    decoded = task.pattern.decodes
    given = dataset.begin is not None, dataset.end is not None
    if given != (decoded, decoded):
        wanted = "two ids" if decoded else "None"
        return f"begin={dataset.begin!r}, end={dataset.end!r}: allowed are {wanted}"
    return ""


def the_next_step_is_the_target(task: Task, dataset: Dataset) -> str:
    """Nothing else is asked for, so a network that reads its own answers goes on by itself."""
    if task.pattern is not Pattern.NEXT_STEP:
        return ""
    for name, split in dataset.splits.items():
        (read,) = (array[:] for array in split.inputs.values())
        follows = np.arange(1, read.shape[1]) < split.lengths[:, None]
        scored = (split.weights[:, :-1] > 0) & follows
        asked = split.targets[:, :-1][scored]
        if not np.array_equal(read[:, 1:][scored].reshape(asked.shape), asked):
            return f"{name}: a target is not the input of the step after"
    return ""


def baselines_are_scores(task: Task, dataset: Dataset) -> str:
    """There is one at least, and every one is a number."""
    found = task.baselines(dataset)
    bad = [b for b in found if not isinstance(b, Baseline) or not math.isfinite(b.score)]
    return _first({"no baseline": not found, f"{bad[:1]}: allowed are finite scores": bool(bad)})


def description_is_plain_data(task: Task, dataset: Dataset) -> str:
    """Its name, its summary, its source, its metric and its margin."""
    parts = [asdict(task.source), asdict(task.metric), *map(asdict, task.context)]
    return _first(
        {
            f"name {task.name!r}: allowed are letters, digits and '-'": not task.name.replace(
                "-", ""
            ).isalnum(),
            "summary is empty": not task.summary,
            f"extra={task.extra!r}: allowed is '' where data is not ours to fetch": bool(task.extra)
            and task.extra not in EXTRAS,
            f"margin={task.margin!r}: allowed are numbers above 0": not task.margin > 0,
            f"metric {task.metric.kind!r}: allowed are {', '.join(KINDS)}": task.metric.kind
            not in KINDS,
            "source, metric or context is no plain data": json.loads(json.dumps(parts)) != parts,
        }
    )


def margin_can_be_measured_at_quick(task: Task, dataset: Dataset) -> str:
    """Sampling error of the test split's mean stays below the margin."""
    test = task.load("quick").test
    error = 0.5 / math.sqrt(test.weights.sum())
    return _first(
        {
            f"{len(test)} test examples: allowed are {LARGE_ENOUGH} or more": len(test)
            < LARGE_ENOUGH,
            f"margin={task.margin!r}: the test split's mean is known to {error:.2g}": (
                task.metric.kind == "accuracy" and error >= task.margin
            ),
        }
    )


def module_shows_a_worked_example(task: Task, dataset: Dataset) -> str:
    """Its docstring has an indented example."""
    module = inspect.getmodule(task.build)
    told = (module.__doc__ if module else "") or ""
    return "" if "\n    " in told else "the docstring of its module has no indented example"


CHECKS: tuple[Check, ...] = (
    scales_are_declared,
    lengths_and_weights_fit,
    targets_fit,
    there_is_something_to_tell_apart,
    inputs_fit_their_declaration,
    groups_are_parts_of_the_targets,
    padding_is_on_the_right_and_weightless,
    no_example_is_in_two_splits,
    loading_twice_gives_the_same_data,
    trees_and_films_are_declared,
    decoders_know_where_to_begin_and_end,
    the_next_step_is_the_target,
    baselines_are_scores,
    description_is_plain_data,
    margin_can_be_measured_at_quick,
    module_shows_a_worked_example,
)

SOUND: tuple[Check, ...] = (
    lengths_and_weights_fit,
    targets_fit,
    there_is_something_to_tell_apart,
    inputs_fit_their_declaration,
    groups_are_parts_of_the_targets,
    padding_is_on_the_right_and_weightless,
    no_example_is_in_two_splits,
    trees_and_films_are_declared,
    decoders_know_where_to_begin_and_end,
)
"""Without these a training fails, or its score means nothing."""


class UnsoundTask(ValueError):
    """A task whose data nothing can be learned from, or not be scored on."""


def require_sound(task: Task, dataset: Dataset) -> None:
    """Refuse what :data:`SOUND` finds, by name.

    Raises:
        UnsoundTask: with the first fault.
    """
    for finding in findings(f"task {task.name!r}", SOUND, task, dataset):
        if finding.fault:
            raise UnsoundTask(
                f"{finding.subject}: {finding.fault} ({finding.check}); nothing is trained until "
                "it is mended, or left out with --tasks"
            )
    if not 0 < task.margin < math.inf:
        raise UnsoundTask(
            f"task {task.name!r}: margin={task.margin!r}: allowed are numbers above 0"
        )
