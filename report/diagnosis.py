"""Why a gate matters: what ``gatewise diagnose`` found, as tables and figures.

Everything comes from ``diagnostics/EXPERIMENT.json`` of a study's folder, whose fields
:data:`.columns.DIAGNOSTICS` describes. Files are checked before anything is drawn.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatewise.benchmark.records import columns
from gatewise.report import statistics
from gatewise.report.figures import BAND, QUIET, Figure, _canvas, _legend, _looks, slug, svg
from gatewise.report.results import REFERENCE, Results, UnreadableResults, ordered
from gatewise.report.tables import ABLATIONS, GATES, GRU_GATES

GATE_NAMES = ("write", "keep", "emit", "reset")
STATES = ("h", "c")
CALLED: Mapping[str, str] = {
    "write": "write gate (LSTM: input gate)",
    "keep": "keep gate (forget, update gate)",
    "emit": "emit gate (LSTM: output gate)",
    "reset": "reset gate",
}
"""Each gate by role, and as the papers call it."""
GRU_ABLATIONS: Mapping[str, str] = {"keep": "gru-no-update", "reset": "gru-no-reset"}
RARE = 0.05
"""Share of saturated values below which a title speaks of none."""
LOWEST = 1e-9
"""Share of the gradient below which no figure goes."""

Data = dict[str, Any]


# --- Reading ---------------------------------------------------------------------------------

_LAGS = [float | None]
_SCHEMA: Data = {
    **dict.fromkeys(("experiment", "task", "architecture", "scale"), str),
    **dict.fromkeys(("seed", "examples", "steps"), int),
    "match": str,
    **dict.fromkeys(("recorded", "score"), float),
    "gates": {
        GATE_NAMES: {
            **dict.fromkeys(("mean", "left", "right"), float),
            **{n: [float] for n in ("histogram", "by_step", "left_by_unit", "right_by_unit")},
        }
    },
    "gradient": {
        STATES: {"norms": _LAGS, "examples": [int], "slopes": _LAGS, "rate": float | None}
    },
    "horizon": {"lags": [int], "change": _LAGS, "horizon": int | None},
    "lesions": [{"gate": GATE_NAMES, "at": columns.HELD, "score": float}],
}
_PREDICTED = {"radius": float, "norm": float, "samples": int}


@dataclass(frozen=True)
class Diagnoses:
    """Diagnosed runs as tables; each has the columns task and architecture, and its own.

    runs:
        experiment, seed, match, score, recorded, examples, steps, horizon (NaN: none), furthest
        (the last lag measured), radius and norm (predicted rates a step; NaN: none).
    gates:
        gate, mean, left, right.
    units, bins, steps:
        Of each gate left and right by unit; share by bin (``middle`` of the bin); mean by step.
    gradients, rates:
        Of each state (h, c) norm and examples by lag; rate and the examples' slopes, ``low`` and
        ``high`` of the rate's 95% interval over examples.
    changes:
        lag, change (share of that at the first lag).
    lesions:
        gate, at, score.
    """

    runs: pd.DataFrame
    gates: pd.DataFrame
    units: pd.DataFrame
    bins: pd.DataFrame
    steps: pd.DataFrame
    gradients: pd.DataFrame
    rates: pd.DataFrame
    changes: pd.DataFrame
    lesions: pd.DataFrame

    def of_task(self, task: str) -> Diagnoses:
        """The part about one task."""
        tables = {name: table[table["task"] == task] for name, table in vars(self).items()}
        return Diagnoses(**tables)


def read(folder: Path, runs: pd.DataFrame) -> Diagnoses:
    """What the study's folder holds of its ``runs``; of each pair the lowest seed.

    Raises:
        UnreadableResults: a file is damaged or not ours.
    """
    paths = [folder / "diagnostics" / f"{name}.json" for name in runs["experiment"]]
    found = of(path for path in paths if path.is_file())
    chosen = found.runs.sort_values("seed").drop_duplicates(["task", "architecture"])
    if len(chosen) == len(found.runs):
        return found
    return of(folder / "diagnostics" / f"{name}.json" for name in chosen["experiment"])


def of(paths: Iterable[Path]) -> Diagnoses:
    """The tables of these files.

    Raises:
        UnreadableResults: one is damaged or not ours.
    """
    return _tables([_load(path) for path in paths])


def _load(path: Path) -> Data:
    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no number")

    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
        if not isinstance(data, dict):
            raise ValueError("it is no object")
        _check(data, _SCHEMA, "")
        if data.get("predicted") is not None:
            _check(data["predicted"], _PREDICTED, "predicted")
        if data["experiment"] != path.stem:
            raise ValueError(f"it is of experiment {data['experiment']!r}")
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableResults(
            f"{path}: no diagnosis ({error}); write it again with `gatewise diagnose --anew`"
        ) from None
    return data


def _check(value: Any, expected: Any, where: str) -> None:
    """Raise ValueError where a value is not as expected.

    Expected is a type, a tuple of allowed texts, a list of one kind, an object with these fields,
    or an object whose names are among a tuple of texts.
    """
    if isinstance(expected, tuple):
        fits = value in expected
    elif isinstance(expected, list):
        fits = isinstance(value, list)
        for k, part in enumerate(value if fits else []):
            _check(part, expected[0], f"{where}[{k}]")
    elif isinstance(expected, dict):
        fits = isinstance(value, dict)
        for name, kind in expected.items() if fits else ():
            if isinstance(name, tuple):
                for key, part in value.items():
                    _check(key, name, f"{where} name")
                    _check(part, kind, f"{where}.{key}")
            elif name not in value:
                raise ValueError(f"field {f'{where}.{name}'.lstrip('.')!r} is missing")
            else:
                _check(value[name], kind, f"{where}.{name}".lstrip("."))
    else:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        wide = expected in (float, float | None)
        fits = isinstance(value, expected) or (wide and number)
        fits = fits and not isinstance(value, bool) and (not number or math.isfinite(value))
    if not fits:
        raise ValueError(f"field {where!r} has {str(value)[:40]!r}")


def _tables(records: Sequence[Data]) -> Diagnoses:
    rows: dict[str, list[Data]] = {name: [] for name in Diagnoses.__dataclass_fields__}
    for r in records:
        key = {"task": r["task"], "architecture": r["architecture"]}
        horizon, predicted = r["horizon"], r.get("predicted") or {}
        plain = ("experiment", "seed", "match", "score", "recorded", "examples")
        changes = _aligned(horizon, "lags", "change")
        first = next((c for _, c in changes if c), math.nan)
        measured = [lag for lag, c in changes if c is not None]
        rows["runs"].append(
            key
            | {name: r[name] for name in plain}
            | {"horizon": _number(horizon["horizon"]), "furthest": max(measured, default=0)}
            | {name: _number(predicted.get(name)) for name in ("radius", "norm")}
        )
        rows["changes"] += [key | {"lag": lag, "change": _number(c) / first} for lag, c in changes]
        for gate, use in r["gates"].items():
            mine = key | {"gate": gate}
            rows["gates"].append(mine | {name: use[name] for name in ("mean", "left", "right")})
            units = _aligned(use, "left_by_unit", "right_by_unit")
            rows["units"] += [
                mine | {"unit": k, "left": left, "right": right}
                for k, (left, right) in enumerate(units)
            ]
            width = 1 / max(len(use["histogram"]), 1)
            rows["bins"] += [
                mine | {"middle": (k + 0.5) * width, "share": share}
                for k, share in enumerate(use["histogram"])
            ]
            rows["steps"] += [mine | {"step": t, "mean": m} for t, m in enumerate(use["by_step"])]
        for state, flow in r["gradient"].items():
            mine = key | {"state": state}
            norms = enumerate(_aligned(flow, "norms", "examples"))
            rows["gradients"] += [
                mine | {"lag": lag, "norm": _number(norm), "examples": count}
                for lag, (norm, count) in norms
            ]
            slopes = np.array([_number(s) for s in flow["slopes"]])
            low, high = _interval(slopes[np.isfinite(slopes)])
            rows["rates"].append(
                mine
                | {"rate": _number(flow["rate"]), "low": math.exp(low), "high": math.exp(high)}
                | {"slopes": slopes}
            )
        rows["lesions"] += [key | held for held in r["lesions"]]
    return Diagnoses(**{name: pd.DataFrame(rows[name], columns=_COLUMNS[name]) for name in rows})


_OF_GATE = ["task", "architecture", "gate"]
_OF_STATE = ["task", "architecture", "state"]
_COLUMNS = {
    "runs": [
        *("task", "architecture", "experiment", "seed", "match", "score", "recorded", "examples"),
        *("horizon", "furthest", "radius", "norm"),
    ],
    "gates": [*_OF_GATE, "mean", "left", "right"],
    "units": [*_OF_GATE, "unit", "left", "right"],
    "bins": [*_OF_GATE, "middle", "share"],
    "steps": [*_OF_GATE, "step", "mean"],
    "gradients": [*_OF_STATE, "lag", "norm", "examples"],
    "rates": [*_OF_STATE, "rate", "low", "high", "slopes"],
    "changes": ["task", "architecture", "lag", "change"],
    "lesions": [*_OF_GATE, "at", "score"],
}


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _aligned(record: Data, first: str, second: str) -> list[tuple[Any, Any]]:
    a, b = record[first], record[second]
    if len(a) != len(b):
        raise UnreadableResults(
            f"diagnosis with {len(a)} numbers in {first!r} and {len(b)} in {second!r}; "
            "allowed are as many"
        )
    return list(zip(a, b, strict=True))


def _interval(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """95% interval of a mean by Student's t; NaN of fewer than two."""
    if len(values) < 2:
        return math.nan, math.nan
    from scipy.stats import t

    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    reach = float(t.ppf((1 + statistics.LEVEL) / 2, len(values) - 1)) * error
    return float(values.mean()) - reach, float(values.mean()) + reach


