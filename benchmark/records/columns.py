"""The columns of ``runs.csv`` and ``curves.csv``: what a study writes and the report reads.

This is the whole interface between the benchmark and the report; neither imports the other.
Columns named ``test.NAME`` (further scores of a run), ``baseline.NAME`` (a simple predictor's
score in the metric that the name ends with, as in ``baseline.bigram language model [nats]``),
``published.NAME`` (a score from the literature, named in the same way) and ``gate.NAME``
(``learned``, ``open``, ``shut`` or a tie) follow the fixed ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatewise.benchmark.records.experiment import MATCHES, PHASES, STATUSES
from gatewise.tasks.metric import KINDS

RUNS: dict[str, str] = {
    "experiment": "content hash of everything that determines the run; its identity",
    "study": "name of the study",
    "phase": "'final' (a fresh seed at the chosen setting) or 'tuning' (a trial of the search)",
    "task": "name of the task",
    "task_summary": "the task in a line",
    "pattern": "input-output pattern of the task",
    "dial": "family of tasks that differ in their difficulty alone, empty where there is no dial",
    "dial_value": "setting of the dial, higher is harder; empty where there is none",
    "dial_unit": "what the dial's setting counts; empty where there is none",
    "scale": "size of the task's data and training",
    "architecture": "name of the architecture",
    "match": "'parameters' (width solved from the budget) or 'width' (that of lstm)",
    "learning": "how errors go back through time: 'bptt', 'tbptt-K' (windows of K steps) or 'rtrl'",
    "seed": "seed of initialisation, data order and dropout; runs with equal seeds are paired",
    "status": "'finished' or 'diverged' (a non-finite loss; the score is then chance level)",
    "diverged_step": "training step of the first non-finite loss, empty if finished",
    "metric": "kind of the primary score: 'accuracy', 'nats', 'nats of labels' or 'squared error'",
    "unit": "unit of the primary score",
    "higher_is_better": "direction of the primary score",
    "perfect": "the primary score of a perfect predictor",
    "chance": "the primary test score of a predictor that ignores its input",
    "margin": "the smallest difference of the primary score that matters",
    "test_score": "primary score on the test split, read once, at the best epoch",
    "validation_score": "best primary score on the validation split",
    "validation_loss": "mean loss (nats a target) on the validation split at the best epoch",
    "best_epoch": "epoch whose weights were kept, from 1",
    "epochs_run": "epochs trained",
    "steps": "optimiser steps taken",
    "budget": "recurrent parameters asked for",
    "parameters": "recurrent parameters reached",
    "parameters_other": "parameters outside the recurrence (embeddings, encoder, readout)",
    "units": "width of the recurrent layers",
    "budget_note": "why the budget is missed by more than 2%, else empty",
    "learning_rate": "initial learning rate of Adam",
    "clip_norm": "global norm at which gradients are clipped",
    "dropout": "dropout rate before and after the recurrence",
    "batch_size": "examples a batch",
    "train_examples": "examples in the training split",
    "test_examples": "examples in the test split",
    "padded_share": "share of the training batches' steps that is padding",
    "wall_seconds": "wall time of training and evaluation, compilation included",
    "cpu_seconds": "CPU time of the same",
    "compile_seconds": "wall time of tracing and compiling within it",
    "data_sha256": "checksum of the prepared data",
    "source": "citation of the data",
    "commit": "git commit of the code that trained it, unknown outside a repository",
    "version": "version of gatewise",
    "python": "version of Python",
    "keras": "version of Keras",
    "backend": "Keras backend and its version",
    "machine": "processor and operating system that trained it",
    "finished_at": "UTC time of the run's end, ISO 8601",
    "mlflow_run": "id of the MLflow run",
    "mlflow_experiment": "id of the MLflow experiment that holds it",
}

ALLOWED: Mapping[str, tuple[str, ...]] = {
    "phase": PHASES,
    "match": MATCHES,
    "status": STATUSES,
    "metric": tuple(KINDS),
}
"""The values that a column of ``runs.csv`` may have, where they are few."""

CURVES: dict[str, str] = {
    "experiment": "content hash of the run, as in runs.csv",
    "task": "name of the task",
    "architecture": "name of the architecture",
    "seed": "seed of the run",
    "epoch": "epoch, from 1",
    "step": "optimiser steps taken so far",
    "train_loss": "mean training loss of the epoch, nats a target, dropout active",
    "validation_loss": "loss on the validation split, nats a target",
    "validation_score": "primary score on the validation split",
    "seconds": "wall time since training began",
}

SAMPLES: dict[str, str] = {
    "experiment": "content hash of the run, as in runs.csv; also the file's name",
    "task": "name of the task",
    "architecture": "name of the architecture",
    "scale": "size of the task's data and training",
    "seed": "seed of the run; samples are kept of seed 0 alone",
    "match": "as in runs.csv",
    "examples": "ten test examples, the same for every run on the same data",
    "examples.row": "number of the example in the test split",
    "examples.source": "what was given: a sentence, the beginning of a text, or a name",
    "examples.picture": "rows of grey, 0 to 255, where a picture was given, else empty",
    "examples.references": "every answer that is right, or how the text went on",
    "examples.written": "what the run answered: 'greedy', 'beam 4', 'sampled' or 'likeliest'",
}
"""The fields of ``samples/EXPERIMENT.json``, for final runs whose answers can be read; dots are
nesting."""

DIAGNOSTICS: dict[str, str] = {
    "experiment": "content hash of the run, as in runs.csv; also the file's name",
    "task": "name of the task",
    "architecture": "name of the architecture",
    "scale": "size of the task's data and training",
    "seed": "seed of the run",
    "match": "as in runs.csv",
    "recorded": "validation score of the run, as in runs.csv",
    "score": "validation score of the weights that were looked into; differs from the recorded one "
    "only where they were trained again on another kind of machine",
    "examples": "validation examples looked at, the same for every run on the same data",
    "steps": "steps of the longest of them",
    "gates.GATE.mean": "mean of a learned gate's values over examples, steps and units",
    "gates.GATE.left": "share of the values below 0.1",
    "gates.GATE.right": "share of the values above 0.9",
    "gates.GATE.histogram": "share of the values in each of 20 equal bins from 0 to 1",
    "gates.GATE.by_step": "mean at each step",
    "gates.GATE.left_by_unit": "of each unit the share of steps below 0.1",
    "gates.GATE.right_by_unit": "of each unit the share of steps above 0.9",
    "gradient.STATE.norms": "h or c: geometric mean over examples of the norm of the loss's "
    "gradient at lag 0, 1, ... before the step read, as a share of that at lag 0",
    "gradient.STATE.examples": "how many examples reach back so far",
    "gradient.STATE.slopes": "of each example the slope of its log norms from lag 1 on, or null",
    "gradient.STATE.rate": "factor a step: exp of the mean slope, or null",
    "predicted.radius": "geometric mean of the spectral radius of a step's Jacobian",
    "predicted.norm": "geometric mean of its spectral norm",
    "predicted.samples": "steps it was computed at",
    "horizon.lags": "lags at which an input step was swapped with another example's",
    "horizon.change": "mean absolute change of the output at each, or null",
    "horizon.horizon": "lag from which on it stays below 1% of the first, or null if there is none",
    "lesions": "each gate held at its mean, at 0 and at 1 in every layer, without training again",
    "lesions.gate": "the gate held",
    "lesions.at": "'mean' (of each unit), '0' or '1'",
    "lesions.score": "validation score then",
}
"""The fields of ``diagnostics/EXPERIMENT.json``; dots are nesting. ``gates`` is empty for a cell
without learned gates, ``predicted`` null where one step is read. No test example is looked at."""

HELD = ("mean", "0", "1")
SHUT, OPEN = 0.1, 0.9
"""Below and above which a gate counts as saturated (Karpathy, Johnson & Fei-Fei 2015)."""
FORGOTTEN = 0.01
"""The share of the change at the first lag below which an input counts as forgotten."""

VOLATILE: frozenset[str] = frozenset(
    {
        "wall_seconds",
        "cpu_seconds",
        "compile_seconds",
        "seconds",
        "finished_at",
        "mlflow_run",
        "mlflow_experiment",
        "study",
        "machine",
    }
)
"""Columns that differ between two runs of one experiment; all others are equal to the last bit."""
