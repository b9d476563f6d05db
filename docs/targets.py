"""What a study costs, in one go: trainings before and now, compiling, a weekend's script.

    python -m docs.targets --before TREE --folder build/targets

TREE is a checkout of earlier code. Three measurements, on cores that each has to itself:

- trainings: a sample of the runs of TREE's reference study, trained by its code and by ours at the
  same time, with nothing compiled; scaled to the whole study by task, and by group for compiling;
- compiling: its share in a first study of the tasks of `quick`, and in a second one with other
  experiments of the same groups;
- weekend: docs/peer.py on two cores;
- costs: what a training of each main task spends its time on, a core a task.

Each leaves a table in the folder, and targets.json says what came out. On 16 quiet cores it takes
about 8 minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatewise.benchmark.inspection.speed import product_peak
from gatewise.benchmark.records.experiment import Experiment
from gatewise.benchmark.records.facts import TaskFacts
from gatewise.benchmark.studies.plan import recipe
from gatewise.benchmark.studies.presets import PRESETS
from gatewise.benchmark.studies.study import Study

HERE = Path(__file__).resolve().parents[1]
PACKAGES = ("benchmark", "tasks", "report")
GROUP = ["task", "architecture", "match", "batch_size"]
WEEKEND_CORES = 2
Cores = Sequence[int]


def main() -> None:
    """Measure, leave tables, and print what came out."""
    given = _arguments()
    given.folder.mkdir(parents=True, exist_ok=True)
    cores = sorted(os.sched_getaffinity(0))
    out: dict[str, Any] = {"cores": len(cores), "python": platform.python_version()}
    out["peak_gflops"] = round(product_peak())
    start = time.perf_counter()
    taken = WEEKEND_CORES + len(given.main_tasks)
    shared = {
        "weekend": partial(weekend, given, cores[:WEEKEND_CORES]),
        "costs": partial(costs, given, cores[WEEKEND_CORES:taken] or cores),
        "compiling": partial(compiling, given, cores[taken:] or cores),
    }
    with ThreadPoolExecutor() as pool:
        begun = {part: pool.submit(shared[part]) for part in shared if part in given.parts}
        out |= {part: future.result() for part, future in begun.items()}
    if "trainings" in given.parts:
        out["trainings"] = trainings(given, cores)
    out["wall_seconds"] = time.perf_counter() - start
    (given.folder / "targets.json").write_text(json.dumps(out, indent=1))
    print(json.dumps(out, indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, required=True, help="A checkout of earlier code.")
    parser.add_argument("--folder", type=Path, default=Path("build/targets"))
    parser.add_argument("--parts", default="weekend,costs,compiling,trainings")
    parser.add_argument("--groups", type=int, default=3, help="Groups of each task in the sample.")
    parser.add_argument("--sampled", help="Tasks of the sample; default: all of the study.")
    parser.add_argument("--each", type=int, default=2, help="Trainings of each group.")
    parser.add_argument("--tasks", default=",".join(reversed(PRESETS["quick"].tasks)))
    parser.add_argument("--main-tasks", default="sentiment,labelling,video,translation,char-lm")
    parser.add_argument("--architectures", default="lstm,NFG")
    parser.add_argument("--seeds", type=int, default=3, help="Trainings a group while compiling.")
    parser.add_argument("--rounds", type=int, default=3, help="Of the weekend's script.")
    parser.add_argument("--trials", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=2)
    given = parser.parse_args()
    for name in ("parts", "tasks", "architectures", "main_tasks"):
        setattr(given, name, getattr(given, name).split(","))
    given.before, given.folder = given.before.resolve(), given.folder.resolve()
    return given


def importing(tree: Path, folder: Path) -> dict[str, str]:
    """An environment in which a checkout is imported under its one name, whatever is installed.

    It is imported from links to it in the folder.
    """
    package = folder / "gatewise"
    package.mkdir(parents=True, exist_ok=True)
    parts = [tree / name for name in PACKAGES]
    for part in (*parts, *(tree / "gatewise").glob("*.py")):
        if not (package / part.name).exists():
            (package / part.name).symlink_to(part)
    path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


def trainings(given: argparse.Namespace, cores: Cores) -> dict[str, Any]:
    """The sample by both codes at the same time, each on half of the cores."""
    study = pd.read_csv(given.before / "results/reference/runs.csv", low_memory=False)
    study = study[study["status"] == "finished"]
    if given.sampled:
        study = study[study["task"].isin(given.sampled.split(","))]
    rows = sample(study, given.groups, given.each)
    rows.to_csv(given.folder / "rows.csv", index=False)
    half = max(1, len(cores) // 2)
    sides = {"before": (given.before, cores[:half]), "now": (HERE, cores[-half:])}
    with ThreadPoolExecutor() as pool:
        begun = {
            side: pool.submit(_trained, given.folder / "rows.csv", given.folder / side, tree, mine)
            for side, (tree, mine) in sides.items()
        }
        told = {side: future.result() for side, future in begun.items()}
    parts = [pd.DataFrame(t["trainings"]).assign(side=side) for side, t in told.items()]
    table = pd.concat(parts).merge(rows[["experiment", "phase", *GROUP]], on="experiment")
    table.to_csv(given.folder / "trainings.csv", index=False)
    return {
        "sampled": len(rows),
        "processes": {s: {k: t[k] for k in ("cpu", "wall")} for s, t in told.items()},
        **costs_of(study, table),
    }


def sample(study: pd.DataFrame, groups: int, each: int) -> pd.DataFrame:
    """Of every task some groups, as likely as they have trainings, and some trainings of each."""
    rng, chosen = np.random.default_rng(0), []
    for _, rows in study.groupby("task"):
        held = list(rows.groupby(GROUP))
        share = np.array([len(members) for _, members in held]) / len(rows)
        picked = rng.choice(len(held), min(groups, len(held)), replace=False, p=share)
        groups_of_task = [held[i][1] for i in picked]
        chosen += [g.sample(min(each, len(g)), random_state=0) for g in groups_of_task]
    return pd.concat(chosen)


def _trained(rows: Path, folder: Path, tree: Path, cores: Cores) -> dict[str, Any]:
    """What docs/sample.py says of rows that the code of a tree trains, in a folder of a study.

    Studies in folders side by side share programs, and the sides of a comparison share none: they
    are found by their code.
    """
    environment = importing(tree, folder / "path")
    environment["GATEWISE_PROGRAMS"] = str(folder.parent / "programs")
    command = [HERE / "docs/sample.py", rows, folder / "study", len(cores)]
    found: dict[str, Any] = json.loads(_run(command, cores, environment).splitlines()[-1])
    return found


def costs_of(study: pd.DataFrame, table: pd.DataFrame) -> dict[str, Any]:
    """CPU hours of the study by task and side, as the sample says, and ratios of its trainings.

    All of it is processor time: what compiling takes is what the first training of a group takes
    beyond its others, because `compile_seconds` is wall time, which other work stretches.
    """
    compiled = table["compile_seconds"] > 0
    first, later = table[compiled], table[~compiled]
    group = ["side", *GROUP]
    extra = first.groupby(group)["cpu_seconds"].mean() - later.groupby(group)["cpu_seconds"].mean()
    hours: dict[str, dict[str, float]] = {}
    for (side, task), rows in later.groupby(["side", "task"]):
        whole = study[study["task"] == task]
        seconds = rows["cpu_seconds"].mean() * len(whole)
        seconds += extra[side, task].mean() * whole.groupby(GROUP).ngroups
        hours.setdefault(str(task), {})[str(side)] = seconds / 3600
    net = later.pivot(index=["task", "experiment"], columns="side", values="cpu_seconds")
    ratio = (net["now"] / net["before"]).groupby("task").quantile([0.25, 0.5, 0.75]).unstack()
    score = table.pivot(index=["task", "experiment"], columns="side", values="validation_score")
    return {
        "study_cpu_hours": hours,
        "study_ratio": sum(h["now"] for h in hours.values())
        / sum(h["before"] for h in hours.values()),
        "quartiles_by_task": {str(task): list(row) for task, row in ratio.iterrows()},
        "validation_by_task": score.groupby("task").mean().to_dict("index"),
    }


def compiling(given: argparse.Namespace, cores: Cores) -> dict[str, Any]:
    """The share of compiling in a first study and in a second one, of all that workers took."""
    folder = given.folder / "compiling"
    folder.mkdir()
    rows = [
        {**asdict(experiment), "experiment": experiment.id}
        for task in given.tasks
        for architecture in given.architectures
        for experiment in recipes(task, architecture, given.seeds)
    ]
    pd.DataFrame(rows).to_csv(folder / "rows.csv", index=False)
    found, tables = {}, []
    for name in ("first", "second"):
        told = _trained(folder / "rows.csv", folder / name, HERE, cores)
        table = pd.DataFrame(told["trainings"]).assign(study=name)
        tables.append(table.merge(pd.DataFrame(rows)[["experiment", *GROUP]], on="experiment"))
        compiled = table["compile_seconds"].sum()
        found[name] = {"cpu": told["cpu"], "wall": told["wall"], "share": compiled / told["cpu"]}
    pd.concat(tables).to_csv(given.folder / "compiling.csv", index=False)
    return found


def recipes(task: str, architecture: str, seeds: int) -> list[Experiment]:
    """The task's own recipe, at scale quick."""
    facts = TaskFacts(task, "quick", "", float("nan"), 0, 0, ())
    study = Study("compiling", "quick", (task,), (architecture,), seeds=seeds)
    first = recipe(study, facts, architecture)
    return [replace(first, seed=seed) for seed in range(seeds)]


