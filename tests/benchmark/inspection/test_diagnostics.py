"""Each look at a trained run against a case whose answer is known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from gatewise.benchmark.architectures.catalogue import CATALOGUE, CHAINS, LSTM, VANILLA, B, H, X
from gatewise.benchmark.architectures.cell import Cell
from gatewise.benchmark.architectures.cells import Gated
from gatewise.benchmark.architectures.gates import OPEN, SHUT, Drive, Gate, linear, tanh
from gatewise.benchmark.architectures.layers import Recurrent
from gatewise.benchmark.execution import worker
from gatewise.benchmark.inspection import diagnostics
from gatewise.benchmark.records.facts import measure
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.study import Study
from tests.benchmark.architectures.layout import arrays_of

BATCH, STEPS, INPUTS, UNITS = 3, 9, 4, 5
CELLS = {a.name: a.cell for a in map(CATALOGUE.get, CHAINS) if a.layers == a.directions == 1}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def layer_of(cell: Cell, rng, scale=0.7, **options) -> Recurrent:
    layer = Recurrent(cell, UNITS, return_sequences=True, return_state=True, **options)
    layer.build((BATCH, STEPS, INPUTS))
    layer.set_weights([rng.normal(size=w.shape) * scale for w in layer.get_weights()])
    return layer


def inputs(rng) -> tf.Tensor:
    return tf.constant(rng.normal(size=(BATCH, STEPS, INPUTS)).astype("float32"))


# --- Watching ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["lstm", "vanilla", "gru", "FGR", "MUT2", "delays-4", "SRU", "janet"]
)
def test_the_plain_loop_computes_what_the_engine_does(name, rng):
    for backwards in (False, True):
        layer = layer_of(CELLS[name], rng, scale=0.4, go_backwards=backwards)
        x, mask = inputs(rng), tf.sequence_mask([STEPS, 4, 1], STEPS)
        expected = layer(x, mask=mask)
        with diagnostics.watched(layer) as watch:
            got = layer(x, mask=mask)
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)
        assert set(watch.reading.gates[0]) == set(CELLS[name].gates)
    assert not isinstance(layer.loop, diagnostics.Watch)


def test_gates_are_the_sigmoids_of_their_drives(rng):
    """A toy cell that sees the input alone: keep = sigmoid(2 x), by hand."""
    cell = Gated(keep=Gate(X + B), candidate=tanh(X + B))
    layer = Recurrent(cell, 1, return_sequences=True)
    layer.build((1, 3, 1))
    blocks = {"keep": 2.0, "candidate": 0.0}
    layer.arrays["kernel"].assign([[blocks[b] for b in cell.columns("x")]])
    layer.arrays["bias"].assign([0.0, 0.0])
    with diagnostics.watched(layer) as watch:
        layer(tf.constant([[[-2.0], [0.0], [2.0]]]))
    kept = watch.reading.gate("keep")
    np.testing.assert_allclose(kept[:, 0, 0], 1 / (1 + np.exp([4.0, 0.0, -4.0])))


# --- Gate use ------------------------------------------------------------------------------------


def test_gate_use_counts_by_hand():
    values = np.array([[[0.05, 0.5], [0.95, 0.92]], [[0.02, 0.3], [0.0, 0.0]]])
    real = np.array([[True, True], [True, False]])
    use = diagnostics.gate_use(values, real)
    assert use.mean == pytest.approx((0.05 + 0.5 + 0.95 + 0.92 + 0.02 + 0.3) / 6)
    assert (use.left, use.right) == (pytest.approx(2 / 6), pytest.approx(2 / 6))
    assert use.left_by_unit == [pytest.approx(2 / 3), 0.0]
    assert use.right_by_unit == [pytest.approx(1 / 3), pytest.approx(1 / 3)]
    assert use.by_step == [pytest.approx((0.05 + 0.5 + 0.95 + 0.92) / 4), pytest.approx(0.16)]
    assert len(use.histogram) == 20
    assert sum(use.histogram) == pytest.approx(1.0)
    assert use.histogram[0] == pytest.approx(1 / 6)


# --- Gradient flow -------------------------------------------------------------------------------


def orthogonal(rng, size: int) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(size, size)))[0]


def read_last(layer: Recurrent, x: tf.Tensor) -> tuple[diagnostics.Reading, np.ndarray]:
    """What passed, and the gradient of the sum of the last outputs with respect to every h."""
    with tf.GradientTape() as tape, diagnostics.watched(layer) as watch:
        loss = tf.reduce_sum(layer(x)[0][:, -1])
    reading = watch.reading
    steps = tape.gradient(loss, [after[0] for after in reading.after])
    return reading, np.stack([np.asarray(g) for g in steps])


def test_gradients_of_the_vanilla_cell_follow_the_chain_rule(rng):
    layer = layer_of(VANILLA, rng)
    reading, found = read_last(layer, inputs(rng))
    recurrent = np.array(layer.arrays["recurrent"], float)
    h = [np.asarray(after[0]) for after in reading.after]
    expected = [np.ones((BATCH, UNITS))]
    for t in reversed(range(1, STEPS)):
        expected.append((expected[-1] * (1 - h[t] ** 2)) @ recurrent.T)
    np.testing.assert_allclose(found, expected[::-1], rtol=1e-6)


@pytest.mark.parametrize("rate", [0.5, 0.9])
def test_a_scaled_orthogonal_recurrence_loses_the_gradient_geometrically(rate, rng):
    layer = layer_of(replace(VANILLA, candidate=linear(X + H + B)), rng)
    layer.arrays["recurrent"].assign(rate * orthogonal(rng, UNITS))
    reading, gradients = read_last(layer, inputs(rng))
    read = np.full(BATCH, STEPS - 1)
    flow = diagnostics.flow(gradients, read)
    assert flow.rate == pytest.approx(rate, rel=1e-5)
    np.testing.assert_allclose(flow.norms, rate ** np.arange(STEPS), rtol=1e-5)
    assert flow.examples == [BATCH] * STEPS
    predicted = diagnostics.predicted(reading, read, rng)
    assert predicted.radius == pytest.approx(rate, rel=1e-5)
    assert predicted.norm == pytest.approx(rate, rel=1e-5)


def test_double_precision_follows_a_gradient_beyond_the_range_of_single(rng):
    layer = layer_of(replace(VANILLA, candidate=linear(X + H + B)), rng)
    layer.arrays["recurrent"].assign(0.01 * orthogonal(rng, UNITS))
    x = tf.constant(rng.normal(size=(BATCH, 100, INPUTS)).astype("float32"))
    _, gradients = read_last(layer, x)
    flow = diagnostics.flow(gradients, np.full(BATCH, 99))
    assert flow.rate == pytest.approx(0.01, rel=1e-4)
    assert flow.norms[-1] == pytest.approx(0.01**99, rel=0.01)


def test_an_open_memory_loses_nothing(rng):
    """c = c' + write * g with gates that see the input alone: ∂c_t/∂c_{t-1} is the identity."""
    layer = layer_of(Gated(keep=OPEN, write=Gate(X + B), candidate=linear(X + B)), rng)
    with tf.GradientTape() as tape, diagnostics.watched(layer) as watch:
        loss = tf.reduce_sum(layer(inputs(rng))[0][:, -1])
    cells = [after[-1] for after in watch.reading.after]
    found = np.stack([np.asarray(g) for g in tape.gradient(loss, cells)])
    assert diagnostics.flow(found, np.full(BATCH, STEPS - 1)).rate == pytest.approx(1.0)


