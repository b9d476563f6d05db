"""What a study's runs say, as tables. Differences are turned so that above 0 is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from report import statistics
from report.results import REFERENCE, Results, ordered

Pair = tuple[str, str]
"""An architecture, and what it is compared with."""

GATES: Mapping[str, str] = {"write": "input gate", "keep": "forget gate", "emit": "output gate"}
"""The gates of the LSTM's lattice, by role, in the papers' words."""

GRU_GATES: Mapping[str, str] = {"keep": "update gate", "reset": "reset gate"}

ABLATIONS: Mapping[str, str] = {"write": "NIG", "keep": "NFG", "emit": "NOG"}
"""The papers' names for the LSTM with that gate held open."""


def scores(results: Results) -> pd.DataFrame:
    """Mean test score of every task and architecture, with its interval over seeds.

    Columns: task, architecture, seeds, mean, low, high, interquartile_mean, skill, diverged, units,
    parameters, parameters_other, cpu_seconds, wall_seconds.
    """
    groups = results.main.groupby(["task", "architecture"], sort=False)
    table = groups.agg(
        seeds=("seed", "size"),
        skill=("skill", "mean"),
        units=("units", "first"),
        parameters=("parameters", "first"),
        parameters_other=("parameters_other", "first"),
        cpu_seconds=("cpu_seconds", "mean"),
        wall_seconds=("wall_seconds", "mean"),
        diverged=("status", lambda status: int((status == "diverged").sum())),
    )
    intervals = {
        key: (
            *_bounds(statistics.mean_interval(runs.to_numpy())),
            statistics.interquartile_mean(runs.to_numpy()),
        )
        for key, runs in groups["test_score"]
    }
    names = ["mean", "low", "high", "interquartile_mean"]
    found = pd.DataFrame.from_dict(intervals, orient="index", columns=names)
    table[names] = found.reindex(table.index)
    return table.reset_index()


def _bounds(interval: statistics.Interval) -> tuple[float, float, float]:
    return interval.estimate, interval.low, interval.high


def verdicts(
    results: Results,
    generator: np.random.Generator,
    pairs: Iterable[Pair] = (),
    level: float = statistics.LEVEL,
) -> pd.DataFrame:
    """Every architecture against lstm on every task, and further ``pairs``, paired by seed.

    ``difference`` is the mean improvement over ``reference`` in the task's unit; ``low`` and
    ``high`` bound its t interval. Holm's correction runs over all rows of the table, once for the
    tests of difference and once for those of equivalence. ``seeds_needed`` is how many seeds in all
    would decide an undecided pair; bootstrap interval, Welch, Wilcoxon and the probability of
    improvement stand beside and decide nothing.
    """
    rows = []
    for match in results.matches:
        for task, runs in results.matched(match).groupby("task", sort=False):
            table = runs.pivot(index="seed", columns="architecture", values="test_score")
            diverged = set(runs.loc[runs["status"] == "diverged", "architecture"])
            if not runs["higher_is_better"].iloc[0]:
                table = -table
            margin = float(runs["margin"].iloc[0])
            against_reference = [(n, REFERENCE) for n in ordered(table.columns) if n != REFERENCE]
            for first, second in dict.fromkeys([*against_reference, *pairs]):
                if first not in table or second not in table:
                    continue
                both = table[[first, second]].dropna()
                if len(both):
                    place = {"task": task, "match": match, "architecture": first}
                    place |= {"reference": second, "diverged": bool(diverged & {first, second})}
                    rows.append(place | _pair(both.to_numpy(), margin, generator, level))
    table = pd.DataFrame(rows, columns=rows[0].keys() if rows else [*_PLACE, *_pair_names()])
    table["p_holm"] = statistics.holm(table["p"].to_numpy())
    table["p_equivalence_holm"] = statistics.holm(table["p_equivalence"].to_numpy())
    table["verdict"] = [
        statistics.verdict(row.difference, row.p_holm, row.p_equivalence_holm, level)
        for row in table.itertuples()
    ]
    table["seeds_needed"] = _seeds_needed(table, 1 - level)
    return table.drop(columns="differences")


_PLACE = ("task", "match", "architecture", "reference", "diverged")


def _pair_names() -> list[str]:
    return list(_pair(np.zeros((1, 2)), 1.0, np.random.default_rng(0), statistics.LEVEL))


