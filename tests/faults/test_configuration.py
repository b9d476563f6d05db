"""Nothing in a user's Keras configuration changes a result."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.faults.kit import GATEWISE, rows

pytestmark = pytest.mark.slow


def test_a_keras_json_of_ones_own_changes_no_score(tmp_path):
    home = tmp_path / "keras"
    home.mkdir()
    odd = {"image_data_format": "channels_first", "floatx": "float64", "epsilon": 0.1}
    (home / "keras.json").write_text(json.dumps(odd | {"backend": "jax"}))
    found = []
    for name, more in (("plain", {}), ("odd", {"KERAS_HOME": str(home)})):
        command = [str(GATEWISE), "run", "--preset", "smoke", "--tasks", "video", "--seeds", "1"]
        command += ["--architectures", "lstm,conv-lstm", "--results", str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **more})
        found.append(rows(tmp_path / name))
    assert found[0] == found[1]
