"""What a study's runs say, as tables. Differences are turned so that above 0 is better."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from gatewise.report import statistics
from gatewise.report.results import REFERENCE, Examples, Results, ordered

Pair: TypeAlias = tuple[str, str]
"""An architecture, and what it is compared with."""

Contrast: TypeAlias = Mapping[str, float]
"""A linear combination of architectures: the coefficient of each one's score."""

GATES: Mapping[str, str] = {"write": "input gate", "keep": "forget gate", "emit": "output gate"}
"""The gates of the LSTM's lattice, by role, in the papers' words."""

GRU_GATES: Mapping[str, str] = {"keep": "update gate", "reset": "reset gate"}

ABLATIONS: Mapping[str, str] = {"write": "NIG", "keep": "NFG", "emit": "NOG"}
"""The papers' names for the LSTM with that gate held open."""


class TaskRuns:
    """One task's final runs, and contrasts of its architectures at equal seeds.

    Args:
        runs: rows of ``runs.csv`` of one task and one way of matching.
        examples: what they scored on every test example, None where that is unknown.
        generator: draws seeds anew for the bootstrap.
    """

    def __init__(
        self, runs: pd.DataFrame, examples: Examples | None, generator: np.random.Generator
    ) -> None:
        table = runs.pivot(index="seed", columns="architecture", values="test_score")
        self.scores = {str(name): table[name].to_numpy(float) for name in table}
        """By architecture the score at each seed, NaN where it did not run."""
        self.examples, self.generator = examples, generator
        if examples is not None:
            places = runs["experiment"].map(dict(examples.places))
            table = runs.assign(place=places).pivot(
                index="seed", columns="architecture", values="place"
            )
            self.places = {str(n): table[n].fillna(-1).to_numpy(int) for n in table}

    def seeds(self, contrast: Iterable[str]) -> statistics.Array:
        """Which seeds have a run of every architecture of the contrast, as a mask."""
        ran: statistics.Array = ~np.isnan(sum(self.scores[name] for name in contrast))
        return ran

    def at(self, contrast: Contrast) -> statistics.Array:
        """The contrast's value at each of its seeds."""
        seeds = self.seeds(contrast)
        return _combined(contrast, lambda name: self.scores[name][seeds])

    def effect(self, contrast: Contrast) -> statistics.Effect:
        """The contrast over seeds, and over test examples where they are known."""
        if self.examples is None:
            return statistics.over_seeds(self.at(contrast))
        sums, seeds = self.examples.sums, self.seeds(contrast)
        return statistics.over_seeds_and_examples(
            _combined(contrast, lambda name: sums[self.places[name][seeds]]),
            self.examples.weights,
        )

    def bootstrap(self, contrast: Contrast, estimate: float) -> statistics.Interval:
        """Its bootstrap interval: of both together, or BCa over seeds alone."""
        seeds = self.seeds(contrast)
        if seeds.sum() < 2:
            return statistics.Interval(estimate, np.nan, np.nan)
        if self.examples is None:
            return statistics.bootstrap_interval(self.at(contrast), self.generator)
        every = self.examples.drawn
        drawn = _combined(contrast, lambda name: every[:, self.places[name][seeds]])
        return statistics.two_way_interval(drawn, self.generator, estimate)


def _combined(contrast: Contrast, values: Callable[[str], statistics.Array]) -> statistics.Array:
    """The contrast's sum of coefficient × values."""
    total: statistics.Array = np.add.reduce([c * values(n) for n, c in contrast.items()])
    return total


