"""Every architecture against others, pair by pair. Above 0 is better."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from gatewise.report.names import REFERENCE, ordered
from gatewise.report.reading.checks import UnreadableResults, texts
from gatewise.report.reading.results import Results
from gatewise.report.reading.runs import TaskRuns
from gatewise.report.statistics import failing, families, power
from gatewise.report.statistics.effects import LEVEL, Array
from gatewise.report.statistics.families import SMALL, UNKNOWN, Verdicts, worded
from gatewise.report.statistics.mixtures import Errors
from gatewise.report.statistics.summaries import probability_of_improvement
from gatewise.report.statistics.tests import welch_p
from gatewise.report.tables import race, standing
from gatewise.report.tables.race import TaskRace
from gatewise.report.tables.standing import WITNESS

Pair: TypeAlias = tuple[str, str]
"""An architecture, and what it is compared with."""
Asked: TypeAlias = tuple[str, str, str]
"""A task and a pair that a registered finding needs there."""

CONFIRMATORY, EXPLORATORY = "confirmatory", "exploratory"
UNENDED = 0.2
"""More final runs than this share that still gain: the trainings have not ended."""
NO_EXAMPLES, GAINING, NO_WITNESS = "no scores by example", "still gaining", "no witness"
FAILING = "runs fail"
DOUBTS = {
    NO_EXAMPLES: "scores by test example are missing, so that the luck of the test sample is not "
    "in the interval",
    GAINING: f"in more than {UNENDED:.0%} of the final runs of a side the last epoch was still a "
    "gain, so that the difference may be one of speed",
    NO_WITNESS: f"{REFERENCE} does not certainly beat every cell without gates by {WITNESS:g} "
    "margins, so that nothing here could have mattered much",
    FAILING: f"runs on its task end more than {failing.FAILED:g} margins below others of the same "
    "architecture, and so few seeds leave open that a side fails as often as would undo it",
}
"""What keeps a verdict from being certain, in words."""

_COLUMNS = (
    *("task", "match", "architecture", "reference", "diverged", "margin", "family"),
    *("seeds", "reference_seeds", "difference", "low", "high", "p", "statement", "verdict"),
    *("doubt", "still_gaining", "witness", "example_share", "seeds_needed", "race"),
    *("p_welch", "probability_of_improvement"),
)
TEXTS = (
    *("task", "match", "architecture", "reference", "family"),
    *("statement", "verdict", "doubt", "race"),
)
"""The columns that are no numbers."""


def verdicts(
    results: Results,
    asked: Collection[Asked] = (),
    beside: Collection[Asked] = (),
    level: float = LEVEL,
) -> pd.DataFrame:
    """Every architecture against lstm on every task, and the further pairs that are ``asked``.

    ``difference`` is the mean improvement over ``reference`` in the task's unit, all seeds of both
    sides unpaired. What is asked at the leading way of matching is one family, *confirmatory*: any
    of its statements is false in at most 1 - ``level`` of all studies. The rest, pairs ``beside``
    it among them, is *exploratory*, judged by its false discovery rate and never certain. ``low``
    and ``high`` are the interval that the verdict is read off. ``doubt`` says what keeps a
    confirmatory statement from being certain (:data:`DOUBTS`), ``still_gaining`` the larger share
    of final runs that had not ended,
    ``witness`` whether the task can tell that something does not matter (:mod:`.standing`),
    ``example_share`` the part of the variance that the test sample makes, ``seeds_needed`` how many
    seeds a side would decide a pair that is not; Welch's p and the probability of improvement stand
    beside and decide nothing.

    Of a raced study the confirmatory family is what was raced, each pair at its last look and its
    look's level, and ``race`` says how it stands there (:data:`.race.STATES`); empty elsewhere.
    Whatever else was compared is exploratory, and its p pays for the looks too.
    """
    raced = race.races(results.questions, results, level)
    rows: list[dict[str, Any]] = []
    errors: list[Errors] = []
    confirmed = [(*question, REFERENCE) for question in results.questions.pairs] or asked
    wanted = {(task, frozenset(pair)) for task, *pair in confirmed}
    for match in results.matches:
        leading = match == results.matches[0]
        for task, mine in results.matched(match).groupby("task", sort=False):
            runs = results.sides(mine)
            further = [*asked, *beside] if leading else ()
            pairs = _pairs(runs, [(f, s) for t, f, s in further if t == task])
            if not pairs:  # one side of it has run so far
                continue
            found, error = _compared(mine, runs, pairs)
            for row in found:
                pair = frozenset((row["architecture"], row["reference"]))
                confirms = leading and (str(task), pair) in wanted
                row |= {"match": match, "family": CONFIRMATORY if confirms else EXPLORATORY}
            rows, errors = rows + found, [*errors, error]
    return _judged(pd.DataFrame(rows), Errors.joined(errors), 1 - level, raced)


def written(path: Path) -> pd.DataFrame:
    """What :func:`verdicts` gave when a study's table was written.

    Raises:
        UnreadableResults: the table is missing or is not ours.
    """
    (text,) = texts(path)
    empty = {name: [""] for name in _COLUMNS if name not in TEXTS}
    try:
        found = pd.read_csv(
            io.StringIO(text),
            dtype=dict.fromkeys(TEXTS, "str"),
            keep_default_na=False,
            na_values=empty,
        )
        return found[list(_COLUMNS)]
    except (ValueError, KeyError) as error:
        raise UnreadableResults(f"{path}: not a table of verdicts ({error})") from None


def _pairs(runs: TaskRuns, asked: Sequence[Pair]) -> list[Pair]:
    """The pairs of a task, each in one direction; those with lstm first."""
    against = [(name, REFERENCE) for name in ordered(runs.sides) if name != REFERENCE]
    found: dict[frozenset[str], Pair] = {}
    for pair in [*against, *asked]:
        if set(pair) <= set(runs.sides):
            found.setdefault(frozenset(pair), pair)
    return list(found.values())


def _compared(
    table: pd.DataFrame, runs: TaskRuns, pairs: Sequence[Pair]
) -> tuple[list[dict[str, Any]], Errors]:
    """What is known of each pair on a task, and its errors in margins."""
    first = table.iloc[0]
    sign, margin = 1.0 if first["higher_is_better"] else -1.0, float(first["margin"])
    _, lead = standing.closest(runs, sign, margin)
    witness = lead is not None and lead.low > WITNESS
    diverged = set(table.loc[table["status"] == "diverged", "architecture"])
    gaining = table.groupby("architecture")["still_gaining"].mean()
    contrasts = [{one: sign, other: -sign} for one, other in pairs]
    errors, sample = runs.errors(contrasts), runs.sample(contrasts)
    shares = np.minimum(sample / errors.typical, 1.0) if runs.sampled else np.nan * sample
    every = {name: sign * side.scores for name, side in runs.sides.items()}
    worse = [min(every[one].mean(), every[other].mean()) / margin for one, other in pairs]
    # A training fails, or a search that chose badly with all trainings that are nested in it.
    trained = [scores.to_numpy() for _, scores in table.groupby("architecture")["test_score"]]
    falls = failing.falls([sign * scores / margin for scores in trained], worse)
    search_falls = failing.falls([scores / margin for scores in every.values()], worse)
    rows = []
    columns = (pairs, runs.estimates(contrasts), shares, falls, search_falls)
    for (one, other), value, share, fell, search_fell in zip(*columns, strict=True):
        scores = [every[name] for name in (one, other)]
        unended = max(gaining[one], gaining[other])
        doubts = {NO_EXAMPLES: not runs.sampled, GAINING: unended > UNENDED}
        rows.append(
            {
                "task": first["task"],
                "architecture": one,
                "reference": other,
                "diverged": bool(diverged & {one, other}),
                "margin": margin,
                "seeds": int((table["architecture"] == one).sum()),
                "reference_seeds": int((table["architecture"] == other).sum()),
                "difference": value,
                "doubt": "; ".join(doubt for doubt, there in doubts.items() if there),
                "still_gaining": unended,
                "witness": witness,
                "fall": fell,
                "search_fall": search_fell,
                "searches": min(map(len, scores)),
                "example_share": share,
                "p_welch": welch_p(*scores),
                "probability_of_improvement": probability_of_improvement(*scores),
            }
        )
    return rows, errors.over(np.full(len(pairs), margin))


def _judged(
    table: pd.DataFrame, errors: Errors, total: float, raced: Mapping[str, TaskRace]
) -> pd.DataFrame:
    """The table with its verdicts, family by family."""
    if table.empty:
        return pd.DataFrame(columns=list(_COLUMNS))
    table = table.assign(statement=UNKNOWN, p=np.nan, low=np.nan, high=np.nan, race="")
    estimate = (table["difference"] / table["margin"]).to_numpy()
    spent = _spent(table, raced)

    mine = np.flatnonzero(table["family"] == EXPLORATORY)
    known = Errors(errors.scale[mine], errors.weight[mine])
    _write(table, mine, families.discovered(estimate[mine], known, total, spent[mine]))
    mine = np.flatnonzero(table["family"] == CONFIRMATORY)
    known = Errors(errors.scale[mine], errors.weight[mine])
    if raced:
        _write_race(table, mine, raced)
    else:
        _write(table, mine, families.together(estimate[mine], known, total))
    blind = (table["statement"] == SMALL) & ~table["witness"]
    table["doubt"] = table["doubt"].mask(blind, _joined(table["doubt"], NO_WITNESS))
    confirms = table["family"] == CONFIRMATORY
    seeds = table[["seeds", "reference_seeds"]].min(axis=1)
    share = total / max(confirms.sum(), 1)
    said, apart = table["statement"].to_numpy(), (table["difference"] / table["margin"]).to_numpy()
    fail = np.zeros(len(table), bool)
    for fell, count in ((table["fall"], seeds), (table["search_fall"], table["searches"])):
        fail |= failing.undone(said, apart, fell.to_numpy(), count.to_numpy(), share)
    table["doubt"] = table["doubt"].mask(confirms & fail, _joined(table["doubt"], FAILING))
    certain = confirms & (table["doubt"] == "")
    table["verdict"] = [worded(s, c) for s, c in zip(table["statement"], certain, strict=True)]
    table["seeds_needed"] = _seeds_needed(table, estimate, errors, total)
    return table[list(_COLUMNS)]


def _joined(doubts: pd.Series, another: str) -> pd.Series:
    return doubts.where(doubts == "", doubts + "; ") + another


def _write(table: pd.DataFrame, rows: Array, found: Verdicts) -> None:
    """A family's verdicts into the table, intervals in the task's unit."""
    places, margin = table.index[rows], table["margin"].to_numpy()[rows]
    table.loc[places, "statement"] = found.statement
    table.loc[places, "p"] = found.p
    table.loc[places, "low"] = found.low * margin
    table.loc[places, "high"] = found.high * margin


def _write_race(table: pd.DataFrame, rows: Array, raced: Mapping[str, TaskRace]) -> None:
    """Into the table how the race stands with its pairs, each at the runs of its last look."""
    pairs = table.iloc[rows][["task", "architecture"]].itertuples(index=False)
    there = [(raced[task].standing, raced[task].place(name)) for task, name in pairs]
    names = ("statement", "p", "low", "high")
    columns = (np.array([getattr(s.verdicts, name)[k] for s, k in there]) for name in names)
    _write(table, rows, Verdicts(*columns))
    table.loc[table.index[rows], "race"] = [s.state[k] for s, k in there]
    for place, (so_far, k) in zip(table.index[rows], there, strict=True):
        if so_far.looks[k]:
            table.loc[place, ["seeds", "reference_seeds"]] = so_far.seeds[k]
            table.loc[place, "difference"] = so_far.estimate[k] * table.loc[place, "margin"]


def _spent(table: pd.DataFrame, raced: Mapping[str, TaskRace]) -> Array:
    """The part of its error that each comparison may spend, whose sides a race has looked at."""
    sides = zip(table["task"], table["architecture"], table["reference"], strict=True)
    return np.array(
        [min(map(raced[task].spent, pair)) if task in raced else 1.0 for task, *pair in sides]
    )


def _seeds_needed(
    table: pd.DataFrame, estimate: Array, errors: Errors, total: float
) -> list[float]:
    """For each undecided pair, the seeds a side that decide it at its share of the error."""
    counts = table.groupby("family")["family"].transform("size")
    sample = np.nan_to_num(table["example_share"].to_numpy()) * errors.typical
    columns = (table["statement"], np.abs(estimate), errors.typical, sample, counts)
    seeds = table[["seeds", "reference_seeds"]].min(axis=1)
    return [
        power.seeds_to_decide(size, variance - luck, luck, int(n), total / count)
        if statement == UNKNOWN
        else np.nan
        for statement, size, variance, luck, count, n in zip(*columns, seeds, strict=True)
    ]


def against_lstm(found: pd.DataFrame, results: Results) -> pd.DataFrame:
    """The rows of :func:`verdicts` that compare with lstm at the leading way of matching."""
    return compared_with(REFERENCE, found, results)


def compared_with(name: str, found: pd.DataFrame, results: Results) -> pd.DataFrame:
    """The rows of :func:`verdicts` that compare with a cell at the leading way of matching."""
    return found[(found["reference"] == name) & (found["match"] == results.matches[0])]
