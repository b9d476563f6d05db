"""What trained runs do with their gates, as tables: see :mod:`.diagnoses`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from gatewise.benchmark.records import fields
from gatewise.report.names import GATES, GRU_ABLATIONS, GRU_GATES, ablated, ordered
from gatewise.report.reading.diagnoses import Diagnoses
from gatewise.report.statistics.effects import mean_interval

PLACE = ("task", "architecture", "gate")


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
    scores = found.lesions.set_index([*PLACE, "at"])["score"]
    scores = scores[~scores.index.duplicated()]
    rows = []
    for use in found.gates.itertuples():
        place = (use.task, use.architecture, use.gate)
        held = {f"held at {at}": scores.get((*place, at), math.nan) for at in fields.HELD}
        rows.append(
            {
                **dict(zip(PLACE, place, strict=True)),
                "mean": f"{use.mean:.2f}",
                f"below {fields.SHUT:g}": f"{use.left:.0%}",
                f"above {fields.OPEN:g}": f"{use.right:.0%}",
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
            scores = held.set_index("at")["score"].reindex(fields.HELD)
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
    names = ["architecture", "gate", "intact", *fields.HELD, "without", "ablation"]
    return _in_order(pd.DataFrame(rows, columns=names))


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Rows by architecture, the reference first."""
    order = {name: k for k, name in enumerate(ordered(table["architecture"]))}
    return table.sort_values("architecture", key=lambda n: n.map(order), kind="stable")


def _without(architecture: str, gates: Sequence[str], gate: str) -> tuple[str, str]:
    """A gate's name in the papers, and the architecture that lacks it too; empty if unknown."""
    if architecture == "gru":
        return GRU_GATES[gate], GRU_ABLATIONS[gate]
    removed = set(GATES) - set(gates)
    if gate not in GATES or architecture != ablated(removed):
        return f"{gate} gate", ""
    return GATES[gate], ablated(removed | {gate})


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

    Paired by seed, at initialisation and after training. The memory is c, or h where there is no c.

    Returns:
        Columns task, moment (``start`` or ``rate``), seeds, difference, low, high (of the
        logarithms of the factor a step, gated minus plain; above 0 the gated one falls more
        slowly), falls_low and falls_high (interval of plain's logarithm).
    """
    rows = []
    for task, mine in found.rates.groupby("task", sort=False):
        # c comes after h, so that it is what remains.
        last = mine.drop_duplicates(["architecture", "seed"], keep="last")
        for moment in ("start", "rate"):
            rates = last.pivot(index="seed", columns="architecture", values=moment)
            if not {gated, plain} <= set(rates):
                continue
            logs = np.log(rates[[gated, plain]].astype(float).dropna())
            a, b = logs[gated].to_numpy(), logs[plain].to_numpy()
            slower, falls = mean_interval(a - b), mean_interval(b)
            bounds = (slower.estimate, slower.low, slower.high, falls.low, falls.high)
            rows.append((task, moment, len(a), *bounds))
    names = ["task", "moment", "seeds", "difference", "low", "high", "falls_low", "falls_high"]
    return pd.DataFrame(rows, columns=names)
