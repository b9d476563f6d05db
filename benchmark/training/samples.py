"""What a trained model answers to ten fixed test examples, beside what was to be answered.

``samples/ID.json`` in a study's folder, for the final run at seed 0 of every architecture on every
task whose answers can be read; :data:`.fields.SAMPLES` says what is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewise.benchmark.networks.decoding import Decoder, Position
from gatewise.benchmark.randomness import derive_seed
from gatewise.benchmark.records.experiment import Experiment
from gatewise.files import write_atomically
from gatewise.tasks.task import Pattern

if TYPE_CHECKING:
    from gatewise.benchmark.training.trainer import Trainer
    from gatewise.tasks.task import Array

EXAMPLES = 10
BEAM = 4


def is_sampled(experiment: Experiment) -> bool:
    """Whether a run's answers are kept: one final run of each setting."""
    return experiment.phase == "final" and experiment.seed == 0


def write(trainer: Trainer, experiment: Experiment, folder: Path) -> None:
    """Write the run's samples, if they can be read; the trainer's model is the trained one."""
    texts = trainer.task.texts
    if texts is None:
        return
    shown = texts(trainer.dataset)
    test = trainer.dataset.test
    rows = np.linspace(0, len(test) - 1, min(EXAMPLES, len(test))).astype(int)
    pattern = trainer.task.pattern
    writes = pattern.decodes or pattern is Pattern.NEXT_STEP
    answers = _written(trainer, rows, experiment.seed) if writes else _labelled(trainer, rows)
    examples = [
        {
            "row": row,
            **asdict(shown.example(row)),
            "written": {name: shown.write(ids) for name, ids in answer.items()},
        }
        for row, answer in zip(rows.tolist(), answers, strict=True)
    ]
    names = ("task", "architecture", "scale", "seed", "match")
    record: dict[str, Any] = {"experiment": experiment.id}
    record |= {name: getattr(experiment, name) for name in names}
    text = json.dumps({**record, "examples": examples}, ensure_ascii=False, indent=1)
    write_atomically(folder / "samples" / f"{experiment.id}.json", text)


def _written(trainer: Trainer, rows: Array, seed: int) -> Iterator[dict[str, Sequence[int]]]:
    """The ids decoded for each test example, by way of decoding."""
    decoder, end = Decoder(trainer.model), trainer.dataset.end
    generator = np.random.default_rng(derive_seed(seed, "samples"))
    for row in rows.tolist():
        position, steps = start(trainer, decoder, row)
        (greedy,) = decoder.beam(position, steps, 1, end)
        beam = decoder.beam(position, steps, BEAM, end)[0]
        answers: dict[str, Sequence[int]] = {"greedy": greedy.ids, f"beam {BEAM}": beam.ids}
        if end is None:
            answers["sampled"] = decoder.sample(position, steps, 1.0, generator)
        yield answers


def _labelled(trainer: Trainer, rows: Array) -> Iterator[dict[str, Sequence[int]]]:
    """The likeliest label of each test example, or of each of its real steps.

    The model is called as it is: compiling it for ten examples would take longer.
    """
    test = trainer.dataset.test.take(rows)
    batch = {"inputs": dict(test.inputs), "lengths": test.lengths, "parents": test.parents}
    said = trainer.scoring.answer(trainer.model(batch)).numpy()
    for labels, length in zip(said, test.lengths, strict=True):
        yield {"likeliest": np.atleast_1d(labels)[:length].tolist()}


def start(trainer: Trainer, decoder: Decoder, row: int) -> tuple[Position, int]:
    """Where writing starts for a test example, and for how many steps it goes on.

    A sequence is decoded from what the example gives to read; a language model goes on from the
    first half of the example.
    """
    dataset = trainer.dataset
    example = dataset.test.take(np.array([row]))
    if dataset.begin is not None:
        batch = {"inputs": dict(example.inputs), "lengths": example.lengths}
        states = trainer.model.encode(batch)
        return decoder.read(np.array([[dataset.begin]]), states), example.targets.shape[1]
    (tokens,) = example.inputs.values()
    half = tokens.shape[1] // 2
    return decoder.read(tokens[:, :half], trainer.model.start(1)), tokens.shape[1] - half