def _pair(
    both: statistics.Array, margin: float, generator: np.random.Generator, level: float
) -> dict[str, Any]:
    """The statistics of one pair from ``both [seeds, 2]``, more is better."""
    first, second = both.T
    differences = first - second
    interval = statistics.mean_interval(differences, level)
    drawn = statistics.bootstrap_interval(differences, generator, level=level)
    return {
        "seeds": len(differences),
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "margin": margin,
        "p": statistics.difference_p(differences),
        "p_equivalence": statistics.equivalence_p(differences, margin),
        "bootstrap_low": drawn.low,
        "bootstrap_high": drawn.high,
        "p_welch": statistics.welch_p(first, second),
        "p_wilcoxon": statistics.wilcoxon_p(differences),
        "probability_of_improvement": statistics.probability_of_improvement(first, second),
        "differences": differences,
    }


def _seeds_needed(table: pd.DataFrame, alpha: float) -> list[float]:
    """For each undecided pair, the seeds that decide it at the level Holm leaves to the next."""
    left = {
        name: alpha / max(1, int((table[name].notna() & ~(table[name] < alpha)).sum()))
        for name in ("p_holm", "p_equivalence_holm")
    }
    return [
        statistics.seeds_to_decide(
            row.differences, row.margin, left["p_holm"], left["p_equivalence_holm"]
        )
        if row.verdict == "undecided"
        else np.nan
        for row in table.itertuples()
    ]


def against_lstm(found: pd.DataFrame, results: Results) -> pd.DataFrame:
    """The rows of :func:`verdicts` that compare with lstm at the leading way of matching."""
    return found[(found["reference"] == REFERENCE) & (found["match"] == results.matches[0])]


def further_scores(runs: pd.DataFrame) -> pd.DataFrame:
    """Mean of every further test score of one task's runs; one row an architecture."""
    names = [n for n in runs.columns if n.startswith("test.") and runs[n].notna().any()]
    means = runs.groupby("architecture", sort=False)[names].mean()
    means = means.reindex(ordered(means.index))
    return means.rename(columns=lambda name: str(name).removeprefix("test."))


def baselines(runs: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Name, metric and score of every baseline of one task's runs."""
    found = []
    for column in runs.columns:
        if str(column).startswith("baseline.") and runs[column].notna().any():
            name, _, metric = str(column).removeprefix("baseline.").rpartition(" [")
            found.append((name, metric.rstrip("]"), float(runs[column].dropna().iloc[0])))
    return found


def curves(results: Results, task: str) -> pd.DataFrame:
    """Mean, lowest and highest validation score by architecture and epoch, while every seed ran."""
    wanted = results.main.loc[results.main["task"] == task, "experiment"]
    rows = results.curves[results.curves["experiment"].isin(wanted)]
    grouped = rows.groupby(["architecture", "epoch"], sort=False)["validation_score"]
    table = grouped.agg(["mean", "min", "max", "count"]).reset_index()
    most = table.groupby("architecture")["count"].transform("max")
    return table[table["count"] == most].sort_values(["architecture", "epoch"], ignore_index=True)


def corners(runs: pd.DataFrame) -> pd.DataFrame:
    """The corners of the two gate lattices among the architectures of ``runs``.

    The gate columns say which gates a cell has learned. Cells that differ otherwise (two layers,
    another activation) have the same gates, so that a corner must also carry the name that follows
    from its gates: ``lstm`` without its input and output gate is ``NIG-NOG``.

    Returns:
        Columns lattice (lstm or gru), corner (bit k set: gate k is learned) and architecture.
    """
    columns = [f"gate.{gate}" for gate in ("write", "keep", "emit", "reset")]
    if not set(columns) <= set(runs.columns):
        return pd.DataFrame(columns=["lattice", "corner", "architecture"])
    rows = []
    for row in runs.drop_duplicates("architecture")[["architecture", *columns]].itertuples():
        name, write, keep, emit, reset = row[1:]
        learned = {"write": write, "keep": keep, "emit": emit}
        missing = [ABLATIONS[gate] for gate, value in learned.items() if value == "open"]
        if set(learned.values()) <= {"learned", "open"} and name == ("-".join(missing) or "lstm"):
            rows.append(("lstm", _bits(v == "learned" for v in learned.values()), name))
        update, resets = keep == "learned", reset == "learned"
        called = "gru" + "-no-reset" * (not resets) + "-no-update" * (not update)
        if name == called:
            rows.append(("gru", _bits((update, resets)), name))
    return pd.DataFrame(rows, columns=["lattice", "corner", "architecture"])


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << k for k, flag in enumerate(flags) if flag)