# --- Tables ----------------------------------------------------------------------------------


def summary(found: Diagnoses) -> pd.DataFrame:
    """One row a run in words, for the command line."""
    h = found.rates[found.rates["state"] == "h"].set_index(["task", "architecture"])["rate"]
    return pd.DataFrame(
        {
            "task": run.task,
            "architecture": run.architecture,
            "validation": f"{run.score:.4f}",
            "gradient a step": f"{h.get((run.task, run.architecture), math.nan):.3f}",
            "predicted": f"{run.radius:.3f}",
            "memory, steps": reach(run.horizon, run.furthest),
        }
        for run in found.runs.itertuples()
    )


def gates_summary(found: Diagnoses) -> pd.DataFrame:
    """One row a gate in words, for the command line."""
    scores = found.lesions.set_index([*_OF_GATE, "at"])["score"]
    scores = scores[~scores.index.duplicated()]
    rows = []
    for use in found.gates.itertuples():
        place = (use.task, use.architecture, use.gate)
        held = {f"held at {at}": scores.get((*place, at), math.nan) for at in columns.HELD}
        rows.append(
            {
                **dict(zip(_OF_GATE, place, strict=True)),
                "mean": f"{use.mean:.2f}",
                f"below {columns.SHUT:g}": f"{use.left:.0%}",
                f"above {columns.OPEN:g}": f"{use.right:.0%}",
                **{n: "–" if math.isnan(s) else f"{s:.4f}" for n, s in held.items()},
            }
        )
    return pd.DataFrame(rows)


