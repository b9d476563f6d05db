"""Verdicts and settings as tables of a paper."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from gatewise.benchmark.records.columns import MATCHES
from gatewise.report.names import ABLATIONS, REFERENCE, plain
from gatewise.report.pages import TaskPage
from gatewise.report.paper.latex import escaped, table
from gatewise.report.study import Study
from gatewise.report.tables.verdicts import DOUBTS
from gatewise.report.words import SETTINGS, number, signed, slug, spread

ARCHITECTURE, VERDICT = "architecture", "verdict"
CHOSEN = ("learning_rate", "batch_size", "dropout")
"""Of the settings those that have a column."""
PAIRS = ("difference", "interval", "seeds", VERDICT)
"""What every table says of a comparison."""
NOTHING = "% The study holds no comparison.\n"


def verdicts(study: Study, pages: list[TaskPage]) -> str:
    """Every comparison: a table a task against lstm, then other pairs and ways of matching."""
    tables = [_of_task(page) for page in pages if len(page.verdicts)]
    tables += _further(study, pages)
    return "\n".join(tables) or NOTHING


def _of_task(page: TaskPage) -> str:
    facts, rows = page.facts, []
    if REFERENCE in page.sizes:
        own = page.sizes[REFERENCE]
        rows.append((REFERENCE, number(own["mean"], page.digits), "–", "–", str(own["seeds"]), ""))
    for row in page.verdicts.to_dict("records"):
        score = page.sizes[str(row[ARCHITECTURE])]["mean"]
        rows.append((row[ARCHITECTURE], number(score, page.digits), *_pair(row, page.digits)))
    better = "higher" if facts["higher_is_better"] else "lower"
    caption = escaped(
        f"{page.name}: test score in {facts['unit']} ({better} is better; mean over seeds), and by "
        f"how much each architecture is better than {REFERENCE}. The smallest difference that "
        f"matters is {facts['margin']:g}; chance is {number(facts['chance'], page.digits)}."
    )
    frame = pd.DataFrame(rows, columns=[ARCHITECTURE, "score", *PAIRS])
    name = f"tab:verdicts-{page.slug}"
    return table(frame, caption + _notes(page.verdicts), name, (ARCHITECTURE, VERDICT))


def _pair(row: dict[Any, Any], digits: int) -> tuple[str, str, str, str]:
    """A comparison: difference, interval, seeds of both sides, grade with its marks."""
    marks = " †" * bool(row["diverged"]) + " ‡" * (row["doubt"] != "")
    return (
        signed(row["difference"], digits),
        f"{signed(row['low'], digits)} to {signed(row['high'], digits)}",
        f"{row['seeds']} / {row['reference_seeds']}",
        f"{row['verdict']}{marks}",
    )


def _notes(rows: pd.DataFrame) -> str:
    """What the names and marks of a table's rows mean, for its caption."""
    doubted = [said for doubt, said in DOUBTS.items() if rows["doubt"].str.contains(doubt).any()]
    lacking = [name for name in ABLATIONS.values() if (rows[ARCHITECTURE] == name).any()]
    notes = [f"{', '.join(map(plain, lacking))}."] if lacking else []
    notes += [f"‡ never certain: {'; '.join(doubted)}."] if doubted else []
    if rows["diverged"].any():
        notes.append("† of a side a run diverged and counts as chance.")
    return "".join(f" {escaped(note)}" for note in notes)


def _further(study: Study, pages: list[TaskPage]) -> Iterator[str]:
    """Tables of what is not against lstm at the leading way of matching."""
    found, digits = study.verdicts, {page.name: page.digits for page in pages}
    for match in study.results.matches:
        mine = found[found["match"] == match]
        if match == study.results.matches[0]:
            mine = mine[mine["reference"] != REFERENCE]
        if mine.empty:
            continue
        rows = [
            (row["task"], row[ARCHITECTURE], row["reference"], *_pair(row, digits[row["task"]]))
            for row in mine.to_dict("records")
        ]
        names = ("task", ARCHITECTURE, "against")
        frame = pd.DataFrame(rows, columns=[*names, *PAIRS])
        caption = escaped(f"Further comparisons, at matched {MATCHES[match]}: by how much each "
                          "architecture is better than the other.")  # fmt: skip
        caption += _notes(mine)
        yield table(frame, caption, f"tab:verdicts-{slug(match)}", (*names, VERDICT))


def settings(study: Study) -> str:
    """What every architecture was trained at, a table a task."""
    return "\n".join(
        _settings_of(str(task), rows)
        for task, rows in study.results.final.groupby("task", sort=False)
    )


def _settings_of(task: str, runs: pd.DataFrame) -> str:
    place = [ARCHITECTURE, "match", "repetition"]
    shown = [ARCHITECTURE, *(name for name in place[1:] if runs[name].nunique() > 1)]
    rows = [
        {
            **dict(zip(place, key, strict=True)),
            "units": str(mine["units"].iloc[0]),
            "parameters": f"{mine['parameters'].iloc[0]:,}",
            **{SETTINGS[name]: f"{mine[name].iloc[0]:.3g}" for name in CHOSEN},
            SETTINGS["epochs_run"]: spread(mine["epochs_run"]),
            "seeds": str(len(mine)),
        }
        for key, mine in runs.groupby(place, sort=False)
    ]
    frame = pd.DataFrame(rows)
    frame = frame[[*shown, *(name for name in frame if name not in place)]]
    caption = escaped(
        f"{task}: units of a recurrent layer, parameters of the recurrence, settings of the final "
        f"runs ({SETTINGS['epochs_run']}: of each seed, or from the fewest to the most), and seeds."
    )
    return table(frame, caption, f"tab:settings-{slug(task)}", (ARCHITECTURE, "match"))
