"""Every column of the tables that a study writes and the report reads, each stated here alone.

With the fields of :mod:`.fields` and the scores of :mod:`.packed` this is the whole interface
between the benchmark and the report; neither imports the other, and these files import nothing of
either. The report's checks are derived from them, so that a new column is a line here and its value
in the run.
"""

from __future__ import annotations

from collections.abc import Mapping

from gatewise.benchmark.records.column import BOOL, FLOAT, INT, TEXT, Column, Columns, by_name
from gatewise.tasks.metric import KINDS

REFERENCE = "lstm"
"""The architecture that others are compared with, and whose width others get at matched width."""
GATES: Mapping[str, str] = {"write": "input gate", "keep": "forget gate", "emit": "output gate"}
"""The gates of the LSTM's lattice, by role, in the papers' words."""
MATCHES: Mapping[str, str] = {
    "parameters": "recurrent parameters",
    "width": "width",
    "all": "all parameters",
    "state": "state size",
    "multiplications": "multiplications a step",
}
"""How widths are made comparable, and in words."""
PHASES = ("final", "tuning")
STATUSES = ("finished", "diverged")
SCHEDULES = ("constant", "halving", "linear", "thirds", "cosine")
"""What becomes of the learning rate; see :class:`.experiment.Experiment`."""

AT = "at "
"""How a further test score of examples of one length is called, before their number of steps."""

RUNS: Columns = by_name(
    Column("experiment", TEXT, "content hash of everything that determines the run; its identity"),
    Column("study", TEXT, "name of the study", volatile=True),
    Column(
        "phase",
        TEXT,
        "'final' (a fresh seed at the chosen setting) or 'tuning' (a trial of the search)",
        allowed=PHASES,
    ),
    Column("task", TEXT, "name of the task"),
    Column("task_summary", TEXT, "the task in a line", may_be_empty=True, since=2),
    Column("pattern", TEXT, "input-output pattern of the task"),
    Column(
        "dial",
        TEXT,
        "family of tasks that differ in their difficulty alone, empty where there is no dial",
        may_be_empty=True,
        since=2,
    ),
    Column(
        "dial_value",
        FLOAT,
        "setting of the dial, higher is harder; empty where there is none",
        may_be_empty=True,
        since=2,
    ),
    Column(
        "dial_unit",
        TEXT,
        "what the dial's setting counts; empty where there is none",
        may_be_empty=True,
        since=2,
    ),
    Column("scale", TEXT, "size of the task's data and training"),
    Column("architecture", TEXT, "name of the architecture"),
    Column(
        "match",
        TEXT,
        "'parameters' (width solved from the budget of recurrent ones), or as lstm at the budget: "
        "'width', 'all' (parameters, the readout's with them), 'state' (numbers carried from step "
        "to step) or 'multiplications' (of a step)",
        allowed=tuple(MATCHES),
    ),
    Column(
        "learning",
        TEXT,
        "how errors go back through time: 'bptt', 'tbptt-K' (windows of K steps) or 'rtrl'",
    ),
    Column(
        "seed",
        INT,
        "seed of initialisation, data order and dropout; runs with equal seeds start alike",
    ),
    Column(
        "status",
        TEXT,
        "'finished' or 'diverged' (a loss that is not finite, or a million times that of the first "
        "step; the scores are then chance level)",
        allowed=STATUSES,
    ),
    Column(
        "diverged_step",
        INT,
        "training step of the first such loss, empty if finished",
        may_be_empty=True,
    ),
    Column(
        "metric",
        TEXT,
        "kind of the primary score: 'accuracy', 'nats', 'nats of labels' or 'squared error'",
        allowed=tuple(KINDS),
    ),
    Column("unit", TEXT, "unit of the primary score"),
    Column("higher_is_better", BOOL, "direction of the primary score"),
    Column("perfect", FLOAT, "the primary score of a perfect predictor"),
    Column("chance", FLOAT, "the primary test score of a predictor that ignores its input"),
    Column("margin", FLOAT, "the smallest difference of the primary score that matters"),
    Column(
        "test_score",
        FLOAT,
        "primary score on the test split, read once, at the best epoch",
        may_be_empty=True,
    ),
    Column(
        "validation_score", FLOAT, "best primary score on the validation split", may_be_empty=True
    ),
    Column(
        "validation_loss",
        FLOAT,
        "mean loss (nats a target) on the validation split at the best epoch",
        may_be_empty=True,
    ),
    Column("best_epoch", INT, "epoch whose weights were kept, from 1", may_be_empty=True),
    Column("epochs_run", INT, "epochs trained"),
    Column("steps", INT, "optimiser steps taken"),
    Column("budget", INT, "recurrent parameters asked for"),
    Column("parameters", INT, "recurrent parameters reached"),
    Column(
        "parameters_other", INT, "parameters outside the recurrence (embeddings, encoder, readout)"
    ),
    Column("units", INT, "width of the recurrent layers"),
    Column(
        "budget_note",
        TEXT,
        "why the budget is missed by more than 2%, else empty",
        may_be_empty=True,
    ),
    Column("learning_rate", FLOAT, "initial learning rate of Adam"),
    Column("clip_norm", FLOAT, "global norm at which gradients are clipped"),
    Column("dropout", FLOAT, "dropout rate before and after the recurrence"),
    Column("batch_size", INT, "examples a batch"),
    Column("epochs", INT, "epochs that the run could have had", may_be_empty=True, since=3),
    Column("patience", INT, "epochs without a gain that end a run", may_be_empty=True, since=3),
    Column(
        "least_gain",
        FLOAT,
        "what the validation score must become better by, and more, to count as a gain",
        may_be_empty=True,
        since=3,
    ),
    Column(
        "schedule",
        TEXT,
        "what became of the learning rate: 'constant', 'halving' (after an epoch without a gain), "
        "'linear' (to 0 over all epochs), 'thirds' (in each epoch a third of the former), or "
        "'cosine' (to 0 over all epochs, slowly at both ends)",
        may_be_empty=True,
        since=3,
        allowed=SCHEDULES,
    ),
    Column(
        "repetition",
        INT,
        "number of the independent search that chose the setting, from 0; seeds are nested in it",
        may_be_empty=True,
        since=3,
    ),
    Column(
        "still_gaining",
        BOOL,
        "whether training ended too early: the last epoch was the best, or better than all before "
        "it by more than a tenth of the margin, and the validation score not perfect",
        may_be_empty=True,
        since=3,
    ),
    Column(
        "solved",
        FLOAT,
        "the primary score from which on the task counts as solved, empty where there is no such",
        may_be_empty=True,
        since=4,
    ),
    Column(
        "solved_step",
        INT,
        "optimiser steps after which the validation score first reached it, empty if it never did",
        may_be_empty=True,
        since=4,
    ),
    Column("train_examples", INT, "examples in the training split"),
    Column("test_examples", INT, "examples in the test split"),
    Column("padded_share", FLOAT, "share of the training batches' steps that is padding"),
    Column(
        "wall_seconds",
        FLOAT,
        "wall time of training and evaluation, compilation included",
        volatile=True,
    ),
    Column("cpu_seconds", FLOAT, "CPU time of the same", volatile=True),
    Column("compile_seconds", FLOAT, "wall time of tracing and compiling within it", volatile=True),
    Column("data_sha256", TEXT, "checksum of the prepared data"),
    Column("source", TEXT, "citation of the data"),
    Column("commit", TEXT, "git commit of the code that trained it, unknown outside a repository"),
    Column("version", TEXT, "version of gatewise"),
    Column("python", TEXT, "version of Python"),
    Column("keras", TEXT, "version of Keras"),
    Column("backend", TEXT, "Keras backend and its version"),
    Column("machine", TEXT, "processor and operating system that trained it", volatile=True),
    Column("finished_at", TEXT, "UTC time of the run's end, ISO 8601", volatile=True),
    Column("mlflow_run", TEXT, "id of the MLflow run", may_be_empty=True, volatile=True),
    Column(
        "mlflow_experiment",
        TEXT,
        "id of the MLflow experiment that holds it",
        may_be_empty=True,
        since=2,
        volatile=True,
    ),
)
"""The fixed columns of ``runs.csv``, one row an experiment; those of :data:`FURTHER` follow."""

