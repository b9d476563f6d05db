from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from gatewise import tasks
from gatewise.benchmark.execution.engine import EngineOptions
from gatewise.benchmark.execution.local import LocalEngine
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.ledger import Ledger
from gatewise.benchmark.records.meaning import meaning
from gatewise.benchmark.training import programs
from gatewise.benchmark.training.programs import Programs, environment, folder, lasting_names

KEY = "k" * 64


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Programs:
    return Programs(tmp_path / "programs")


def compiling(shelf: Programs, content: bytes, key: str = KEY) -> bool:
    """A first call as TensorFlow behaves in it: whether it had to compile."""
    with shelf.kept(key):
        file = shelf.open / "program.pb"
        if file.exists():
            assert file.read_bytes() == content
            return False
        shelf.open.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return True


def kept(shelf: Programs, key: str = KEY) -> Path:
    return shelf.folder / environment() / key


def test_what_one_process_compiled_is_there_for_the_next(shelf):
    assert compiling(shelf, b"steps")
    assert not compiling(shelf, b"steps")
    assert not compiling(Programs(shelf.folder), b"steps")
    assert compiling(shelf, b"others", key="other")
    assert not list((shelf.folder / "open").iterdir())


@pytest.mark.parametrize("damage", [lambda b: b[:-2], lambda b: b[:-1] + b"?", lambda b: b""])
def test_a_damaged_program_is_set_aside_and_compiled_again(shelf, damage):
    compiling(shelf, b"steps")
    kept(shelf).write_bytes(damage(kept(shelf).read_bytes()))
    assert compiling(shelf, b"steps")
    assert kept(shelf).with_suffix(".damaged").exists()
    assert not compiling(shelf, b"steps")


def test_a_program_under_another_name_than_asked_for_is_replaced(shelf):
    compiling(shelf, b"steps")
    with shelf.kept(KEY):
        (shelf.open / "another.pb").write_bytes(b"after an edit")
    assert kept(shelf).read_bytes().endswith(b"another.pb\nafter an edit")


def test_what_was_used_least_recently_goes_first(shelf):
    for age, key in enumerate(["new", "used", "old"]):
        compiling(shelf, b"x" * 1000, key)
        os.utime(kept(shelf, key), (time.time() - 1000 * (age + 1),) * 2)
    compiling(shelf, b"x" * 1000, "old")
    small = Programs(shelf.folder, limit=3500)
    assert compiling(small, b"x" * 1000, "newest")
    assert {f.name for f in kept(shelf).parent.iterdir()} == {"newest", "old", "new"}


def test_what_a_killed_process_left_is_taken_away_after_a_day(shelf):
    compiling(shelf, b"steps")
    yesterday = time.time() - 2 * programs.LEFT_BEHIND_SECONDS
    left = [shelf.folder / "open" / "gone", kept(shelf).parent / f".{KEY}.tmp"]
    left[0].mkdir(parents=True)
    left[1].write_bytes(b"half")
    writing = kept(shelf).parent / ".other.tmp"
    writing.write_bytes(b"half")
    for path in left:
        os.utime(path, (yesterday, yesterday))
    compiling(shelf, b"others", key="other")
    assert not any(path.exists() for path in left)
    assert writing.exists()


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "file").write_text("in the way")
    shelf = Programs(tmp_path / "file" / "programs")
    with shelf.kept(KEY):
        pass


WRITER = """
import sys
from pathlib import Path
from gatewise.benchmark.training.programs import Programs
shelf = Programs(Path(sys.argv[1]))
shelf.open.mkdir(parents=True)
print("writing", flush=True)
while True:
    shelf.open.mkdir(parents=True, exist_ok=True)
    (shelf.open / "program.pb").write_bytes(sys.argv[2].encode() * 1_000_000)
    shelf._take_in(shelf.folder / "kind" / "key", "")
"""


