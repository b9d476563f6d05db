"""What is taken away answers the same in whatever form, in a process that knows nothing of us."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import gatewise
from gatewise.benchmark.inspection import exporting
from gatewise.benchmark.networks.portable import Answer, Words

NUMBERS = np.random.default_rng(0).normal(size=(3, 7, 2)).astype("float32")
TEXTS = ["a good film", "bad", ""]


@pytest.fixture(scope="module")
def of_numbers():
    read = keras.Input((None, 2))
    sequence = gatewise.Recurrent(gatewise.LSTM, 5)(read)
    return keras.Model(read, Answer(("x", "y"), name="answer")(keras.layers.Dense(2)(sequence)))


@pytest.fixture(scope="module")
def of_texts():
    read = keras.Input((), dtype="string")
    words = Words(("", "?", "good", "bad", "film"), "word", 8)(read)
    sequence = gatewise.Recurrent(gatewise.GRU, 4)(keras.layers.Embedding(5, 3)(words))
    return keras.Model(read, Answer(("x", "y"), name="answer")(keras.layers.Dense(2)(sequence)))


ALONE = """
import sys
import numpy as np
import tensorflow as tf
texts = tf.constant({texts!r})
numbers = tf.constant(np.load(sys.argv[1]))
for path, inputs in ((sys.argv[2], numbers), (sys.argv[3], texts)):
    model = tf.saved_model.load(path)
    print(model.serve(inputs).numpy().tolist())
assert "gatewise" not in sys.modules
"""


@pytest.mark.slow
def test_a_saved_model_answers_in_a_process_without_gatewise(of_numbers, of_texts, tmp_path):
    np.save(tmp_path / "numbers.npy", NUMBERS)
    for model, name in ((of_numbers, "numbers"), (of_texts, "texts")):
        exporting.write(model, tmp_path / name)
    paths = [str(tmp_path / name) for name in ("numbers.npy", "numbers", "texts")]
    command = [sys.executable, "-c", ALONE.format(texts=TEXTS), *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    numbers, texts = (np.array(json.loads(line)) for line in done.stdout.splitlines())
    np.testing.assert_allclose(numbers, of_numbers(NUMBERS), atol=1e-6)
    np.testing.assert_allclose(texts, of_texts(keras.ops.convert_to_tensor(TEXTS)), atol=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["numbers", "numbers.npy", "texts"]


@pytest.mark.slow
def test_onnx_answers_in_another_runtime_at_any_length(of_numbers, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("tf2onnx", reason="tf2onnx is not installed (.[onnx])")
    exporting.write(of_numbers, tmp_path / "model.onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    for numbers in (NUMBERS, NUMBERS[:2, :4]):
        (said,) = session.run(None, {session.get_inputs()[0].name: numbers})
        np.testing.assert_allclose(said, of_numbers(numbers), atol=1e-5)


def test_texts_have_no_onnx(of_texts, tmp_path):
    with pytest.raises(exporting.NoExport, match="no operation that cuts and looks up texts"):
        exporting.write(of_texts, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_named(of_numbers, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(exporting.NoExport, match=r"pip install 'gatewise\[onnx\]'"):
        exporting.write(of_numbers, tmp_path / "model.onnx")


@pytest.mark.parametrize("name", ["model.h5", "model.keras.txt", "taken", ".keras", ".onnx"])
def test_other_names_are_refused(name, tmp_path):
    (tmp_path / "taken").write_text("a file of one's own")
    with pytest.raises(exporting.NoExport, match=r"allowed is NAME\.keras"):
        exporting.form(tmp_path / name)


@pytest.mark.parametrize("name", ["results", "kept.keras", "kept.onnx", ".", ".."])
def test_a_folder_of_somebodys_own_is_left_alone(of_numbers, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir(exist_ok=True)
    (tmp_path / name / "runs.csv").write_text("mine")
    with pytest.raises(exporting.NoExport, match=r"--to .*allowed is"):
        exporting.write(of_numbers, Path(name))
    assert (tmp_path / name / "runs.csv").read_text() == "mine"
    (tmp_path / name / "runs.csv").unlink()


@pytest.mark.parametrize("name", ["linked", "linked.keras", "nowhere.keras"])
def test_a_link_is_not_replaced(of_numbers, name, tmp_path):
    (tmp_path / name).symlink_to(tmp_path / "other")
    with pytest.raises(exporting.NoExport, match="is there already"):
        exporting.write(of_numbers, tmp_path / name)
    assert (tmp_path / name).is_symlink()


def test_a_card_does_not_replace_what_is_somebodys_own(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(exporting.NoExport, match=r"README\.md is there already"):
        exporting.form(tmp_path / "README")
    assert exporting.card(tmp_path / "a.keras") != exporting.card(tmp_path / "a.onnx")


def test_keras_own_file_is_read_back(of_numbers, tmp_path):
    exporting.write(of_numbers, tmp_path / "model.keras")
    exporting.write(of_numbers, tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(NUMBERS), of_numbers(NUMBERS))