def test_jacobians_are_those_of_the_step(rng):
    layer = layer_of(LSTM, rng)
    reading, _ = read_last(layer, inputs(rng))
    z, states = reading.drives[4][:1], tuple(s[:1] for s in reading.before[4])
    (found,) = diagnostics.jacobians(reading.step, z, states)
    assert found.shape == (2 * UNITS, 2 * UNITS)
    flat, small = np.concatenate([np.asarray(s)[0] for s in states]), 1e-6

    def after(flat):
        parts = tuple(tf.constant(p[None]) for p in np.split(flat, 2))
        return np.concatenate([np.asarray(s)[0] for s in reading.step(z, parts)])

    columns = [
        (after(flat + small * e) - after(flat - small * e)) / (2 * small) for e in np.eye(flat.size)
    ]
    np.testing.assert_allclose(found, np.stack(columns, axis=1), atol=1e-7)


def test_lags_count_back_from_the_step_read():
    values = np.arange(12.0).reshape(4, 3)
    found = diagnostics.by_lag(values, np.array([3, 1, 0]))
    np.testing.assert_array_equal(found[0], [9, 6, 3, 0])
    np.testing.assert_array_equal(found[1], [4, 1, np.nan, np.nan])
    np.testing.assert_array_equal(found[2], [2, np.nan, np.nan, np.nan])


def test_lags_that_few_examples_reach_are_left_out():
    gradients = 0.5 ** np.arange(7, -1, -1.0)[:, None, None] * np.ones((8, 4, 2))
    flow = diagnostics.flow(gradients, np.array([7, 4, 4, 2]))
    assert flow.examples == [4, 4, 4, 3, 3]
    assert flow.rate == pytest.approx(0.5)
    assert flow.slopes[3] is None


# --- Memory horizon ------------------------------------------------------------------------------


