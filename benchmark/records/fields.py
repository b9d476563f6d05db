"""Every field of the JSON records that a study writes beside its tables; see :mod:`.columns`."""

from __future__ import annotations

from collections.abc import Mapping

from gatewise.benchmark.records.column import FLOAT, INT, RECORD, TEXT, Column, Columns, by_name

GATES = ("write", "keep", "emit", "reset")
"""The roles of a cell's gates."""
STATES = ("h", "c")
"""The output and the memory."""
HELD = ("mean", "0", "1")
"""What a trained gate is held at."""
SHUT, OPEN = 0.1, 0.9
"""Below and above which a gate counts as saturated (Karpathy, Johnson & Fei-Fei 2015)."""
FORGOTTEN = 0.01
"""The share of the change at the first lag below which an input counts as forgotten."""

NAMED: Mapping[str, tuple[str, ...]] = {"GATE": GATES, "STATE": STATES}
"""What a part of a name in capitals stands for."""

SAMPLES: Columns = by_name(
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

DIAGNOSTICS: Columns = by_name(
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
        "by state, before training, the layers' matrices drawn from a Gaussian of the spread with "
        "which they start; null where it was not looked at",
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