def weekend(given: argparse.Namespace, cores: Cores) -> dict[str, Any]:
    """docs/peer.py: how many times the CPU and wall time of ours the script takes."""
    output = given.folder / "weekend.csv"
    environment = importing(HERE, given.folder / "weekend/path")
    command = [HERE / "docs/peer.py", "--output", output, "--trials", given.trials]
    _run([*command, "--epochs", given.epochs, "--rounds", given.rounds], cores, environment)
    table = pd.read_csv(output).set_index(["side", "round"])
    script, found = table.loc["script"], {}
    for side in ("gatewise, first", "gatewise, second"):
        ratios = script / table.loc[side]
        found[side] = {
            name: list(ratios[f"{name}_seconds"].quantile([0, 0.5, 1])) for name in ("cpu", "wall")
        }
    best = table.drop(columns=["cpu_seconds", "wall_seconds"]).groupby("side").mean()
    return {**found, "scores": best.to_dict("index")}


def costs(given: argparse.Namespace, cores: Cores) -> dict[str, Any]:
    """`gatewise speed --trainings` of each main task, together in tasks.csv."""
    environment = importing(HERE, given.folder / "costs/path")
    start = ["-P", "-c", "from gatewise.benchmark.cli import main; main()", "speed", "--trainings"]
    output = {task: given.folder / "costs" / task for task in given.main_tasks}
    with ThreadPoolExecutor() as pool:
        for i, task in enumerate(given.main_tasks):
            command = [*start, "--tasks", task, "--output", output[task]]
            pool.submit(_run, command, [cores[i % len(cores)]], environment)
    table = pd.concat([pd.read_csv(output[task] / "tasks.csv") for task in given.main_tasks])
    table.to_csv(given.folder / "tasks.csv", index=False)
    found: dict[str, Any] = table.set_index("task")[["milliseconds", "peak_share"]].to_dict("index")
    return found


def _run(command: Sequence[object], cores: Cores, environment: dict[str, str]) -> str:
    """What a Python prints that has some cores to itself."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        preexec_fn=partial(os.sched_setaffinity, 0, cores),
    )
    return done.stdout


if __name__ == "__main__":
    main()
