"""Registries take what is outside as they take what is here, and refuse what is ambiguous."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint

import pytest

from gatewise import plugins, registry
from gatewise.registry import InvalidEntry, NameTaken, Registry


@dataclass(frozen=True)
class Thing:
    name: str
    weight: int = 1


class UnknownThing(ValueError):
    """No such thing."""


@pytest.fixture
def things(monkeypatch, tmp_path):
    """Makes a registry of two things and of those of an installed module of the given text."""

    def make(value: str = "outside", text: str | None = None) -> Registry[Thing]:
        points = []
        if text is not None:
            (tmp_path / "outside.py").write_text(text)
            monkeypatch.syspath_prepend(tmp_path)
            monkeypatch.delitem(sys.modules, "outside", raising=False)
            points = [EntryPoint("mine", value, "gatewise.things")]
        monkeypatch.setattr(registry, "entry_points", lambda group: points)
        ours = lambda: (Thing("stone"), Thing("feather"))  # noqa: E731
        kinds = ("THING", "THINGS")
        return Registry("thing", Thing, ours, "gatewise.things", kinds, UnknownThing)

    return make


HEAD = "from tests.gatewise.test_registry import Thing\n"


def test_an_unknown_name_is_told_the_allowed_and_the_nearest(things):
    with pytest.raises(UnknownThing, match=r"^thing 'stoen': did you mean 'stone'\? allowed are s"):
        things().find("stoen")
    with pytest.raises(UnknownThing, match=r"^thing 'elephant': allowed are stone, feather$"):
        things().find("elephant")


def test_case_is_for_the_eye(things):
    assert things().find("STONE") == Thing("stone")
    with pytest.raises(UnknownThing, match=r"^thing 'STOEN': did you mean 'stone'\?"):
        things().find("STOEN")
    with pytest.raises(
        NameTaken, match=r"thing .Stone. of entry point .*: gatewise has one already"
    ):
        things("outside:it", HEAD + "it = Thing('Stone')")["stone"]


@pytest.mark.parametrize("name", ["", "-x", "lstm+", "../x", "a b", "größe", "a\n"])
def test_what_cannot_be_a_file_or_a_key_is_no_name(things, name):
    with pytest.raises(InvalidEntry, match=r"name .* of a thing: allowed are letters"):
        things("outside:it", HEAD + f"it = Thing({name!r})")["stone"]


def test_it_is_filled_when_first_asked_and_cannot_be_changed(things):
    asked = []

    def ours() -> list[Thing]:
        asked.append(1)
        return [Thing("a")]

    mine = Registry("thing", Thing, ours, "none", ("A", "B"), UnknownThing)
    things()
    assert not asked
    assert list(mine) == ["a"]
    assert mine["a"] is mine.find("a")
    assert asked == [1]
    with pytest.raises(TypeError):
        mine["b"] = Thing("b")


@pytest.mark.parametrize("value", ["outside", "outside:THINGS", "outside:THINGS.__class__"][:2])
def test_entry_points_are_modules_or_values(things, value):
    mine = things(value, HEAD + "THING = Thing('leaf')\nTHINGS = [Thing('lead', 9)]\n")
    assert mine["lead"].weight == 9
    assert mine.ours == ("stone", "feather")
    assert "entry point 'mine' of gatewise.things" in str(mine.origin("lead"))
    assert len(mine.origin("lead").sha256) == 64
    assert not mine.origin("stone").sha256


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("THING = stone", InvalidEntry, "entry point 'mine' of gatewise.things, 'outside': NameE"),
        ("import nothing_there", InvalidEntry, "'outside': ModuleNotFoundError: No module named"),
        ("THING = 3", InvalidEntry, "entry point 'mine' of gatewise.things: thing 3; allowed is a"),
        (
            HEAD + "THING = Thing('stone')",
            NameTaken,
            "thing 'stone' of entry point 'mine' of gatewise.things: gatewise has one already",
        ),
    ],
)
def test_a_bad_entry_point_is_an_error_that_names_it(things, text, error, message):
    mine = things(text=text)
    for _ in range(2):
        with pytest.raises(error, match=message):
            mine.find("stone")


def test_a_missing_module_is_named(things):
    mine = things("nowhere_to_be_found", "")
    with pytest.raises(
        InvalidEntry, match=r"entry point 'mine' of gatewise.things, 'nowhere_to_be"
    ):
        len(mine)


def test_two_plugins_with_one_name_are_both_named(tmp_path, monkeypatch):
    from gatewise.benchmark.architectures import catalogue

    text = (
        "from gatewise import LSTM, Architecture\n"
        "ARCHITECTURE = Architecture('mine', LSTM, 'an lstm')\n"
    )
    for name in "ab":
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.setattr(plugins, "_in_use", ())
    plugins.use(plugins.Plugin.read(str(tmp_path / f"{name}.py")) for name in "ab")
    with pytest.raises(NameTaken, match=r"'mine' of plugin '.*b.py': plugin '.*a.py' has one alr"):
        catalogue.find("lstm")
