"""What was typed, and what to type next."""

from __future__ import annotations

from gatewise.report import commands

TYPED = ["gatewise", "run", "--preset=quick", "--seeds", "3", "--study", "mine", "--yes"]


def test_options_are_read_however_they_were_typed():
    assert commands.value(TYPED, "--preset") == "quick"
    assert commands.value(TYPED, "--seeds") == "3"
    assert commands.value(TYPED, "--tasks") is None


def test_options_are_taken_out_with_their_value():
    assert commands.without(TYPED, "--seeds")[2:] == ["--preset=quick", "--study", "mine", "--yes"]
    assert commands.without(TYPED, "--preset")[2:4] == ["--seeds", "3"]
    assert commands.without(TYPED, "--yes", flag=True) == TYPED[:-1]


def test_the_deciding_command_asks_for_a_pair_and_keeps_the_rest():
    typed = [*TYPED, "--within", "2h", "--tasks", "a,b", "--trials", "6"]
    found = commands.deciding(typed, "video", ("lstm", "NFG"), 22)
    assert found == (
        "gatewise run --preset=quick --study mine --trials 6 --tasks video "
        "--architectures lstm,NFG --seeds 22"
    )


def test_a_race_goes_on_by_its_own_command_and_what_was_none_becomes_one():
    raced = ["gatewise", "run", "--seeds", "8", "--within", "20m"]
    assert commands.longer(raced) == "gatewise run --seeds 8 --within 20m"
    assert commands.longer([*TYPED[:-1], "--until-decided"]).endswith("mine --until-decided")
    assert commands.longer(TYPED) == "gatewise run --preset=quick --study mine --yes --within 2h"