def test_two_writers_that_are_killed_leave_a_whole_program(shelf):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(shelf.folder), letter], stdout=subprocess.PIPE
        )
        for letter in "ab"
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    path = shelf.folder / "kind" / "key"
    seen = set()
    for _ in range(200):
        time.sleep(0.005)
        if path.exists():
            assert shelf._lay_out(path) == "program.pb"
            seen.add((shelf.open / "program.pb").read_bytes()[:1])
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    assert shelf._lay_out(path) == "program.pb"
    assert seen <= {b"a", b"b"}
    assert not list(path.parent.glob("*.damaged"))


def test_the_environment_decides_where(monkeypatch, tmp_path):
    monkeypatch.setenv(programs.VARIABLE, str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.setenv(programs.VARIABLE, "")
    assert folder() is None
    monkeypatch.delenv(programs.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folder() == tmp_path / "gatewise" / "programs"


def test_flags_of_others_stay(shelf, monkeypatch):
    monkeypatch.setenv(programs.FLAGS, f"--others=1 {programs.FLAG}directory=elsewhere")
    shelf.enter()
    assert os.environ[programs.FLAGS].split() == [
        "--others=1",
        f"--tf_xla_persistent_cache_directory={shelf.open}",
        "--tf_xla_persistent_cache_device_types=CPU",
    ]


@pytest.mark.parametrize("name", ["XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS"])
def test_other_flags_are_another_environment(monkeypatch, name):
    environment.cache_clear()
    before = environment()
    monkeypatch.setenv(name, "something else")
    environment.cache_clear()
    assert environment() != before
    environment.cache_clear()


def step(factor: float):
    """A function with a loop and a gradient of its own, as the steps are."""

    @tf.custom_gradient
    def square(x):
        return x * x, lambda dy: dy * 2.0 * x

    def compute(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, square(y) * factor), (0, x))
        return tape.gradient(y[1], x)

    return tf.function(compute, autograph=False)


def name_of(function, key: str = KEY) -> str:
    with lasting_names(key):
        traced = function.get_concrete_function(tf.TensorSpec([2], tf.float32))
    assert np.isfinite(traced(tf.ones(2))).all()
    name: str = traced.name
    return name


def test_a_function_is_named_after_what_it_computes_whatever_was_before():
    first = name_of(step(0.5))
    for _ in range(3):
        tf.function(lambda x: x + 1.0)(tf.ones(2))
    assert name_of(step(0.5)) == first
    assert name_of(step(0.25), key="l" * 64) != first


def test_names_are_tensorflow_s_own_again_after_the_block():
    name_of(step(0.5))
    function = step(0.5)
    names = {function.get_concrete_function(tf.TensorSpec([n], tf.float32)).name for n in (2, 3)}
    assert len(names) == 2


def experiment(architecture: str) -> Experiment:
    task = tasks.find("labelling")
    recipe = task.scale("smoke").recipe
    return Experiment(
        task="labelling",
        scale="smoke",
        architecture=architecture,
        budget=2000,
        epochs=2,
        patience=2,
        batch_size=recipe.batch_size,
        learning_rate=recipe.learning_rate,
        clip_norm=recipe.clip_norm,
        dropout=0.1,
        seed=0,
        data_sha256=task.load("smoke").checksum(),
        **meaning("labelling", architecture),
    )


@pytest.mark.slow
def test_programs_of_other_processes_give_the_same_bits_in_less_time(tmp_path, monkeypatch):
    monkeypatch.setenv(programs.VARIABLE, str(tmp_path / "programs"))
    both = [experiment("lstm"), experiment("gru")]
    found = []
    # What a process trains first must not matter to what it finds.
    for study, order in (("first", both), ("second", both[::-1])):
        (tmp_path / study).mkdir()
        engine = LocalEngine.of(EngineOptions(tmp_path, workers=1))
        engine.run([[e] for e in order], tmp_path / study, lambda _: None)
        found.append({e.id: result for e, result in Ledger(tmp_path / study)})
    before, after = found
    for id in before:
        assert after[id].test_score == before[id].test_score
        assert after[id].test == before[id].test
        losses = [[epoch.validation_loss for epoch in r.curve] for r in (before[id], after[id])]
        assert losses[0] == losses[1]
        assert after[id].compile_seconds < 0.6 * before[id].compile_seconds