def scores(results: Results, generator: np.random.Generator) -> pd.DataFrame:
    """Mean test score of every task and architecture, with its interval.

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
    rows = {}
    for task, mine in results.main.groupby("task", sort=False):
        runs = TaskRuns(mine, results.examples.get(str(task)), generator)
        # No metric's score is below 0; one of which more is better ends at the perfect score.
        most = float(mine["perfect"].iloc[0]) if mine["higher_is_better"].iloc[0] else np.inf
        for name, values in runs.scores.items():
            found = statistics.within(statistics.interval(runs.effect({name: 1.0})), 0.0, most)
            middle = statistics.interquartile_mean(values[~np.isnan(values)])
            rows[task, name] = (*_bounds(found), middle)
    names = ["mean", "low", "high", "interquartile_mean"]
    known = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    table[names] = known.reindex(table.index)
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
    ``high`` bound its interval over seeds and, where example scores are known, test examples;
    ``example_share`` is the part of its variance that the test sample makes. Holm's correction
    runs over all rows of the table, once for the tests of difference and once for those of
    equivalence. ``seeds_needed`` is how many seeds in all would decide an undecided pair; bootstrap
    interval, Welch, Wilcoxon and the probability of improvement stand beside and decide nothing.
    """
    rows: list[dict[str, Any]] = []
    effects: list[statistics.Effect] = []
    for match in results.matches:
        for task, mine in results.matched(match).groupby("task", sort=False):
            runs = TaskRuns(mine, results.examples.get(str(task)), generator)
            diverged = set(mine.loc[mine["status"] == "diverged", "architecture"])
            sign = 1.0 if mine["higher_is_better"].iloc[0] else -1.0
            names = list(runs.scores)
            against_reference = [(n, REFERENCE) for n in ordered(names) if n != REFERENCE]
            for first, second in dict.fromkeys([*against_reference, *pairs]):
                contrast = {first: sign, second: -sign}
                if not {first, second} <= set(names) or not runs.seeds(contrast).any():
                    continue
                effects.append(runs.effect(contrast))
                drawn = runs.bootstrap(contrast, effects[-1].mean)
                one, other = (sign * runs.scores[n][runs.seeds(contrast)] for n in contrast)
                rows.append(
                    {
                        "task": task,
                        "match": match,
                        "architecture": first,
                        "reference": second,
                        "diverged": bool(diverged & {first, second}),
                        "margin": float(mine["margin"].iloc[0]),
                        "bootstrap_low": drawn.low,
                        "bootstrap_high": drawn.high,
                        "p_welch": statistics.welch_p(one, other),
                        "p_wilcoxon": statistics.wilcoxon_p(one - other),
                        "probability_of_improvement": statistics.probability_of_improvement(
                            one, other
                        ),
                    }
                )
    columns = (*_PLACE, *_BESIDE)
    table = pd.DataFrame(rows, columns=list(columns))
    judged = judge(effects, table["margin"].to_numpy(float), level)
    table = table.assign(**judged)
    table["seeds_needed"] = _seeds_needed(effects, table, 1 - level)
    return table[[*_PLACE, *judged, *_BESIDE, "seeds_needed"]]


_PLACE = ("task", "match", "architecture", "reference", "diverged", "margin")
_BESIDE = (
    *("bootstrap_low", "bootstrap_high", "p_welch", "p_wilcoxon"),
    "probability_of_improvement",
)


def judge(
    effects: Sequence[statistics.Effect],
    margins: statistics.Array,
    level: float = statistics.LEVEL,
) -> dict[str, Any]:
    """The columns that decide, of one family of paired differences: p values, Holm's, verdicts."""
    bounds = [_bounds(statistics.interval(effect, level)) for effect in effects]
    p = [statistics.difference_p(effect) for effect in effects]
    p_same = [statistics.equivalence_p(e, m) for e, m in zip(effects, margins, strict=True)]
    adjusted, adjusted_same = statistics.holm(p), statistics.holm(p_same)
    return {
        "seeds": [effect.seeds for effect in effects],
        "difference": [estimate for estimate, _, _ in bounds],
        "low": [low for _, low, _ in bounds],
        "high": [high for _, _, high in bounds],
        "example_share": [e.example_share if e.examples else np.nan for e in effects],
        "p": p,
        "p_equivalence": p_same,
        "p_holm": adjusted,
        "p_equivalence_holm": adjusted_same,
        "verdict": [
            statistics.verdict(e.mean, one, other, level)
            for e, one, other in zip(effects, adjusted, adjusted_same, strict=True)
        ],
    }


