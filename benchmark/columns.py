"""The columns of ``runs.csv`` and ``curves.csv``: what a study writes and the report reads.

This is the whole interface between the benchmark and the report; neither imports the other.
Columns named ``test.NAME`` (further scores of a run), ``baseline.NAME`` (a simple predictor's
score in the metric that the name ends with, as in ``baseline.bigram language model [nats]``),
``published.NAME`` (a score from the literature, named in the same way) and ``gate.NAME``
(``learned``, ``open``, ``shut`` or a tie) follow the fixed ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmark.experiment import MATCHES, PHASES, STATUSES
from tasks.metric import KINDS

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
    "commit": "git commit of the code",
    "version": "version of gatewise",
    "python": "version of Python",
    "keras": "version of Keras",
    "backend": "Keras backend and its version",
    "machine": "processor and operating system",
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