class Last:
    """A model whose answer is a layer's last output."""

    every_step = False

    def __init__(self, layer: Recurrent) -> None:
        self.layer = layer

    def __call__(self, batch):
        return self.layer(batch["inputs"]["x"])[0][:, -1]


def look_back(cell: Cell, rng) -> diagnostics.Horizon:
    examples = diagnostics.Examples(
        batch={"inputs": {"x": rng.normal(size=(8, STEPS, INPUTS)).astype("float32")}},
        real=np.ones((8, STEPS), bool),
        answered=np.ones((8, 1), bool),
        read=np.full(8, STEPS - 1),
    )
    return diagnostics.horizon(Last(layer_of(cell, rng)), examples, rng)


ALONE = Gated(write=Gate(Drive((B,))), candidate=tanh(X + B))
"""A cell that sees the input alone, so that only ``keep`` carries anything on."""


def test_a_cell_that_keeps_nothing_remembers_one_step(rng):
    found = look_back(replace(ALONE, keep=SHUT), rng)
    assert found.lags == list(range(STEPS))
    assert found.change[0] > 0
    assert found.change[1:] == [0.0] * (STEPS - 1)
    assert found.horizon == 1


def test_a_cell_that_keeps_all_remembers_to_the_end(rng):
    found = look_back(replace(ALONE, keep=OPEN), rng)
    assert min(found.change) > 0.3 * found.change[0]
    assert found.horizon is None


def test_a_swap_takes_the_first_other_that_differs():
    tokens = np.array([[1, 2], [1, 3], [4, 0]])
    real = np.array([[True, True], [True, True], [True, False]])
    order = np.array([[1, 2, 0]] * 3)
    swapped, changed = diagnostics.swap({"x": tokens}, real, np.array([0, 1, -1]), order)
    assert changed.tolist() == [True, True, False]
    assert swapped["x"].tolist() == [[4, 2], [1, 2], [4, 0]]
    same, changed = diagnostics.swap({"x": np.ones((3, 2))}, real, np.array([0, 0, 0]), order)
    assert not changed.any()
    assert (same["x"] == 1).all()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ([1.0, 0.5, 0.2], None),
        ([1.0, 0.005, 0.004], 1),
        ([1.0, 0.005, 0.5, 0.001], 3),
        ([float("nan"), 1.0, 0.001], 2),
        ([0.0, 0.0], 0),
        ([float("nan")], None),
    ],
)
def test_the_horizon_is_where_the_change_stays_small(change, expected):
    assert diagnostics.reach(range(len(change)), change) == expected


def test_lags_are_spaced_when_there_are_many():
    assert diagnostics.spaced(5, 10) == [0, 1, 2, 3, 4]
    found = diagnostics.spaced(400, 48)
    assert found[:4] == [0, 1, 2, 3]
    assert found[-1] == 399
    assert 48 <= len(found) <= 50
    assert len(set(found)) == len(found)


# --- Lesions -------------------------------------------------------------------------------------


def held_gates():
    return [(n, g) for n, cell in CELLS.items() for g in cell.holdable]


@pytest.mark.parametrize(("name", "gate"), held_gates())
def test_a_gate_held_where_it_is_changes_nothing(name, gate, rng):
    """Of every cell: a gate whose drive is its bias alone is held at exactly that."""
    layer = layer_of(CELLS[name], rng, scale=0.5)
    (width,) = {b.width for a in layer.declared.values() for b in a.blocks if b.name == gate}
    values = rng.uniform(0.1, 0.9, width)
    constant = diagnostics.hold(layer.declared, arrays_of(layer), gate, values)
    for array, value in constant.items():
        layer.arrays[array].assign(value)
    x = inputs(rng)
    with diagnostics.watched(layer) as watch:
        before = layer(x)[0]
    np.testing.assert_allclose(
        watch.reading.gate(gate), np.broadcast_to(values, (STEPS, BATCH, width)), rtol=1e-5
    )
    with diagnostics.lesion({layer: values}, gate):
        np.testing.assert_allclose(layer(x)[0], before, atol=1e-6)


@pytest.mark.parametrize(
    ("gate", "without"),
    [
        ("write", replace(LSTM, write=OPEN)),
        ("keep", replace(LSTM, keep=OPEN)),
        ("emit", replace(LSTM, emit=OPEN)),
    ],
)
def test_a_gate_held_open_is_the_cell_without_it(gate, without, rng):
    layer, x = layer_of(LSTM, rng), inputs(rng)
    whole, usual = arrays_of(layer), layer(x)[0]
    bare = Recurrent(without, UNITS, return_sequences=True)
    bare.build((BATCH, STEPS, INPUTS))
    for name, array in bare.arrays.items():
        parts = np.split(whole[name], len(LSTM.columns("x")), axis=-1)
        named = dict(zip(LSTM.columns("x"), parts, strict=True))
        array.assign(np.concatenate([named[b] for b in without.columns("x")], axis=-1))
    with diagnostics.lesion({layer: np.ones(UNITS)}, gate):
        np.testing.assert_allclose(layer(x)[0], bare(x), atol=1e-6)
    np.testing.assert_array_equal(layer(x)[0], usual)