def reach(horizon: float, furthest: float) -> str:
    """A memory horizon in steps; one beyond what was measured as such."""
    return f"over {furthest:g}" if math.isnan(horizon) else f"{horizon:g}"


def learn_or_work(found: Diagnoses, validation: pd.Series) -> pd.DataFrame:
    """What a gate is needed for, gate by gate of the LSTM and the GRU on one task.

    Args:
        found: diagnoses of one task.
        validation: validation score of each architecture, at the diagnosed runs' seed.

    Returns:
        Columns architecture, gate (its name in the papers), intact, mean, 0, 1 (validation score
        with the trained gate held), without (of the network trained without the gate; NaN where it
        did not run) and ablation (its name).
    """
    rows = []
    for run in found.runs.itertuples():
        mine = found.lesions[found.lesions["architecture"] == run.architecture]
        gates = list(dict.fromkeys(mine["gate"]))
        for gate, held in mine.groupby("gate", sort=False):
            called, ablation = _without(str(run.architecture), gates, str(gate))
            scores = held.set_index("at")["score"].reindex(columns.HELD)
            rows.append(
                {
                    "architecture": run.architecture,
                    "gate": called,
                    "intact": run.score,
                    **scores.to_dict(),
                    "without": float(validation.get(ablation, math.nan)),
                    "ablation": ablation,
                }
            )
    names = ["architecture", "gate", "intact", *columns.HELD, "without", "ablation"]
    return _in_order(pd.DataFrame(rows, columns=names))


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by architecture, the reference first."""
    order = {name: k for k, name in enumerate(ordered(table["architecture"]))}
    return table.sort_values("architecture", key=lambda n: n.map(order), kind="stable")


def _without(architecture: str, gates: Sequence[str], gate: str) -> tuple[str, str]:
    """A gate's name in the papers, and the architecture that lacks it too; empty if unknown."""
    if architecture == "gru":
        return GRU_GATES[gate], GRU_ABLATIONS[gate]
    learned = [g for g in GATES if g in gates]
    missing = "-".join(ABLATIONS[g] for g in GATES if g not in learned)
    if gate not in learned or architecture != (missing or REFERENCE):
        return f"{gate} gate", ""
    return GATES[gate], "-".join(ABLATIONS[g] for g in GATES if g not in learned or g == gate)


