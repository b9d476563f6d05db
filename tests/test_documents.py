"""Numbers in documents are those of committed files."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from gatewise.benchmark.inspection.contestants import PEERS

DOCS = Path(__file__).parents[1] / "docs"


def speed_table() -> list[tuple[str, str, str]]:
    """Contestant, shape and number of every cell of the table against others."""
    text = (DOCS / "engine.md").read_text().partition("## Measured against others")[2]
    text = text.partition("\n## ")[0]
    head, _, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    )
    shapes = [re.sub(r"[( )]", "", cell) for cell in head[1:]]
    return [(row[0], s, n) for row in rows for s, n in zip(shapes, row[1:], strict=True)]


@pytest.mark.parametrize(("contestant", "shape", "number"), speed_table())
def test_speeds_are_those_measured(contestant, shape, number):
    rows = pd.read_csv(DOCS / "speed.csv").set_index(["contestant", "shape"])
    measured = rows.loc[(contestant.removesuffix(", ms"), shape)]
    absolute = contestant.endswith(", ms")
    expected = f"{measured.milliseconds:.4g}" if absolute else f"{measured.ratio:.2f}"
    assert number == expected


def test_speeds_of_equal_cells_are_those_measured():
    text = (DOCS / "engine.md").read_text().partition("## The same cells elsewhere")[2]
    ratio = pd.read_csv(DOCS / "peers.csv").set_index("contestant")["ratio"]
    lines = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    assert {name: other for name, other, *_ in rows} == PEERS
    for name, other, *numbers in rows:
        ours, theirs = ratio[f"gatewise {name}"], ratio[f"torchrecurrent {other}"]
        assert numbers == [f"{ours:.2f}", f"{theirs:.2f}", f"{theirs / ours:.1f}"], name


def test_costs_of_learning_are_those_measured():
    text = " ".join((DOCS / "engine.md").read_text().partition("(learning.csv)")[2].split())
    rows = pd.read_csv(DOCS / "learning.csv").set_index(["learning", "steps"])
    ms, mib = rows["milliseconds"], rows["megabytes"]
    first, last = (round(ms["rtrl", t] / ms["bptt", t]) for t in (50, 1600))
    assert f"takes {first} times" in text
    assert f"and {last} times at T = 1600" in text
    for steps in (50, 1600):
        assert f"{mib['rtrl', steps]:.1f} against {mib['bptt', steps]:.1f}" in text
    windows = [column["tbptt-50", 1600] / column["bptt", 1600] for column in (ms, mib)]
    assert (
        "take {:.2f} times the time of the whole and {:.2f} times its memory".format(*windows)
        in text
    )


def test_costs_of_scheduling_are_those_measured():
    text = (DOCS / "scale.md").read_text()
    rows = list(pd.read_csv(DOCS / "scheduler.csv").itertuples(index=False))
    most = max(rows, key=lambda row: (row.workers, row.trainings))
    assert f"{1000 / most.command_cpu_ms:.0f} ends a second" in text
    assert f"the scheduler with {1000 / most.scheduler_cpu_ms:.0f}" in text
    for row in rows:
        cells = [
            f"{row.workers}", f"{row.trainings:,}", f"{row.trainings_a_second}",
            f"{row.command_cpu_ms} ms", f"{row.scheduler_cpu_ms} ms",
            f"+{row.command_mb} MB", f"+{row.scheduler_mb} MB",
        ]  # fmt: skip
        assert f"| {' | '.join(cells)} |" in text


def test_throughput_is_that_measured():
    text = (DOCS / "scale.md").read_text()
    for _, rows in pd.read_csv(DOCS / "scale.csv").groupby("what"):
        one, two = (rows.set_index("workers")["seconds"][n] for n in (1, 2))
        assert f"{one / two:.2f}" in text


def test_costs_beside_training_are_those_measured():
    text = " ".join((DOCS / "scale.md").read_text().split())
    (row,) = pd.read_csv(DOCS / "overhead.csv").itertuples(index=False)
    for cpu, most in ((row.schedule_cpu, 0.01), (row.log_cpu, 0.02)):
        assert f"{100 * cpu / row.worker_cpu:.2f}%" in text
        assert cpu < most * row.worker_cpu, "the target is met"
    assert f"{row.trainings} trainings" in text
    assert f"{row.worker_cpu:,.0f} s" in text


def test_the_writers_rate_is_that_measured():
    text = " ".join((DOCS / "scale.md").read_text().split())
    (row,) = pd.read_csv(DOCS / "writer.csv").itertuples(index=False)
    assert f"{row.runs:,} runs" in text
    assert f"{row.cpu:.0f} s of CPU" in text
    assert f"{1000 * row.cpu / row.runs:.0f} ms a run" in text


def test_seconds_of_the_page_are_those_measured():
    text = (DOCS / "scale.md").read_text()
    shown = re.findall(r"^\| .+ \| (\d+\.\d) \|$", text, re.MULTILINE)
    assert [float(number) for number in shown] == pd.read_csv(DOCS / "page.csv")["seconds"].tolist()
