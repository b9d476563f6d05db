"""Every column that a study writes and the report reads, each a value that is stated here alone.

This is the whole interface between the benchmark and the report; neither imports the other, and
this file imports nothing of either. The report's checks are derived from it, so that a new column
is a line here and its value in the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gatewise.tasks.metric import KINDS

REFERENCE = "lstm"
"""The architecture that others are compared with, and whose width others get at matched width."""
MATCHES = ("parameters", "width")
"""How widths are made comparable."""
PHASES = ("final", "tuning")
STATUSES = ("finished", "diverged")
SCHEDULES: Mapping[str, float] = {"constant": 1.0, "halving": 0.5}
"""By what the learning rate is multiplied after every epoch without a gain."""

GATES = ("write", "keep", "emit", "reset")
"""The roles of a cell's gates."""
STATES = ("h", "c")
"""The output and the memory."""
HELD = ("mean", "0", "1")
"""What a trained gate is held at."""
SHUT, OPEN = 0.1, 0.9
"""Below and above which a gate counts as saturated (Karpathy, Johnson & Fei-Fei 2015)."""
AT = "at "
"""How a further test score of examples of one length is called, before their number of steps."""
FORGOTTEN = 0.01
"""The share of the change at the first lag below which an input counts as forgotten."""

Kind: TypeAlias = Literal["text", "int", "float", "bool", "record"]
TEXT: Kind = "text"
INT: Kind = "int"
FLOAT: Kind = "float"
BOOL: Kind = "bool"
RECORD: Kind = "record"


@dataclass(frozen=True)
class Column:
    """A column of a table, or a field of a JSON record.

    name:
        Of a field, dots are nesting; a part in capitals stands for each name that
        :data:`NAMED` gives.
    kind:
        What a value is; a record's fields are columns of their own.
    meaning:
        In words, with the unit.
    may_be_empty:
        Whether there may be nothing to say: an empty cell, or null.
    since:
        The edition of the tables that brought it. What an earlier edition wrote lacks it and can
        still be read; it is empty there.
    allowed:
        The values that it may have, where they are few.
    depth:
        Of a field: 0 is a value, 1 a list of them, 2 a list of such lists.
    volatile:
        Whether it differs between two runs of one experiment; all others are equal to the last bit.
    """

    name: str
    kind: Kind
    meaning: str
    may_be_empty: bool = False
    since: int = 1
    allowed: tuple[str, ...] = ()
    depth: int = 0
    volatile: bool = False


Columns: TypeAlias = Mapping[str, Column]


def _by_name(*columns: Column) -> Columns:
    return {column.name: column for column in columns}


NAMED: Mapping[str, tuple[str, ...]] = {"GATE": GATES, "STATE": STATES}
"""What a part of a name in capitals stands for."""

