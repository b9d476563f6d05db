"""The doctor names what is broken, and a command for everything that is not as it should be."""

from __future__ import annotations

import json
import sys
from importlib import metadata

import pytest

from gatewise import MissingTensorFlow
from gatewise.benchmark import cli
from gatewise.benchmark.inspection import doctor
from gatewise.benchmark.inspection.doctor import BROKEN, MISSING, OK
from gatewise.benchmark.tracking import address


@pytest.fixture
def quick(monkeypatch):
    """Without the process that imports TensorFlow."""
    fine = doctor.Check("TensorFlow", OK, "runs")
    monkeypatch.setattr(doctor, "_tensorflow", lambda: fine)


def test_a_sound_machine_has_nothing_broken(quick, tmp_path):
    checks = {check.name: check for check in doctor.examine(tmp_path / "results", None)}
    assert BROKEN not in {check.status for check in checks.values()}
    assert "keras 3.15" in checks["packages"].found
    assert "pytest" in checks["extra dev"].found
    assert checks["tracking store"].found.endswith("made by the first study")
    for check in checks.values():
        assert bool(check.mend) == (check.status == MISSING)
    assert checks["data word-lm-wikitext2"].mend in ("", "gatewise data fetch word-lm-wikitext2")


def test_a_package_that_lacks_or_is_another_version_is_named(quick, tmp_path, monkeypatch):
    installed = metadata.version

    def version(name):
        if name in ("jinja2", "distributed"):
            raise metadata.PackageNotFoundError(name)
        return "1.0" if name == "keras" else installed(name)

    monkeypatch.setattr(metadata, "version", version)
    checks = {check.name: check for check in doctor.examine(tmp_path, None)}
    assert checks["packages"].status == BROKEN
    assert checks["packages"].found == "lacks jinja2<4,>=3.1, keras<4,>=3.15"
    assert checks["packages"].mend.endswith("-e .")
    assert checks["extra dask"].status == MISSING
    assert checks["extra dask"].mend.endswith("-e '.[dask]'")


@pytest.mark.parametrize(
    ("options", "broken"),
    [
        (["--tracking-uri", "http://127.0.0.1:9"], "tracking store"),
        (["--results", "/proc/none"], "results"),
    ],
)
def test_what_is_broken_ends_with_1(quick, monkeypatch, capsys, tmp_path, options, broken):
    words = ["gatewise", "doctor", "--json", "--results", str(tmp_path), *options]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert checks[broken]["status"] == BROKEN
    assert checks[broken]["mend"]


def test_a_wheel_that_ends_the_process_is_broken(monkeypatch):
    monkeypatch.setattr(doctor, "PROBE", "import os; os.kill(os.getpid(), 4)")
    check = doctor._tensorflow()
    assert check.status == BROKEN
    assert "ended with -4" in check.found


def test_either_tensorflow_is_enough_and_none_is_not(tmp_path, monkeypatch):
    assert not {c.name for c in doctor._packages()} & {"extra cpu", "extra gpu"}

    def none() -> str:
        raise MissingTensorFlow

    monkeypatch.setattr(doctor, "tensorflow_distribution", none)
    check = doctor._tensorflow()
    assert (check.status, check.found) == (BROKEN, str(MissingTensorFlow()))
    assert check.mend.endswith("pip install -c constraints.txt -e '.[cpu]'")


def test_who_installed_a_wheel_is_told_of_no_repository(monkeypatch):
    monkeypatch.setattr(doctor, "_checkout", lambda: False)
    assert doctor._ours("dask").endswith(" -m pip install 'gatewise[dask]'")
    assert doctor._ours().endswith(" -m pip install gatewise")
    monkeypatch.setattr(doctor, "PYTHONS", ((3, 99), (3, 100)))
    mends = [doctor._python().mend, doctor._ours("data")]
    assert not any(word in mend for mend in mends for word in ("make", "constraints", "-e "))


def test_a_store_is_read_and_none_is_made(tmp_path):
    uri = address.default_uri(tmp_path)
    assert doctor._store(uri).status == OK
    assert not list(tmp_path.iterdir())