FURTHER: Columns = by_name(
    Column("gate", TEXT, "``learned``, ``open``, ``shut`` or a tie", may_be_empty=True),
    Column("test", FLOAT, "a further score of the run on the test split", may_be_empty=True),
    Column(
        "baseline",
        FLOAT,
        "a simple predictor's score in the metric that the name ends with, as in "
        "``baseline.bigram language model [nats]``",
        may_be_empty=True,
    ),
    Column(
        "published",
        FLOAT,
        "a score from the literature, named in the same way",
        may_be_empty=True,
    ),
)
"""What a column of ``runs.csv`` named ``KIND.NAME`` holds, by kind: as many as a study has."""

CURVES: Columns = by_name(
    Column("experiment", TEXT, "content hash of the run, as in runs.csv"),
    Column("task", TEXT, "name of the task"),
    Column("architecture", TEXT, "name of the architecture"),
    Column("seed", INT, "seed of the run"),
    Column("epoch", INT, "epoch, from 1"),
    Column("step", INT, "optimiser steps taken so far"),
    Column(
        "train_loss",
        FLOAT,
        "mean training loss of the epoch, nats a target, dropout active",
        may_be_empty=True,
    ),
    Column(
        "validation_loss", FLOAT, "loss on the validation split, nats a target", may_be_empty=True
    ),
    Column("validation_score", FLOAT, "primary score on the validation split", may_be_empty=True),
    Column("seconds", FLOAT, "wall time since training began", volatile=True),
)
"""The columns of ``curves.csv``, one row an epoch."""

FAILURES: Columns = by_name(
    Column("experiment", TEXT, "content hash of the experiment"),
    *(RUNS[name] for name in ("phase", "task", "architecture", "match", "seed", "repetition")),
    Column("reason", TEXT, "the error in a line, and where it was raised"),
    Column("failed_at", TEXT, "UTC time, ISO 8601", volatile=True),
)
"""The columns of ``failures.csv``, one row an experiment that gave no result; absent if none."""

VOLATILE: frozenset[str] = frozenset(
    column.name for table in (RUNS, CURVES) for column in table.values() if column.volatile
)
