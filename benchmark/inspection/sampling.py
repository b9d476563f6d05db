"""What ``gatewise sample`` does: find or train a language model, and let it write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gatewise import tasks
from gatewise.benchmark.execution import worker
from gatewise.benchmark.inspection import subjects
from gatewise.benchmark.networks.decoding import Decoder, Node, Position
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.studies.study import Study
from gatewise.tasks.task import Pattern, Texts

OWN = "samples"
"""The study that models trained only to write belong to."""


class NoModel(ValueError):
    """A language model that is not there and cannot be trained here."""


@dataclass(frozen=True)
class Branch:
    """A token of the tree of continuations, as text."""

    text: str
    p: float
    following: tuple[Branch, ...]


@dataclass(frozen=True)
class Author:
    """A trained language model that stands behind a prompt."""

    decoder: Decoder
    texts: Texts
    position: Position

    def sampled(self, steps: int, temperature: float, seed: int) -> str:
        """A continuation by chance."""
        generator = np.random.default_rng(seed)
        return self.texts.write(self.decoder.sample(self.position, steps, temperature, generator))

    def likeliest(self, steps: int, width: int) -> list[tuple[str, float]]:
        """Beam search's continuations and their nats a token, likeliest first."""
        found = self.decoder.beam(self.position, steps, width)
        return [(self.texts.write(text.ids), text.cost(1.0)) for text in found]

    def tree(self, branches: int, depth: int) -> tuple[Branch, ...]:
        """The likeliest next tokens, and what is likely behind each."""

        def spelled(nodes: tuple[Node, ...]) -> tuple[Branch, ...]:
            return tuple(
                Branch(self.texts.write([n.token]), n.p, spelled(n.following)) for n in nodes
            )

        return spelled(self.decoder.tree(self.position, branches, depth))


def author(
    task: str, scale: str, architecture: str, study: str | None, results: Path, prompt: str
) -> Author:
    """A model at seed 0 that has read the prompt.

    Its weights are those that a study kept; without a study it is trained now, once, and kept in a
    study of its own.

    Raises:
        NoModel: the task is no language model, the prompt is empty, or the study kept no weights.
        InvalidStudy, UnknownTask, UnknownArchitecture, UnknownScale: a name that means nothing.
    """
    found = tasks.find(task)
    writing = [name for name, other in tasks.registry().items() if _is_language_model(other)]
    if task not in writing:
        raise NoModel(f"task {task!r}: allowed are {', '.join(writing)}")
    own = Study(study or OWN, scale, (task,), (architecture,), seeds=1)
    folder = results / own.name
    experiment = _kept(folder, own) if study else subjects.made(folder, own)
    trainer = worker.trainer(experiment.group)
    trainer.model.load_weights(worker.weights_path(folder, experiment))
    assert found.texts is not None
    texts = found.texts(trainer.dataset)
    assert texts.read is not None
    (ids,) = texts.read(prompt).ids.values()
    if not ids:
        raise NoModel(f"prompt {prompt!r}: allowed is any text of at least one token")
    decoder = Decoder(trainer.model)
    return Author(decoder, texts, decoder.read(np.array([ids]), trainer.model.start(1)))


def _is_language_model(task: tasks.Task) -> bool:
    return task.texts is not None and task.pattern is Pattern.NEXT_STEP


def _kept(folder: Path, study: Study) -> Experiment:
    wanted = (*study.tasks, study.scale, *study.architectures, "final", 0)
    kept = [
        e for e, _ in Ledger(folder) if (e.task, e.scale, e.architecture, e.phase, e.seed) == wanted
    ]
    experiment = kept[-1] if kept else None
    if experiment is None or not worker.weights_path(folder, experiment).exists():
        command = (
            f"gatewise run --keep-weights --study {study.name} --preset {study.scale} "
            f"--tasks {study.tasks[0]} --architectures {study.architectures[0]}"
        )
        raise NoModel(f"study {study.name!r} kept no such model; train one with: {command}")
    return experiment