RUNS: Columns = _by_name(
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
        "'parameters' (width solved from the budget) or 'width' (that of lstm)",
        allowed=MATCHES,
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
        "'finished' or 'diverged' (a non-finite loss; the score is then chance level)",
        allowed=STATUSES,
    ),
    Column(
        "diverged_step",
        INT,
        "training step of the first non-finite loss, empty if finished",
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
        "learning rate after an epoch without a gain: 'constant' or 'halving'",
        may_be_empty=True,
        since=3,
        allowed=tuple(SCHEDULES),
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
        "it by more than a tenth of the margin",
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

FURTHER: Columns = _by_name(
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

CURVES: Columns = _by_name(
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

SAMPLES: Columns = _by_name(
    Column("experiment", TEXT, "content hash of the run, as in runs.csv; also the file's name"),
    Column("task", TEXT, "name of the task"),
    Column("architecture", TEXT, "name of the architecture"),
    Column("scale", TEXT, "size of the task's data and training"),
    Column("seed", INT, "seed of the run; samples are kept of seed 0 alone"),
    Column("match", TEXT, "as in runs.csv"),
    Column(
        "examples", RECORD, "ten test examples, the same for every run on the same data", depth=1
    ),
    Column("examples.row", INT, "number of the example in the test split"),
    Column(
        "examples.source", TEXT, "what was given: a sentence, the beginning of a text, or a name"
    ),
    Column(
        "examples.picture",
        INT,
        "rows of grey, 0 to 255, where a picture was given, else no rows",
        depth=2,
    ),
    Column(
        "examples.references", TEXT, "every answer that is right, or how the text went on", depth=1
    ),
    Column(
        "examples.written",
        RECORD,
        "by way of answering what the run answered: 'greedy', 'beam 4', 'sampled' or 'likeliest'",
    ),
)
"""The fields of ``samples/EXPERIMENT.json``, for final runs whose answers can be read."""

DIAGNOSTICS: Columns = _by_name(
    Column("experiment", TEXT, "content hash of the run, as in runs.csv; also the file's name"),
    Column("task", TEXT, "name of the task"),
    Column("architecture", TEXT, "name of the architecture"),
    Column("scale", TEXT, "size of the task's data and training"),
    Column("seed", INT, "seed of the run"),
    Column("match", TEXT, "as in runs.csv"),
    Column("recorded", FLOAT, "validation score of the run, as in runs.csv"),
    Column(
        "score",
        FLOAT,
        "validation score of the weights that were looked into; differs from the recorded one "
        "only where they were trained again on another kind of machine",
    ),
    Column(
        "examples", INT, "validation examples looked at, the same for every run on the same data"
    ),
    Column("steps", INT, "steps of the longest of them"),
    Column(
        "gates.GATE.mean", FLOAT, "mean of a learned gate's values over examples, steps and units"
    ),
    Column("gates.GATE.left", FLOAT, "share of the values below 0.1"),
    Column("gates.GATE.right", FLOAT, "share of the values above 0.9"),
    Column(
        "gates.GATE.histogram",
        FLOAT,
        "share of the values in each of 20 equal bins from 0 to 1",
        depth=1,
    ),
    Column("gates.GATE.by_step", FLOAT, "mean at each step", depth=1),
    Column("gates.GATE.left_by_unit", FLOAT, "of each unit the share of steps below 0.1", depth=1),
    Column("gates.GATE.right_by_unit", FLOAT, "of each unit the share of steps above 0.9", depth=1),
    Column(
        "gradient.STATE.norms",
        FLOAT,
        "h or c: geometric mean over examples of the norm of the loss's gradient at lag 0, 1, ... "
        "before the step read, as a share of that at lag 0",
        may_be_empty=True,
        depth=1,
    ),
    Column("gradient.STATE.examples", INT, "how many examples reach back so far", depth=1),
    Column(
        "gradient.STATE.slopes",
        FLOAT,
        "of each example the slope of its log norms from lag 1 on, or null",
        may_be_empty=True,
        depth=1,
    ),
    Column(
        "gradient.STATE.rate",
        FLOAT,
        "factor a step: exp of the mean slope, or null",
        may_be_empty=True,
    ),
    Column(
        "start",
        RECORD,
        "what the weights did before training, by state; null where it was not looked at",
        may_be_empty=True,
        since=3,
    ),
    Column("start.STATE.rate", FLOAT, "factor a step, as above, or null", may_be_empty=True),
    Column(
        "predicted",
        RECORD,
        "what the Jacobians of single steps predict; null where one step is read",
        may_be_empty=True,
    ),
    Column("predicted.radius", FLOAT, "geometric mean of the spectral radius of a step's Jacobian"),
    Column("predicted.norm", FLOAT, "geometric mean of its spectral norm"),
    Column("predicted.samples", INT, "steps it was computed at"),
    Column(
        "horizon.lags",
        INT,
        "lags at which an input step was swapped with another example's",
        depth=1,
    ),
    Column(
        "horizon.change",
        FLOAT,
        "mean absolute change of the output at each, or null",
        may_be_empty=True,
        depth=1,
    ),
    Column(
        "horizon.horizon",
        INT,
        "lag from which on it stays below 1% of the first, or null if there is none",
        may_be_empty=True,
    ),
    Column(
        "lesions",
        RECORD,
        "each gate held at its mean, at 0 and at 1 in every layer, without training again",
        depth=1,
    ),
    Column("lesions.gate", TEXT, "the gate held", allowed=GATES),
    Column("lesions.at", TEXT, "'mean' (of each unit), '0' or '1'", allowed=HELD),
    Column("lesions.score", FLOAT, "validation score then"),
)
"""The fields of ``diagnostics/EXPERIMENT.json``. ``gates`` is empty for a cell without learned
gates. No test example is looked at."""

VOLATILE: frozenset[str] = frozenset(
    column.name for table in (RUNS, CURVES) for column in table.values() if column.volatile
)
