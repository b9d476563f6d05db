"""A trained model writes: greedily, by chance, by beam search, and as a tree of what is likely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from gatewise.tasks.task import Array


class InvalidSampling(ValueError):
    """A setting of the decoder that has no meaning."""


@dataclass(frozen=True)
class Position:
    """Where texts stand: ``log_p [texts, classes]`` of the next token, and the network's states."""

    log_p: Array
    states: Any

    def take(self, rows: Sequence[int]) -> Position:
        """The texts at ``rows``, in that order."""
        chosen = tf.constant(rows, tf.int32)
        return Position(
            self.log_p[list(rows)],
            tf.nest.map_structure(lambda s: tf.gather(s, chosen), self.states),
        )


@dataclass(frozen=True)
class Hypothesis:
    """A text of beam search: its tokens without the end, and the sum of their -log p."""

    ids: tuple[int, ...]
    nats: float
    ended: bool = False

    def cost(self, penalty: float) -> float:
        """Nats over length to the power of ``penalty``; the end counts as a token."""
        return self.nats / max(1, len(self.ids) + self.ended) ** penalty


@dataclass(frozen=True)
class Node:
    """A token of the tree of continuations, its probability there, and what may follow."""

    token: int
    p: float
    following: tuple[Node, ...] = ()


class Decoder:
    """One token after another from a model with ``decode``.

    Args:
        model: a :class:`.models.Translator` or a :class:`.models.Reader` that
            predicts its next input.
    """

    def __init__(self, model: Any) -> None:
        self._decode = tf.function(model.decode, autograph=False, reduce_retracing=True)

    def read(self, tokens: Array, states: Any) -> Position:
        """After reading ``tokens [texts, steps]``, at least one step, from the given states."""
        logits, states = self._decode(tf.constant(tokens, tf.int32), states)
        return Position(tf.nn.log_softmax(logits[:, -1]).numpy(), states)

    def write(self, position: Position, tokens: Sequence[int]) -> Position:
        """After one more token in each text."""
        return self.read(np.array(tokens, np.int32)[:, None], position.states)

    def sample(
        self,
        position: Position,
        steps: int,
        temperature: float,
        generator: np.random.Generator,
        end: int | None = None,
    ) -> list[int]:
        """A continuation by chance, p proportional to p(token)^(1 / temperature).

        Raises:
            InvalidSampling: the temperature is not positive.
        """
        if not temperature > 0:
            raise InvalidSampling(f"temperature={temperature!r}: allowed are numbers above 0")
        written: list[int] = []
        for _ in range(steps):
            # The largest of log p / T + Gumbel noise is such a sample.
            noisy = position.log_p[0] / temperature + generator.gumbel(size=position.log_p[0].shape)
            token = int(noisy.argmax())
            if token == end:
                break
            written.append(token)
            position = self.write(position, [token])
        return written

    def beam(
        self,
        position: Position,
        steps: int,
        width: int,
        end: int | None = None,
        penalty: float = 1.0,
    ) -> list[Hypothesis]:
        """The cheapest ``width`` continuations that beam search finds, cheapest first.

        At every step the ``width`` most likely texts go on; one that reaches ``end`` is kept, and
        the search stops when as many have ended. Length is made up for at the end alone: texts are
        compared by -log p over length to the power of ``penalty`` (1: nats a token).

        Raises:
            InvalidSampling: the width is below 1.
        """
        if width < 1:
            raise InvalidSampling(f"beam={width!r}: allowed are whole numbers from 1")
        beam, ended = [Hypothesis((), 0.0)], []
        for _ in range(steps):
            nats = np.array([[text.nats] for text in beam]) - position.log_p
            found = [
                (divmod(int(i), nats.shape[1]), float(nats.flat[i]))
                for i in np.argsort(nats, axis=None, kind="stable")[: width + len(beam)]
            ]
            ended += [Hypothesis(beam[r].ids, n, True) for (r, t), n in found if t == end]
            going = [(r, t, n) for (r, t), n in found if t != end][:width]
            beam = [Hypothesis((*beam[r].ids, t), n) for r, t, n in going]
            if len(ended) >= width:
                break
            # As many rows as the beam is wide from the first step on: one compiled shape.
            filled = going + going[:1] * (width - len(going))
            position = position.take([r for r, _, _ in filled])
            position = self.write(position, [t for _, t, _ in filled])
            position = Position(position.log_p[: len(beam)], position.states)
        texts = ended or beam
        return sorted(texts, key=lambda text: text.cost(penalty))[:width]

    def tree(self, position: Position, branches: int, depth: int) -> tuple[Node, ...]:
        """The ``branches`` likeliest next tokens, each with its own likeliest ones behind it."""
        if depth == 0:
            return ()
        likeliest = np.argsort(-position.log_p[0], kind="stable")[:branches]
        return tuple(
            Node(
                int(token),
                float(np.exp(position.log_p[0, token])),
                self.tree(self.write(position, [int(token)]), branches, depth - 1)
                if depth > 1
                else (),
            )
            for token in likeliest
        )
