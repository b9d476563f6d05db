"""Diagnoses with known gradients. Test data: no number here is a result."""

from __future__ import annotations

import json
import math

from gatewise.benchmark.records import fields
from gatewise.report.reading import results


def record(architecture="lstm", gates=("write", "keep", "emit"), rate=0.9, **changed):
    """A diagnosis whose gradient falls by ``rate`` a step, each example a little otherwise."""
    slopes = [math.log(rate) + 0.001 * k for k in (-1, 0, 1, 0)]
    use = {
        "mean": 0.6,
        "left": 0.1,
        "right": 0.4,
        "histogram": [0.05] * 20,
        "by_step": [0.5, 0.6, 0.7],
        "left_by_unit": [0.1, 0.0, 0.2],
        "right_by_unit": [0.3, 0.9, 0.0],
    }
    norms = [rate**k for k in range(10)]
    flow = {"norms": norms, "examples": [4] * 10, "slopes": slopes, "rate": rate}
    return {
        "experiment": "0" * 16,
        "task": "video",
        "architecture": architecture,
        "scale": "quick",
        "seed": 0,
        "match": "parameters",
        "recorded": 0.8,
        "examples": 4,
        "steps": 10,
        "score": 0.8,
        "gates": dict.fromkeys(gates, use),
        "gradient": {"h": flow, **({"c": flow} if gates else {})},
        "predicted": {"radius": rate, "norm": 1.2, "samples": 32},
        "horizon": {"lags": [0, 1, 2, 4], "change": [2.0, 1.0, None, 0.01], "horizon": 4},
        "lesions": [
            {"gate": gate, "at": at, "score": 0.8 - 0.1 * k}
            for gate in gates
            for k, at in enumerate(fields.HELD)
        ],
        **changed,
    }


def leave(folder, task, **rates):
    """Diagnoses of seed 0 in a study's folder, with the rate of each architecture's gradient."""
    runs = results.read(folder).final.set_index(["task", "architecture", "seed"])["experiment"]
    (folder / "diagnostics").mkdir(exist_ok=True)
    for name, rate in rates.items():
        gates = () if name == "vanilla" else ("write", "keep", "emit")
        data = record(name, gates, rate, task=task, experiment=runs[task, name, 0])
        path = folder / "diagnostics" / f"{data['experiment']}.json"
        path.write_text(json.dumps(data), encoding="utf-8")