def test_an_output_gate_held_shut_lets_nothing_out(rng):
    layer = layer_of(LSTM, rng)
    with diagnostics.lesion({layer: np.zeros(UNITS)}, "emit"):
        assert not np.any(layer(inputs(rng))[0])


def test_what_no_bias_drives_is_not_held():
    expected = {
        "GRU2": (),
        "minLSTM": (),
        "MUT2": ("write",),
        "gru": ("keep", "reset"),
        "sLSTM": ("keep", "emit"),
        "lstm-negative": ("write", "emit"),
        "layernorm-lstm": (),
        "FastGRNN": (),
    }
    assert {name: CATALOGUE[name].cell.holdable for name in expected} == expected


# --- Runs of a study -----------------------------------------------------------------------------


def experiment_of(folder, task: str, architecture: str, **changed):
    study = Study("s", "smoke", (task,), (architecture,), seeds=1)
    return replace(recipe(study, measure(task, "smoke", folder), architecture), **changed)


@pytest.mark.slow
def test_a_run_is_trained_again_and_looked_into(tmp_path):
    """The weights come back to the last bit, and stay for the next time."""
    experiment = experiment_of(tmp_path, "sentiment", "lstm", epochs=1)
    worker.train_group([experiment], tmp_path, keep_weights=False)
    worker.trainer.cache_clear()
    ((found, result),) = diagnostics.find(tmp_path, (), ("lstm", "gru"), 0)
    assert found == experiment
    path = diagnostics.write(tmp_path, experiment, result)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["score"] == record["recorded"]
    assert set(record["gates"]) == {"write", "keep", "emit"}
    assert len(record["lesions"]) == 9
    assert record["gradient"]["c"]["norms"][0] == 1.0
    (weights,) = (tmp_path / "weights").iterdir()
    before = weights.stat().st_mtime_ns
    trainer = diagnostics.trained(tmp_path, experiment)
    assert weights.stat().st_mtime_ns == before
    # Neither the test split nor what came before changes anything.
    trainer.dataset = replace(trainer.dataset, test=None)
    again = diagnostics.diagnose(trainer)
    assert again.score == pytest.approx(record["score"], rel=1e-5)
    assert again.horizon.change[0] == pytest.approx(record["horizon"]["change"][0], rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "architecture"),
    [
        ("labelling", "bi-lstm"),
        ("sentiment", "stacked-lstm"),
        ("char-lm", "GRU3"),
        ("video", "FGR"),
    ],
)
def test_layers_directions_and_patterns(task, architecture, tmp_path):
    trainer = worker.trainer(experiment_of(tmp_path, task, architecture).group)
    found = diagnostics.diagnose(trainer)
    assert set(found.gates) == set(trainer.architecture.cell.gates)
    assert found.gradient["h"].norms[0] == pytest.approx(1.0)
    assert all(use.left_by_unit for use in found.gates.values())
    assert found.horizon.lags[0] == 0
    assert {x.gate for x in found.lesions} == set(found.gates)


@pytest.mark.parametrize(
    ("task", "architecture", "changed", "message"),
    [
        ("video", "conv-lstm", {}, "architecture 'conv-lstm': allowed are vanilla, lstm"),
        ("listops", "tree-lstm", {}, "architecture 'tree-lstm': allowed are vanilla"),
        ("captioning", "lstm", {}, "task 'captioning' has one step to read"),
        ("video", "vanilla", {"learning": "rtrl"}, "learning='rtrl': allowed are bptt and tbptt-K"),
        ("video", "lstm", {"definition": "{}"}, "'lstm' is not what it was when the study ran"),
    ],
)
def test_what_cannot_be_looked_into_is_refused(task, architecture, changed, message):
    study = Study("s", "smoke", (task,), (architecture,), seeds=1)
    facts = type("Facts", (), {"task": task, "data_sha256": ""})
    experiment = replace(recipe(study, facts, architecture), **changed)
    with pytest.raises(diagnostics.NoDiagnosis, match=message):
        diagnostics.write(None, experiment, None)


def test_a_study_without_such_runs_says_so(tmp_path):
    with pytest.raises(diagnostics.NoDiagnosis, match="no finished run of lstm on video at seed 3"):
        diagnostics.find(tmp_path, ("video",), ("lstm",), 3)
