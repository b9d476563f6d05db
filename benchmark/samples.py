"""What a trained model writes for ten fixed test examples, beside what was to be written.

``samples/ID.json`` in a study's folder, for the final run at seed 0 of every task and architecture
whose task writes text; :data:`benchmark.columns.SAMPLES` says what is in it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmark.decoding import Decoder, Position
from benchmark.experiment import Experiment
from benchmark.ledger import write_atomically
from benchmark.randomness import derive_seed

if TYPE_CHECKING:
    from benchmark.training import Trainer

EXAMPLES = 10
BEAM = 4


def is_sampled(experiment: Experiment) -> bool:
    """Whether a run's texts are kept: one final run of each setting."""
    return experiment.phase == "final" and experiment.seed == 0


def write(trainer: Trainer, experiment: Experiment, folder: Path) -> None:
    """Write the run's samples, if its task has texts; the trainer's model is the trained one."""
    texts = trainer.task.texts
    if texts is None:
        return
    shown = texts(trainer.dataset)
    test = trainer.dataset.test
    rows = np.linspace(0, len(test) - 1, min(EXAMPLES, len(test))).astype(int)
    decoder = Decoder(trainer.model)
    generator = np.random.default_rng(derive_seed(experiment.seed, "samples"))
    examples = []
    for row in rows.tolist():
        example = shown.example(row)
        position, steps = start(trainer, decoder, row)
        end = trainer.dataset.end
        (greedy,) = decoder.beam(position, steps, 1, end)
        beam = decoder.beam(position, steps, BEAM, end)[0]
        answers = {"greedy": greedy.ids, f"beam {BEAM}": beam.ids}
        if end is None:
            answers["sampled"] = tuple(decoder.sample(position, steps, 1.0, generator))
        written = {name: shown.write(ids) for name, ids in answers.items()}
        examples.append({"row": row, **asdict(example), "written": written})
    names = ("task", "architecture", "scale", "seed", "match")
    record: dict[str, Any] = {"experiment": experiment.id}
    record |= {name: getattr(experiment, name) for name in names}
    text = json.dumps({**record, "examples": examples}, ensure_ascii=False, indent=1)
    write_atomically(folder / "samples" / f"{experiment.id}.json", text)


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