def decay(found: Diagnoses) -> pd.DataFrame:
    """One row a run: the gradient's measured and predicted rate a step, and the memory horizon.

    Returns:
        Columns architecture, rate, low, high (of h), memory_rate (of c; NaN: none), radius, norm
        (predicted), memory (in words).
    """
    rates = found.rates.set_index(["state", "architecture"])
    rows = []
    for run in found.runs.itertuples():
        h = rates.loc[("h", run.architecture)]
        c = ("c", run.architecture)
        rows.append(
            {
                "architecture": run.architecture,
                **{name: float(h[name]) for name in ("rate", "low", "high")},
                "memory_rate": float(rates.loc[c]["rate"]) if c in rates.index else math.nan,
                **{name: getattr(run, name) for name in ("radius", "norm")},
                "memory": reach(run.horizon, run.furthest),
            }
        )
    names = "architecture rate low high memory_rate radius norm memory"
    return _in_order(pd.DataFrame(rows, columns=names.split()))


def slower_decay(found: Diagnoses, gated: str, plain: str) -> pd.DataFrame:
    """How much more slowly the gradient falls in a gated cell's memory than in a plain one's h.

    Both were asked about the same examples, so their slopes are paired. The memory is c, or h
    where there is no c.

    Returns:
        Columns task, difference, low, high (of the slopes of log norms, gated minus plain; above 0
        the gated one falls more slowly), falls_low and falls_high (interval of plain's slope).
    """
    rows = []
    # c comes after h, so that it is what remains.
    slopes = {(r.task, r.architecture): r.slopes for r in found.rates.itertuples()}
    for task in dict.fromkeys(found.runs["task"]):
        if (task, gated) not in slopes or (task, plain) not in slopes:
            continue
        a, b = slopes[task, gated], slopes[task, plain]
        if len(a) != len(b):
            continue
        both = np.isfinite(a) & np.isfinite(b)
        low, high = _interval(a[both] - b[both])
        falls_low, falls_high = _interval(b[both])
        difference = float((a - b)[both].mean()) if both.any() else math.nan
        rows.append((task, difference, low, high, falls_low, falls_high))
    names = ["task", "difference", "low", "high", "falls_low", "falls_high"]
    return pd.DataFrame(rows, columns=names)


