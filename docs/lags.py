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
from gatewise.tasks.names import plain as plain_task

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
        task = plain_task(str(row.task))
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


def unended(runs: pd.DataFrame, task: str, *names: str) -> str:
    """How many of some runs had not ended, in words."""
    mine = runs[(runs["task"] == task) & runs["architecture"].isin(names)]["still_gaining"]
    return f"{int(mine.astype(str).eq('True').sum())} of {len(mine)}"


def failed(runs: pd.DataFrame, task: str, name: str) -> str:
    """How many runs are nearer to chance than to perfect, in words."""
    mine = runs[(runs["task"] == task) & (runs["architecture"] == name)]
    lost = (mine["test_score"] - mine["perfect"]).abs() > (
        mine["chance"] - mine["perfect"]
    ).abs() / 2
    return f"{int(lost.sum())} of {len(mine)}"


def page() -> str:
    """The whole page."""
    table = read()
    runs = pd.read_csv(STUDY / "runs.csv")
    hours, trained = runs["cpu_seconds"].sum() / 3600, len(runs)
    gaining = runs["still_gaining"].astype(str).eq("True").mean()
    tracking = field(table, "s5@4000", "NFG", WORSE)
    memory = field(table, "copying-5@4000", "NFG", BETTER)
    six, more = (field(table, task, "NOG", BETTER) for task in ("s5-6@1000", "s5-24@1000"))
    bits = table[table["family"].str.startswith("flipflop") & (table["architecture"] == "NFG")]
    kept = int((bits["statement"] == SMALL).sum())
    short, long = "adding@1000", "adding-100@1000"
    lost = f"{failed(runs, short, 'NFG')} and {failed(runs, long, 'NFG')}"
    never = f"{failed(runs, short, 'lstm')} and {failed(runs, long, 'lstm')}"
    first, second = (unended(runs, task, "lstm", "NFG") for task in ("s5@4000", "copying-5@4000"))
    decided = int((table["statement"] != UNKNOWN).sum())
    sizes = ", ".join(f"{size:,}" for size in sorted(table["size"].unique()))
    return f"""# When do you need a gate?

How far back a task reaches, or how much it asks to be tracked, across; the recurrent parameters
of the cell up; in each field what becomes of lstm without a gate, at equal recurrent parameters,
so that the cell without it has more units. On the left what lstm itself reaches, the share of
the way from chance to perfect. `gatewise run --preset lags` trains it; this is `results/lags`.

![Where leaving out a gate matters](../results/lags/figures/need.svg)

1. **Five things that are moved about twelve times**, s5 at 4,000 parameters: without the forget
   gate {tracking}. With 1,000 or less lstm itself learns little of it, and nothing is known to be
   missed. A bit that is kept until it is overwritten, flipflop, is another state that changes,
   and in {kept} of {len(bits)} fields the gate is too small to matter there.
2. **Symbols repeated five steps later**, copying at 4,000 parameters: *better* without the forget
   gate, {memory}. Its bias starts at 1 here; whether a start for longer lags takes that away was
   not asked. And it is not all memory: two numbers added over 50 and 100 steps with 1,000
   parameters were lost in {lost} runs without the gate, in {never} with it.
3. **On s5 with six or 24 moves, 1,000 parameters** do better without the output gate, {six} and
   {more}: it has more units. On adding, flipflop and xml no field says so.

Each of these is called probable and never certain: {gaining:.0%} of the trainings had not ended
when their recipe did ({first} behind the first, {second} behind the second), so that a
difference may be one of speed. {decided} of {len(table)} comparisons are decided.

## How many fields state what

{counted(table)}

## What is stated

{stated(table, WORSE, BETTER)}

'Too small to matter' is the rest of what is decided. On xml with 1,000 parameters or less lstm
does not learn to close tags: such fields could not have shown that a gate is needed. No cell
without any gate ran here, so that no field is a witness.

## How each gate's worth changes with the size

![Differences against size](../results/lags/figures/size.svg)

## How it was made

{trained:,} trainings, {hours:.1f} core-hours; sizes {sizes}; at the recipes of scale quick at
commit 74929f8 (those of s5, modular, selective-copy and xml have become longer since). A race of
192 comparisons to at most 8 seeds, which has passed its first two looks, at 3 and 5 seeds, where
its budget ended, on two machines. The order of the fields, cheap ones first, was fixed before; of
those that were begun at that moment the ones nearest to their second look were finished. So the
largest cells at the longest lags are missing. All comparisons share 5%. A race to 8 spent its error
late when this one ran, which decided 60 comparisons; here it is judged as such races are now, whose
error is spent evenly. `python -m docs.lags` writes this page.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
