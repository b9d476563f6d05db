"""What one writes on a weekend to compare two cells: KerasTuner over a Keras cell, and MLflow.

The peer of docs/peer.py: plain Keras 3, nothing of gatewise but the sentences. It is written as the
libraries' own guides do it and left at their defaults; MLflow's autolog asks for TensorBoard
(`pip install tensorboard`) once KerasTuner is there too.

    python docs/weekend.py --trials 4 --epochs 2 --folder build/weekend
"""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import mlflow
from keras import ops

from gatewise import tasks


class Cell(keras.layers.Layer):
    """An LSTM cell with its forget gate or without, which Keras's own cannot be."""

    def __init__(self, units: int, forgets: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.state_size, self.forgets = units, [units, units], forgets
        self.columns = (3 + forgets) * units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(input_shape[-1], self.columns), name="kernel")
        self.recurrent = self.add_weight(
            shape=(self.units, self.columns), initializer="orthogonal", name="recurrent"
        )
        self.bias = self.add_weight(shape=(self.columns,), initializer="zeros", name="bias")

    def call(self, x: Any, states: Any) -> Any:
        h, c = states
        z = ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent) + self.bias
        write, emit, candidate, *keep = ops.split(z, 3 + self.forgets, axis=-1)
        if keep:
            c = ops.sigmoid(keep[0] + 1.0) * c
        c = c + ops.sigmoid(write) * ops.tanh(candidate)
        h = ops.sigmoid(emit) * ops.tanh(c)
        return h, [h, c]


def build(space: keras_tuner.HyperParameters, words: int, units: int, forgets: bool) -> keras.Model:
    """A classifier of sentences at a point of the space."""
    dropout = space.Float("dropout", 0.0, 0.5)
    model = keras.Sequential(
        [
            keras.layers.Embedding(words, 64, mask_zero=True),
            keras.layers.Dropout(dropout),
            keras.layers.RNN(Cell(units, forgets)),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(2),
        ]
    )
    optimizer = keras.optimizers.Adam(
        space.Float("learning_rate", 1e-4, 1e-2, sampling="log"),
        global_clipnorm=space.Float("clip_norm", 0.25, 4.0, sampling="log"),
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def main() -> None:
    """Search, and print each trial and what the search took, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--units", type=int, default=73)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--folder", type=Path, default=Path("build/weekend"))
    given = parser.parse_args()
    data = tasks.find("sentiment").load("quick")
    words = 1 + max(int(split.inputs["words"][:].max()) for split in (data.train, data.validation))
    train, validation = (
        (split.inputs["words"], split.targets) for split in (data.train, data.validation)
    )
    mlflow.set_tracking_uri(f"sqlite:///{(given.folder / 'mlflow.db').absolute()}")
    given.folder.mkdir(parents=True, exist_ok=True)
    mlflow.autolog(silent=True)
    wall, cpu, trials = time.perf_counter(), time.process_time(), []
    for architecture, forgets in (("lstm", True), ("NFG", False)):
        tuner = keras_tuner.RandomSearch(
            partial(build, words=words, units=given.units, forgets=forgets),
            objective="val_accuracy",
            max_trials=given.trials,
            seed=0,
            directory=given.folder,
            project_name=architecture,
            overwrite=True,
        )
        tuner.search(
            *train,
            validation_data=validation,
            epochs=given.epochs,
            batch_size=given.batch,
            verbose=0,
        )
        trials += [
            {"architecture": architecture, **trial.hyperparameters.values, "score": trial.score}
            for trial in tuner.oracle.trials.values()
        ]
    took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    print(json.dumps({"trials": trials, **took}))


if __name__ == "__main__":
    main()