# --- Figures ---------------------------------------------------------------------------------


def gate_use(task: str, found: Diagnoses) -> Figure:
    """Saturation of each unit's gates, their histogram, and their mean by step; a column a gate."""
    gates = [g for g in GATE_NAMES if (found.gates["gate"] == g).any()]
    names = ordered(found.gates["architecture"])
    looks = _styles(names)
    title = f"{task}: {_found_use(found)}"
    handles: dict[str, Any] = {}
    with _canvas(9.2, 7.4, title, 3 * len(gates), len(gates)) as (canvas, panels):
        panels = np.reshape(panels, (3, len(gates)))
        for column, gate in enumerate(gates):
            scatter, bars, course = panels[:, column]
            scatter.set_title(CALLED[gate])
            scatter.plot([0, 1], [1, 0], color=BAND, linewidth=1)
            for name in names:
                mine = {
                    part: table[(table["gate"] == gate) & (table["architecture"] == name)]
                    for part, table in vars(found).items()
                    if "gate" in table
                }
                if mine["gates"].empty:
                    continue
                look, units = looks[name], mine["units"]
                (handles[name],) = scatter.plot([], [], markersize=4.5, **look)
                scatter.plot(
                    units["right"], units["left"], look["marker"], color=look["color"],
                    markersize=4.5, alpha=0.6, markeredgewidth=0, linestyle="none",
                )  # fmt: skip
                line = {"color": look["color"], "linestyle": look["linestyle"], "linewidth": 1.4}
                bars.plot(mine["bins"]["middle"], 100 * mine["bins"]["share"], **line)
                course.plot(mine["steps"]["step"] + 1, mine["steps"]["mean"], **line)
            for axes in (scatter, course):
                axes.set_ylim(-0.03, 1.03)
            scatter.set_xlim(-0.03, 1.03)
            scatter.set_xlabel(f"share of steps above {columns.OPEN:g}", fontsize=8.5)
            bars.set_xlabel("value of the gate", fontsize=8.5)
            bars.set_ylim(bottom=0)
            course.set_xlabel("step", fontsize=8.5)
            course.xaxis.get_major_locator().set_params(integer=True)
        for axes, label in zip(
            panels[:, 0],
            (f"share of steps below {columns.SHUT:g}", "% of values", "mean of the gate"),
            strict=True,
        ):
            axes.set_ylabel(label)
        _legend(canvas, handles, names)
        said = "; ".join(
            f"{r.architecture} {r.gate}: mean {r.mean:.2f}, {r.left:.0%} below {columns.SHUT:g}, "
            f"{r.right:.0%} above {columns.OPEN:g}"
            for r in found.gates.itertuples()
        )
        alt = f"Use of gates: saturation of each unit, histogram, mean by step. {title}. {said}."
        return Figure(f"{slug(task)}-gates", title, alt, svg(canvas), found.units)


def _found_use(found: Diagnoses) -> str:
    """How lstm, or whoever comes first, uses the gate that it saturates most."""
    name = ordered(found.gates["architecture"])[0]
    mine = found.gates[found.gates["architecture"] == name]
    row = mine.loc[(mine["left"] + mine["right"]).idxmax()]
    if row["left"] + row["right"] < RARE:
        return f"no gate of {name} saturates at {RARE:.0%} of its values or more"
    return (
        f"the {row['gate']} gate of {name} saturates most: open (above {columns.OPEN:g}) at "
        f"{row['right']:.0%} of its values, shut (below {columns.SHUT:g}) at {row['left']:.0%}"
    )