def _seeds_needed(
    effects: Sequence[statistics.Effect], table: pd.DataFrame, alpha: float
) -> list[float]:
    """For each undecided pair, the seeds that decide it at the level Holm leaves to the next."""
    left = {
        name: alpha / max(1, int((table[name].notna() & ~(table[name] < alpha)).sum()))
        for name in ("p_holm", "p_equivalence_holm")
    }
    return [
        statistics.seeds_to_decide(effect, row.margin, left["p_holm"], left["p_equivalence_holm"])
        if row.verdict == "undecided"
        else np.nan
        for effect, row in zip(effects, table.itertuples(), strict=True)
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


def beside(runs: pd.DataFrame, kind: str) -> list[tuple[str, str, float]]:
    """Name, metric and score of what stands beside one task's runs.

    Args:
        kind: ``baseline`` or ``published``.
    """
    found = []
    for column in runs.columns:
        if str(column).startswith(f"{kind}.") and runs[column].notna().any():
            name, _, metric = str(column).removeprefix(f"{kind}.").rpartition(" [")
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
    value over them, with interval (``low``, ``high``) and bootstrap interval, and ``add_one_in``
    stands beside ``leave_one_out``; else ``leave_one_out`` alone is known, with its interval. Both
    run over seeds and, where example scores are known, test examples; at least 2 seeds are needed.
    """
    rows = []
    for (lattice, task), names, runs, gap in _lattices(results, generator):
        gates = GATES if lattice == "lstm" else GRU_GATES
        everything = 2 ** len(gates) - 1
        whole = _whole(names, len(gates), runs)
        for k, (gate, called) in enumerate(gates.items()):
            row: dict[str, Any] = {"task": task, "lattice": lattice, "gate": called, "role": gate}
            if not {everything, everything ^ 1 << k} <= set(names):
                continue
            left_out = {names[everything]: 1 / gap, names[everything ^ 1 << k]: -1 / gap}
            effect = runs.effect(left_out)
            row |= {"leave_one_out": effect.mean, "shapley": np.nan, "add_one_in": np.nan}
            row |= {"bootstrap_low": np.nan, "bootstrap_high": np.nan}
            if whole:
                weights = statistics.shapley(np.eye(len(names)))[:, k]
                contrast = {names[c]: weights[c] / gap for c in range(len(names))}
                effect = runs.effect(contrast)
                drawn = runs.bootstrap(contrast, effect.mean)
                added = {names[1 << k]: 1 / gap, names[0]: -1 / gap}
                row |= {"shapley": effect.mean, "add_one_in": runs.effect(added).mean}
                row |= {"bootstrap_low": drawn.low, "bootstrap_high": drawn.high}
            _, low, high = _bounds(statistics.interval(effect))
            rows.append(row | {"seeds": effect.seeds, "low": low, "high": high})
    columns = "task lattice gate role seeds shapley low high bootstrap_low bootstrap_high"
    return pd.DataFrame(rows, columns=[*columns.split(), "leave_one_out", "add_one_in"])


def interactions(results: Results, generator: np.random.Generator) -> pd.DataFrame:
    """Shapley interaction index of each pair of gates, with its interval.

    Columns: task, lattice, gates, interaction, low, high, in share of skill; below 0 the two gates
    stand in for each other. Only where the whole lattice ran.
    """
    rows = []
    for (lattice, task), names, runs, gap in _lattices(results, generator):
        gates = list((GATES if lattice == "lstm" else GRU_GATES).values())
        if not _whole(names, len(gates), runs):
            continue
        for (g, h), weights in statistics.interactions(np.eye(len(names))).items():
            contrast = {names[c]: weights[c] / gap for c in range(len(names))}
            found = statistics.interval(runs.effect(contrast))
            rows.append((task, lattice, f"{gates[g]} and {gates[h]}", *_bounds(found)))
    columns = ["task", "lattice", "gates", "interaction", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _lattices(
    results: Results, generator: np.random.Generator
) -> Iterator[tuple[tuple[str, str], dict[int, str], TaskRuns, float]]:
    """For each lattice and task: the corners' names, the runs, and perfect - chance."""
    joined = results.main.merge(corners(results.main), on="architecture")
    for (lattice, task), group in joined.groupby(["lattice", "task"], sort=False):
        names = dict(zip(group["corner"], group["architecture"], strict=True))
        gap = float(group["perfect"].iloc[0] - group["chance"].iloc[0])
        runs = TaskRuns(group, results.examples.get(str(task)), generator)
        yield (str(lattice), str(task)), names, runs, gap


def _whole(names: Mapping[int, str], gates: int, runs: TaskRuns) -> bool:
    """Whether every corner ran, on a seed that all share."""
    return len(names) == 2**gates and bool(runs.seeds(names.values()).any())


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


def effort(results: Results) -> pd.DataFrame:
    """Best validation score against the number of trials, as a share of the skill.

    One order of trials is luck; so for each number k the mean over all samples of k of the trials
    is taken (Dodge et al. 2019, here without replacement; :func:`.statistics.best_of`).

    Returns:
        Columns task, architecture, trials, best; empty without a search.
    """
    rows = []
    for (task, name), trials in results.tuning.groupby(["task", "architecture"], sort=False):
        first = trials.iloc[0]
        skill = (trials["validation_score"] - first["chance"]) / (
            first["perfect"] - first["chance"]
        )
        found = statistics.best_of(skill.dropna().to_numpy())
        rows += [(task, name, k, best) for k, best in enumerate(found, 1)]
    return pd.DataFrame(rows, columns=["task", "architecture", "trials", "best"])


def settings(results: Results) -> pd.DataFrame:
    """What every task and architecture was trained at, one row for each way of matching.

    ``trials`` is how many the search made, ``validation_score`` the best of them, empty without a
    search. ``gatewise run --settings`` starts from this table.
    """
    place = ["task", "architecture"]
    searched = results.tuning.groupby(place).agg(
        trials=("seed", "size"),
        highest=("validation_score", "max"),
        lowest=("validation_score", "min"),
    )
    shown = results.final.drop_duplicates([*place, "match"]).join(searched, on=place)
    best = shown["highest"].where(shown["higher_is_better"], shown["lowest"])
    shown = shown.assign(trials=shown["trials"].fillna(0).astype(int), validation_score=best)
    tuned = ("learning_rate", "clip_norm", "dropout", "batch_size")
    columns = ("units", "parameters", "trials", "validation_score")
    names = ["task", "scale", "architecture", "match", *tuned, *columns]
    return shown[names].reset_index(drop=True)


DIALLED = (*ABLATIONS.values(), "lstm-bias0", "lstm-chrono", "vanilla")
"""What the dial's figure shows: the gates, the start of their biases, and no gate at all."""


def dial(results: Results, against: pd.DataFrame) -> pd.DataFrame:
    """Differences from lstm against the setting of the dial, as a share of the skill.

    Columns task, family, value, unit, architecture, difference, low, high, verdict; above 0 is
    better than lstm. Only families that ran at two settings or more.
    """
    facts = results.final.groupby("task", sort=False).first()
    rows = against[against["task"].isin(facts.index[facts["dial"] != ""])]
    rows = rows[rows["architecture"].isin(DIALLED)]
    known = facts.loc[rows["task"]]
    gap = (known["perfect"] - known["chance"]).abs().to_numpy()
    table = pd.DataFrame(
        {
            "task": rows["task"].to_numpy(),
            "family": known["dial"].to_numpy(),
            "value": known["dial_value"].to_numpy(float),
            "unit": known["dial_unit"].to_numpy(),
            "architecture": rows["architecture"].to_numpy(),
            **{name: rows[name].to_numpy() / gap for name in ("difference", "low", "high")},
            "verdict": rows["verdict"].to_numpy(),
        }
    )
    settings = table.groupby("family")["value"].transform("nunique")
    return table[settings > 1].sort_values(["family", "architecture", "value"], ignore_index=True)