def importance(results: Results, generator: np.random.Generator) -> pd.DataFrame:
    """What each gate is worth on each task, in share of the skill between chance and perfect.

    Where a task has all corners of a lattice at the same seeds, ``shapley`` is the gate's Shapley
    value over them, with t interval (``low``, ``high``) and bootstrap interval over seeds, and
    ``add_one_in`` stands beside ``leave_one_out``; else ``leave_one_out`` alone is known, with the
    t interval. At least 2 seeds are needed for an interval.
    """
    rows = []
    main = results.main
    known = corners(main)
    for (lattice, task), skill in _lattices(main, known):
        gates = GATES if lattice == "lstm" else GRU_GATES
        everything = 2 ** len(gates) - 1
        if everything not in skill:
            continue
        whole = _whole(skill, len(gates))
        values = None if whole is None else statistics.shapley(whole)
        for k, (gate, called) in enumerate(gates.items()):
            row = {"task": task, "lattice": lattice, "gate": called, "role": gate}
            if values is not None and whole is not None:
                interval = statistics.mean_interval(values[:, k])
                drawn = statistics.bootstrap_interval(values[:, k], generator)
                row |= {
                    "seeds": len(whole),
                    "shapley": interval.estimate,
                    "low": interval.low,
                    "high": interval.high,
                    "bootstrap_low": drawn.low,
                    "bootstrap_high": drawn.high,
                    "leave_one_out": statistics.leave_one_out(whole)[:, k].mean(),
                    "add_one_in": statistics.add_one_in(whole)[:, k].mean(),
                }
            elif everything ^ 1 << k in skill:
                pair = skill[[everything, everything ^ 1 << k]].dropna()
                interval = statistics.mean_interval((pair.iloc[:, 0] - pair.iloc[:, 1]).to_numpy())
                row |= {"seeds": len(pair), "leave_one_out": interval.estimate}
                row |= {"shapley": np.nan, "low": interval.low, "high": interval.high}
                row |= dict.fromkeys(("bootstrap_low", "bootstrap_high", "add_one_in"), np.nan)
            else:
                continue
            rows.append(row)
    names = "task lattice gate role seeds shapley low high bootstrap_low bootstrap_high"
    return pd.DataFrame(rows, columns=[*names.split(), "leave_one_out", "add_one_in"])


def interactions(results: Results) -> pd.DataFrame:
    """Shapley interaction index of each pair of gates, with t interval over seeds.

    Columns: task, lattice, gates, interaction, low, high, in share of skill; below 0 the two gates
    stand in for each other. Only where the whole lattice ran.
    """
    rows = []
    for (lattice, task), skill in _lattices(results.main, corners(results.main)):
        gates = list((GATES if lattice == "lstm" else GRU_GATES).values())
        whole = _whole(skill, len(gates))
        if whole is None:
            continue
        for (g, h), values in statistics.interactions(whole).items():
            pair = f"{gates[g]} and {gates[h]}"
            rows.append((task, lattice, pair, *_bounds(statistics.mean_interval(values))))
    names = ["task", "lattice", "gates", "interaction", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def _lattices(runs: pd.DataFrame, known: pd.DataFrame) -> Iterable[tuple[Any, pd.DataFrame]]:
    """For each lattice and task the skill, ``[seeds, corners]``."""
    joined = runs.merge(known, on="architecture")
    for key, group in joined.groupby(["lattice", "task"], sort=False):
        yield key, group.pivot(index="seed", columns="corner", values="skill")


def _whole(skill: pd.DataFrame, gates: int) -> statistics.Array | None:
    """``[seeds, 2^gates]`` at the seeds that have every corner, or None."""
    if skill.shape[1] < 2**gates:
        return None
    table = skill.sort_index(axis="columns").dropna()
    return table.to_numpy() if len(table) else None


def best_trials(
    results: Results, share: float = 0.1, level: float = statistics.LEVEL
) -> pd.DataFrame:
    """The published protocol: Welch's test on each architecture's best tenth of its trials.

    Greff et al. 2017 compare the best 10% of the trials of the search itself, which selects and
    tests on the same runs and corrects for nothing. Here by validation score.

    Returns:
        Columns task, architecture, trials, difference, p, verdict; empty without a search.
    """
    rows = []
    for task, trials in results.tuning.groupby("task", sort=False):
        sign = 1.0 if trials["higher_is_better"].iloc[0] else -1.0
        best = {
            str(name): np.sort(sign * runs.dropna().to_numpy())[::-1]
            for name, runs in trials.groupby("architecture", sort=False)["validation_score"]
        }
        best = {n: v[: max(2, round(share * len(v)))] for n, v in best.items() if len(v) >= 2}
        for name in ordered(best):
            if name == REFERENCE or REFERENCE not in best:
                continue
            difference = float(best[name].mean() - best[REFERENCE].mean())
            p = statistics.welch_p(best[name], best[REFERENCE])
            said = statistics.verdict(difference, p, 1.0, level)
            rows.append((task, name, len(best[name]), difference, p, said))
    return pd.DataFrame(
        rows, columns=["task", "architecture", "trials", "difference", "p", "verdict"]
    )