def gradients(task: str, found: Diagnoses) -> Figure:
    """Norm of the loss's gradient against the lag on a logarithmic scale, a panel for h and c.

    Thin: the fitted geometric rate; dotted: the one that the step's Jacobian predicts for the
    vanilla cell.
    """
    states = [s for s in STATES if (found.gradients["state"] == s).any()]
    names = ordered(found.runs["architecture"])
    looks = _styles(names)
    rates = decay(found).set_index("architecture")
    title = f"{task}: {_found_decay(rates)}"
    shown = found.gradients[found.gradients["norm"] > 0]
    floor = max(LOWEST, float(shown["norm"].min()) / 3) if len(shown) else LOWEST
    handles: dict[str, Any] = {}
    with _canvas(8.6, 4.0, title, len(states), len(states)) as (canvas, panels):
        for state, axes in zip(states, np.ravel(panels), strict=True):
            for name in names:
                rows = shown[(shown["state"] == state) & (shown["architecture"] == name)]
                if rows.empty:
                    continue
                look = looks[name]
                (handles[name],) = axes.plot(rows["lag"], rows["norm"], markersize=3.5, **look)
                _fits(axes, found, name, state, rows, look["color"], float(rates.radius[name]))
            _logarithmic(axes, floor, 2 * max([1.0, *shown["norm"]]))
            note = "; dotted: predicted, vanilla" if state == "h" else ""
            axes.set_xlabel(
                f"lag, steps before the loss is read\n(thin: fitted{note})", fontsize=8.5
            )
            axes.xaxis.get_major_locator().set_params(integer=True)
            what = {"h": "output h", "c": "memory c"}[state]
            axes.set_title(f"gradient of the {what}")
        np.ravel(panels)[0].set_ylabel("norm, times that at lag 0", fontsize=8.5)
        _legend(canvas, handles, names)
        said = "; ".join(
            f"{r.Index}: measured {r.rate:.3f} a step ({r.low:.3f} to {r.high:.3f}), predicted "
            f"{r.radius:.3f}"
            for r in rates.itertuples()
        )
        alt = f"Norm of the gradient against the lag. {title}. {said}."
        return Figure(f"{slug(task)}-gradients", title, alt, svg(canvas), found.gradients)


def _fits(
    axes: Any, found: Diagnoses, name: str, state: str, rows: pd.DataFrame, colour: str, rho: float
) -> None:
    """The fitted line through the middle of the curve; of the vanilla cell the predicted one."""
    rates = found.rates[(found.rates["architecture"] == name) & (found.rates["state"] == state)]
    lags, norms = rows["lag"].to_numpy(float), rows["norm"].to_numpy(float)
    rate = float(rates["rate"].iloc[0])
    if math.isfinite(rate) and rate > 0 and len(lags) > 2:
        middle, level = lags[1:].mean(), float(np.log(norms[1:]).mean())
        fit = np.exp(level + (lags[1:] - middle) * math.log(rate))
        axes.plot(lags[1:], fit, color=colour, linewidth=0.7, zorder=1)
    if name == "vanilla" and math.isfinite(rho) and rho > 0 and len(lags) > 2:
        # From lag 1, as the fit: on the way to lag 1 the error also passes the readout.
        axes.plot(
            lags[1:],
            norms[1] * rho ** (lags[1:] - lags[1]),
            color=colour,
            linewidth=1.2,
            linestyle=":",
            zorder=1,
        )


def _found_decay(rates: pd.DataFrame) -> str:
    """What a step back multiplies the gradient by, in the vanilla cell and in lstm."""
    shown = [n for n in ("vanilla", REFERENCE) if n in rates.index] or list(rates.index[:2])
    said = " and ".join(f"{rates.rate[name]:.2f} in {name}" for name in shown)
    return f"a step further back multiplies the gradient of h by {said}"


