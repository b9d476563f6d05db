"""Which architectures can be asked for which tasks."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.architectures.learning import UnsupportedLearning
from gatewise.benchmark.networks.models import build_model
from gatewise.benchmark.records.experiment import Result
from gatewise.benchmark.records.facts import TaskFacts
from gatewise.benchmark.records.provenance import UNKNOWN
from gatewise.benchmark.records.tables import run_row
from gatewise.benchmark.studies.plan import asked, plan, recipe
from gatewise.benchmark.studies.presets import PRESETS, find_preset
from gatewise.benchmark.studies.settings import Setting
from gatewise.benchmark.studies.study import InvalidStudy, Study, misfit
from gatewise.report.findings.claims import FINDINGS
from gatewise.report.tables.verdicts import Pair
from gatewise.tasks import UnknownTask, find

OPENED = ("NIG", "NFG", "NOG")
GRU_CORNERS = ("gru-no-reset", "gru-no-update", "vanilla")


def test_nothing_reads_ahead_what_it_predicts():
    with pytest.raises(InvalidStudy, match=r"'bi-lstm' would read ahead what task 'xml' predicts"):
        Study("s", "smoke", ("xml",), ("lstm", "bi-lstm"), seeds=1)
    assert not misfit("video", "bi-lstm")
    assert not misfit("xml", "stacked-lstm")


def test_a_name_in_any_case_and_an_alias_are_trained_under_the_entry_s_own_once():
    asked = ("gru-no-reset-no-update", "NFG", "nfg", "Vanilla")
    study = Study("s", "smoke", ("Xml", "xml"), asked, seeds=1)
    assert (study.tasks, study.architectures) == (("xml",), ("vanilla", "NFG"))


def test_trees_are_needed_where_a_cell_works_on_trees():
    with pytest.raises(
        InvalidStudy,
        match=r"architecture 'tree-lstm': task 'video' has no trees; allowed are listops",
    ):
        Study("s", "smoke", ("video",), ("lstm", "tree-lstm"), seeds=1)
    assert not misfit("listops", "graph-gru")


def test_films_are_needed_where_a_cell_reads_images():
    with pytest.raises(
        InvalidStudy,
        match=r"architecture 'conv-lstm': task 'adding' is no film; allowed are .*video",
    ):
        Study("s", "smoke", ("adding",), ("conv-lstm",), seeds=1)
    assert not misfit("video", "conv-lstm")


def test_what_does_not_fit_is_left_out_where_something_fits():
    study = Study("s", "smoke", ("xml", "listops"), ("lstm", "bi-lstm", "graph-gru"), seeds=1)
    assert study.pairs == [
        ("xml", "lstm"),
        ("listops", "lstm"),
        ("listops", "bi-lstm"),
        ("listops", "graph-gru"),
    ]
    said, *left_out = study.summary.splitlines()
    assert said.startswith("study s: 4 runs, 1 seed for each of 4 pairs of 2 tasks and 3 arch")
    assert left_out == [f"left out: {misfit('xml', name)}" for name in ("bi-lstm", "graph-gru")]
    one = Study("s", "smoke", ("xml",), ("lstm",), seeds=1).summary
    assert "1 run, 1 seed for each of 1 pair of 1 task and 1 architecture, at" in one


def test_another_name_of_a_cell_is_trained_under_its_own_and_once():
    study = Study("s", "smoke", ("sentiment",), ("UGRNN", "gru-no-reset", "NP", "lstm"), seeds=1)
    assert study.architectures == ("gru-no-reset", "lstm")


@pytest.mark.parametrize(
    "matches", [("parameters",), ("width", "parameters"), ("parameters", "all")]
)
def test_as_many_runs_are_said_as_planned(matches):
    study = Study("s", "smoke", ("xml", "adding"), ("lstm", "gru"), seeds=3, matches=matches)
    facts = {name: TaskFacts(name, "smoke", "0" * 64, 0.5, 1, 1, ()) for name in study.tasks}
    templates = [recipe(study, facts[t], a) for t, a in study.pairs]
    assert study.runs == sum(map(len, plan(study, templates)))


def test_every_repetition_has_seeds_of_its_own():
    study = Study("s", "smoke", ("xml",), ("lstm", "gru"), seeds=3, trials=2, repetitions=2)
    facts = TaskFacts("xml", "smoke", "0" * 64, 0.5, 1, 1, ())
    templates = [recipe(study, facts, a) for _, a in study.pairs]
    chosen = [replace(t, repetition=r) for t in templates for r in range(2)]
    runs = [e for group in plan(study, chosen) for e in group]
    assert len(runs) == study.runs == 12
    seeds = {(e.repetition, e.seed) for e in runs}
    assert seeds == {(0, 0), (0, 1), (0, 2), (1, 1000), (1, 1001), (1, 1002)}
    assert len({e.id for e in runs}) == 12


def test_a_study_says_how_many_trials_it_trains_at_most():
    study = Study(
        "s", "quick", ("xml",), ("lstm",), seeds=3, trials=6, search="design", repetitions=2
    )
    # Six trials, the best two again, and the recipe.
    assert study.tuning_runs == 2 * (6 + 2 + 1)
    said = study.summary
    assert "6 runs and at most 18 trials" in said
    assert "tuned by design search worth 6 full trainings, 2 times over" in said
    assert Study("s", "quick", ("xml",), ("lstm",), seeds=3).tuning_runs == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"repetitions": 0, "trials": 2}, "repetitions=0: allowed are whole numbers from 1 to"),
        ({"repetitions": 101, "trials": 2}, "repetitions=101: allowed are whole numbers from 1"),
        ({"repetitions": 2}, "repetitions=2: allowed is 1 without a search"),
        ({"repetitions": 2, "trials": 1001}, "trials=1001: allowed are .* where the search is"),
        ({"repetitions": 2, "trials": 2, "seeds": 1001}, "seeds=1001: allowed are whole numbers"),
    ],
)
def test_repetitions_that_cannot_be_are_refused(options, said):
    with pytest.raises(InvalidStudy, match=said):
        Study(**{"seeds": 1, **options}, **NAMED)


NAMED = {"name": "s", "scale": "smoke", "tasks": ("xml",), "architectures": ("lstm",)}


def setting(architecture: str) -> Setting:
    return Setting("xml", architecture, 0.01, 0.5, 0.25, 64)


def test_a_study_starts_from_what_an_earlier_search_chose():
    both = setting("lstm"), setting("gru")
    study = Study("s", "smoke", ("xml",), ("lstm", "gru"), seeds=2, settings=both)
    facts = TaskFacts("xml", "smoke", "0" * 64, 0.5, 1, 1, ())
    chosen = recipe(study, facts, "gru")
    assert (chosen.learning_rate, chosen.clip_norm) == (0.01, 0.5)
    assert (chosen.dropout, chosen.batch_size) == (0.25, 64)
    own = recipe(replace(study, settings=()), facts, "gru")
    assert replace(own, **both[1].chosen) == chosen != own


def test_settings_are_for_all_or_none_and_never_beside_a_search():
    with pytest.raises(InvalidStudy, match=r"none for architecture 'gru' on task 'xml'"):
        Study("s", "smoke", ("xml",), ("lstm", "gru"), seeds=2, settings=(setting("lstm"),))
    with pytest.raises(InvalidStudy, match=r"trials=3: allowed is 0 where settings are given"):
        Study("s", "smoke", ("xml",), ("lstm",), seeds=2, trials=3, settings=(setting("lstm"),))


def pairs() -> list[Pair]:
    return [pair for finding in FINDINGS for pair in finding.judge.pairs]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_hold_whole_lattices_and_every_name_exists(name):
    preset = find_preset(name)
    study = Study(
        name, preset.scale, preset.tasks, preset.architectures, preset.seeds, preset.trials
    )
    assert study.pairs
    if name in ("standard", "paper"):
        corners = {"-".join(gates) for n in (1, 2, 3) for gates in combinations(OPENED, n)}
        assert corners | {"lstm"} <= set(study.architectures)
        assert {"gru", *GRU_CORNERS} <= set(study.architectures)
        assert study.trials >= 12
        compared = {name for pair in pairs() for name in pair}
        assert compared <= set(study.architectures)


def test_a_row_says_by_what_its_run_was_made_and_not_who_wrote_the_table():
    study = Study("s", "smoke", ("xml",), ("lstm",), seeds=1)
    facts = TaskFacts("xml", "smoke", "0" * 64, 0.5, 1, 1, ())
    made = {"commit": "0123456789ab", "machine": "another"}
    experiment = recipe(study, facts, "lstm")
    result = Result(
        "finished", None, 0.5, 0.5, 0.7, 1, 1, 10, 5, 9, 9, "", 0.0, 1.0, 1.0, 0.1,
        "2026-01-01T00:00:00+00:00", (), made=made,
    )  # fmt: skip
    row = run_row("s", facts, experiment, result)
    assert {name: row[name] for name in made} == made
    assert row["keras"] == UNKNOWN


def learning_refusals():
    """Every kind of model, and every kind of learning."""
    tasks_asked = ("listops", "xml", "video", "translation", "captioning")
    cells = ("vanilla", "lstm", "stacked-vanilla", "bi-lstm", "conv-lstm", "tree-lstm", "graph-gru")
    return [(t, a, how) for t in tasks_asked for a in cells for how in ("tbptt-4", "rtrl")]


@pytest.mark.slow
@pytest.mark.parametrize("task", ["listops", "xml", "video", "translation", "captioning"])
def test_a_study_refuses_what_a_worker_would(task):
    """And nothing else: a model of one unit is built, or is not, for both."""
    dataset = find(task).load("smoke")
    for name, architecture, learning in learning_refusals():
        if name != task or misfit(task, architecture):
            continue
        said = []
        for ask in (
            lambda a, how: Study("s", "smoke", (task,), (a,), seeds=1, learning=how),
            lambda a, how: build_model(
                dataset, find(task).pattern, catalogue.find(a), 1, 0, learning=how
            ),
        ):
            try:
                ask(architecture, learning)
                said.append("")
            except UnsupportedLearning as error:
                said.append(str(error))
        assert bool(said[0]) == bool(said[1]), (architecture, learning, said)


def test_widths_are_those_at_which_an_experiment_is_trained():
    """At matched width a vanilla cell is as wide as an lstm of the budget."""
    given = {"learning": "rtrl", "budget": 9000, "seeds": 1}
    Study("s", "smoke", ("adding",), ("vanilla",), matches=("width",), **given).require_widths()
    with pytest.raises(UnsupportedLearning, match=r"units=\d+: allowed are 1 to 64"):
        Study("s", "smoke", ("adding",), ("vanilla",), **given).require_widths()


def test_a_task_is_there_at_any_size_of_its_cells():
    study = Study("s", "quick", ("Adding-100@0500", "s5@2000"), ("lstm", "NFG"), seeds=1)
    assert study.tasks == ("adding-100@500", "s5@2000")
    assert [study.parameters(task) for task in study.tasks] == [500, 2000]
    asked_of = asked(study, "adding-100@500", "NFG")
    assert (asked_of.budget, asked_of.task) == (500, "adding-100@500")
    plain = asked(Study("s", "quick", ("adding-100",), ("NFG",), seeds=1), "adding-100", "NFG")
    assert replace(plain, task=asked_of.task, budget=500) == asked_of
    one, other = find("s5@2000").load("smoke"), find("s5").load("smoke")
    assert one.checksum() == other.checksum()


@pytest.mark.parametrize("name", ["adding@", "adding@0", "adding@2.5", "adding@-3", "adding@1@2"])
def test_a_size_is_a_number(name):
    with pytest.raises(UnknownTask, match=r"size '.*' of task .*: allowed are whole numbers"):
        find(name)


def test_a_size_of_its_own_and_one_for_all_exclude_each_other():
    with pytest.raises(InvalidStudy, match="budget=100: allowed is none with task 'adding@500'"):
        Study("s", "quick", ("adding@500",), ("lstm",), seeds=1, budget=100)
