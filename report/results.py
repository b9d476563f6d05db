"""Reading what a study wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmark import columns

REFERENCE = "lstm"
"""The architecture that all others are compared with."""


class UnreadableResults(ValueError):
    """A results folder without tables, or with a table that is not one of ours."""


@dataclass(frozen=True)
class Results:
    """A study's tables.

    runs:
        One row an experiment, the columns of :data:`benchmark.columns.RUNS`; ``score`` is the test
        score as it counts, with ``skill`` beside it: the share of the way from chance to perfect.
    curves:
        One row an epoch, the columns of :data:`benchmark.columns.CURVES`.
    """

    runs: pd.DataFrame
    curves: pd.DataFrame

    @property
    def final(self) -> pd.DataFrame:
        """The runs at the chosen settings, whose test split was read."""
        return self.runs[self.runs["phase"] == "final"]

    @property
    def tasks(self) -> list[str]:
        """Names of the tasks, in the order of the table."""
        return list(self.final["task"].unique())

    @property
    def architectures(self) -> list[str]:
        """Names of the architectures, the reference first."""
        names = list(self.final["architecture"].unique())
        return sorted(names, key=lambda name: (name != REFERENCE, names.index(name)))


def read(folder: Path) -> Results:
    """The tables of a study's folder.

    Raises:
        UnreadableResults: a file or a column is missing, or a value is not allowed.
    """
    runs = _table(folder / "runs.csv", columns.RUNS)
    curves = _table(folder / "curves.csv", columns.CURVES)
    for name, allowed in {"phase": {"final", "tuning"}, "status": {"finished", "diverged"}}.items():
        if wrong := sorted(set(runs[name].astype(str)) - allowed):
            raise UnreadableResults(
                f"{folder / 'runs.csv'}: column {name!r} has {wrong[0]!r}; "
                f"allowed are {', '.join(sorted(allowed))}"
            )
    if not (runs["phase"] == "final").any():
        raise UnreadableResults(f"{folder / 'runs.csv'}: no finished run with phase 'final' yet")
    gap = runs["perfect"] - runs["chance"]
    return Results(runs.assign(skill=(runs["test_score"] - runs["chance"]) / gap), curves)


def _table(path: Path, expected: Mapping[str, str]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, float_precision="round_trip")
    except FileNotFoundError:
        raise UnreadableResults(
            f"{path}: no such file; allowed is a folder that `gatewise run` wrote"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UnreadableResults(f"{path}: not a table ({error})") from None
    if missing := [name for name in expected if name not in table.columns]:
        raise UnreadableResults(f"{path}: column {missing[0]!r} is missing")
    text = [n for n in ("budget_note", "mlflow_run") if n in table.columns]
    return table.astype(dict.fromkeys(text, object)).fillna(dict.fromkeys(text, ""))