def horizons(task: str, found: Diagnoses) -> Figure:
    """How much the output changes when an input so far back is another one; one line a run."""
    names = ordered(found.runs["architecture"])
    looks = _styles(names)
    runs = found.runs.set_index("architecture")
    shown = [n for n in (REFERENCE, "vanilla") if n in runs.index] or names[:2]
    said = ", ".join(f"{reach(runs.horizon[n], runs.furthest[n])} in {n}" for n in shown)
    title = f"{task}: for how many steps an input matters: {said}"
    handles: dict[str, Any] = {}
    with _canvas(7.4, 3.8, title) as (canvas, axes):
        drawn = found.changes.dropna(subset=["change"])
        drawn = drawn[drawn["change"] > 0]
        for name in names:
            rows = drawn[drawn["architecture"] == name]
            (handles[name],) = axes.plot(rows["lag"], rows["change"], markersize=4, **looks[name])
        axes.axhline(columns.FORGOTTEN, color=QUIET, linewidth=1, linestyle=":")
        axes.annotate(
            f"{columns.FORGOTTEN:.0%}: forgotten",
            (0.005, columns.FORGOTTEN),
            xycoords=("axes fraction", "data"),
            va="bottom", fontsize=8, color=QUIET,
        )  # fmt: skip
        low = float(drawn["change"].min()) / 2 if len(drawn) else columns.FORGOTTEN
        high = float(drawn["change"].max()) * 2 if len(drawn) else 1.0
        _logarithmic(axes, max(min(low, columns.FORGOTTEN / 2), 1e-5), high)
        axes.set_xlabel("lag, steps between the changed input and the output", fontsize=8.5)
        axes.set_ylabel("mean |change of output|, times that at lag 0", fontsize=8.5)
        axes.xaxis.get_major_locator().set_params(integer=True)
        _legend(canvas, handles, names)
        steps = "; ".join(
            f"{r.architecture}: {reach(r.horizon, r.furthest)} steps"
            for r in found.runs.itertuples()
        )
        alt = f"Memory horizon. {title}. {steps}."
        return Figure(f"{slug(task)}-horizon", title, alt, svg(canvas), found.changes)


def _logarithmic(axes: Any, low: float, high: float) -> None:
    """A logarithmic axis whose labels are plain numbers: formulas are not drawn."""
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    # Over little more than a decade powers of ten alone would leave an axis without numbers.
    steps = "25" if high / low < 50 else ""
    axes.yaxis.set_minor_formatter(
        lambda value, _: f"{value:g}" if f"{value:.0e}"[0] in steps else ""
    )


def _styles(names: Sequence[str]) -> dict[str, Any]:
    return dict(zip(names, islice(_looks(), len(names)), strict=True))


# --- What the document shows -----------------------------------------------------------------


@dataclass(frozen=True)
class Why:
    """What a task's page says of why: figures, and the tables :func:`decay` and
    :func:`learn_or_work`."""

    figures: tuple[Figure, ...]
    decay: pd.DataFrame
    lesions: pd.DataFrame
    examples: int
    seed: int
    again: tuple[str, ...]
    """Architectures whose weights, trained again, do not score as the run did."""


def sections(found: Diagnoses, results: Results, task: str) -> Why | None:
    """What the document shows of a task's diagnosed runs; None where there are none."""
    mine = found.of_task(task)
    if mine.runs.empty:
        return None
    seed = int(mine.runs["seed"].min())
    runs = results.main[(results.main["task"] == task) & (results.main["seed"] == seed)]
    validation = runs.set_index("architecture")["validation_score"]
    drawn = [gradients(task, mine), horizons(task, mine)]
    if len(mine.gates):
        drawn.insert(0, gate_use(task, mine))
    differing = ~np.isclose(mine.runs["score"], mine.runs["recorded"], rtol=1e-4)
    return Why(
        figures=tuple(drawn),
        decay=decay(mine),
        lesions=learn_or_work(mine, validation),
        examples=int(mine.runs["examples"].max()),
        seed=seed,
        again=tuple(mine.runs["architecture"][differing]),
    )
