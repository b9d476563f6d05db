"""Layers that stand before and behind a network, so that it reads what users have.

With them a saved model is whole: text or raw numbers in, probabilities of named classes or numbers
out, with nothing beside it but the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from gatewise.benchmark.architectures.engine.backend import Tensor

LETTER = r"[\p{L}\p{Nl}\p{No}]"
WITHIN = r"\p{M}\x{200C}\x{200D}"
LETTERS = rf"{LETTER}+(?:[{WITHIN}]+{LETTER}*)*"
SPACE = r"\s\p{Z}\x{1C}-\x{1F}\x{85}\x{0B}"
WORD = (
    rf"({LETTERS}(?:['’]{LETTERS})?|\p{{Nd}}+|[^\p{{L}}\p{{N}}_{SPACE}{WITHIN}\x{{FEFF}}])|(?s:.)"
)
"""As :func:`gatewise.tasks.text.words` cuts a text, in the notation of TensorFlow's expressions."""
END = r"(?s)^.*?(.{1,3})$"
"""A token's last three characters."""


@keras.saving.register_keras_serializable(package="gatewise")
class Words(keras.layers.Layer):
    """Texts or tokens as the ids of a vocabulary.

    Input: texts ``string [batch]`` where they are cut by ``word`` or ``character``, else tokens
    ``string [batch, steps]``, padded with empty ones. Output: ``int32 [batch, steps]``, 0 for
    padding and 1 for what the vocabulary lacks. TensorFlow alone has strings.

    Args:
        vocabulary: tokens by id; the first two stand for padding and for what is unknown.
        by: what texts are cut by; empty where tokens are given.
        length: most steps.
        shapes: look up the last three letters of tokens, behind ``^`` if they begin with a capital,
            instead of the whole token in lower case.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        by: str = "",
        length: int | None = None,
        shapes: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.vocabulary, self.by = list(vocabulary), by
        self.length, self.shapes = length, shapes
        # Compilers know no strings.
        self.supports_jit = False
        self._table: Any = None

    def build(self, input_shape: Any = None) -> None:
        import tensorflow as tf

        known = self.vocabulary[2:] or [self.vocabulary[1]]
        ids = tf.range(2, 2 + len(known), dtype=tf.int32)
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(known), ids), default_value=1
        )

    def call(self, texts: Tensor) -> Tensor:
        import tensorflow as tf

        tokens = self._cut(texts) if self.by else texts[:, : self.length]
        spelled = _shape(tokens) if self.shapes else tf.strings.lower(tokens, "utf-8")
        return tf.where(tf.equal(tokens, ""), 0, self._table.lookup(spelled))

    def _cut(self, texts: Tensor) -> Tensor:
        import tensorflow as tf

        lowered = tf.strings.lower(texts, "utf-8")
        if self.by == "character":
            cut = tf.strings.unicode_split(
                tf.strings.regex_replace(lowered, f"[{SPACE}]+", ""), "UTF-8"
            )
        else:
            cut = tf.strings.split(tf.strings.regex_replace(lowered, WORD, r"\1 "))
        return cut[:, : self.length].to_tensor("")

    def compute_output_spec(self, texts: Any) -> Any:
        return keras.KerasTensor((texts.shape[0], None), "int32")

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "vocabulary": self.vocabulary,
            "by": self.by,
            "length": self.length,
            "shapes": self.shapes,
        }


def _shape(tokens: Tensor) -> Tensor:
    """As :func:`gatewise.tasks.tagging.shape`."""
    import tensorflow as tf

    last = tf.strings.lower(tf.strings.regex_replace(tokens, END, r"\1"), "utf-8")
    last = tf.strings.regex_replace(last, r"\p{Nd}", "0")
    capital = tf.strings.regex_full_match(tokens, r"(?s)\p{Lu}.*")
    return tf.where(capital, tf.strings.join(["^", last]), last)


@keras.saving.register_keras_serializable(package="gatewise")
class Measured(keras.layers.Layer):
    """Features ``[batch, steps, features]`` in spreads from their means, those of training.

    With ``relative`` the first feature counts from its value at the last step.
    """

    def __init__(
        self,
        mean: Sequence[float],
        spread: Sequence[float],
        relative: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mean, self.spread, self.relative = list(mean), list(spread), relative

    def call(self, numbers: Tensor) -> Tensor:
        if self.relative:
            first = np.eye(1, len(self.mean), dtype="float32")
            numbers = numbers - numbers[:, -1:, :1] * first
        return (numbers - ops.array(self.mean)) / ops.array(self.spread)

    def get_config(self) -> dict[str, Any]:
        own = {"mean": self.mean, "spread": self.spread, "relative": self.relative}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="gatewise")
class Answer(keras.layers.Layer):
    """What a network's readout ``[batch, ..., classes]`` says.

    Where there are ``classes``, the probability of each. Else a number ``[batch, ...]``, ``spread``
    times the readout above ``mean``; a second input ``[batch, steps, features]`` has its first
    feature's last value added, from which the number is a change. ``about`` is kept with it.
    """

    def __init__(
        self,
        classes: Sequence[str] = (),
        mean: float = 0.0,
        spread: float = 1.0,
        about: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.classes, self.mean, self.spread = tuple(classes), mean, spread
        self.about = dict(about or {})
        self.supports_masking = True

    def call(self, logits: Tensor, counted_from: Tensor | None = None) -> Tensor:
        if self.classes:
            return ops.softmax(logits)
        number = logits[..., 0] * self.spread + self.mean
        return number if counted_from is None else number + counted_from[:, -1, 0]

    def get_config(self) -> dict[str, Any]:
        own = {"classes": self.classes, "mean": self.mean, "spread": self.spread}
        return {**super().get_config(), **own, "about": self.about}
