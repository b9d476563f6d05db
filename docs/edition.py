"""What README.md and results/reference/discussion.md say of the reference study.

    python -m docs.edition

Every number is read from the study's tables; a sentence that says what a comparison states is
refused where the comparison states something else, and one with ``holds`` behind it where that is
not so. The prose is in edition-readme.md.j2 and
edition-discussion.md.j2.
"""

from __future__ import annotations

import json
import re
import textwrap
from functools import cached_property
from itertools import product
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from docs.lags import field
from gatewise.report.findings.judgement import NOT_TESTED
from gatewise.report.names import GATELESS, REFERENCE
from gatewise.report.reading import calibration, diagnoses
from gatewise.report.statistics.effects import LEVEL
from gatewise.report.statistics.families import BETTER, CERTAIN, SMALL, UNKNOWN, WORSE
from gatewise.report.tables.calibration import FAILING_FALSE, FALSE, FAMILY, WHOLE
from gatewise.report.tables.verdicts import CONFIRMATORY, FAILING, UNENDED
from gatewise.report.words import between, percent

ROOT = Path(__file__).parents[1]
STUDY, FIRST = ROOT / "results" / "reference", ROOT / "results" / "first"
README, DISCUSSION = ROOT / "README.md", STUDY / "discussion.md"
SECTION = re.compile(r"(?<=\n## What we found\n\n).*?(?=\n## )", re.DOTALL)
"""What is written anew of README.md."""
NONE, _ = GATELESS
NAMES = {
    "NONE": NONE,
    "WORSE": WORSE,
    "BETTER": BETTER,
    "SMALL": SMALL,
    "UNKNOWN": UNKNOWN,
    "KNESER_NEY": "n-gram model (Kneser-Ney) [nats]",
    "BAG_OF_WORDS": "bag-of-words logistic regression [accuracy]",
}
WIDTH = 105


def read() -> dict[str, pd.DataFrame]:
    """The study's tables, by name."""
    names = ("runs", "curves", "verdicts", "findings", "importance")
    return {
        name: pd.read_csv(
            STUDY / f"{name}.csv", keep_default_na=name != "findings", low_memory=False
        )
        for name in names
    }


def comparisons(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every comparison both ways round, in shares of the way from chance to perfect."""
    runs, verdicts = tables["runs"], tables["verdicts"]
    ends = runs[runs["phase"] == "final"].groupby("task")[["chance", "perfect"]].first()
    way = (ends["perfect"] - ends["chance"]).abs()[verdicts["task"]].to_numpy()
    amounts = ["difference", "low", "high"]
    there = verdicts.assign(**{name: verdicts[name] / way for name in amounts})
    back = there.assign(
        architecture=there["reference"],
        reference=there["architecture"],
        difference=-there["difference"],
        low=-there["high"],
        high=-there["low"],
        statement=there["statement"].replace({WORSE: BETTER, BETTER: WORSE}),
    )
    return pd.concat([there, back], ignore_index=True)


class Said:
    """What the study says, as pieces of sentences."""

    def __init__(self) -> None:
        self._tables = read()
        self._compared = comparisons(self._tables)
        runs = self._tables["runs"]
        self._final = runs[runs["phase"] == "final"]

    @cached_property
    def _gradients(self) -> pd.DataFrame:
        return diagnoses.every(STUDY, self._final).rates

    def apart(self, task: str, name: str, statement: str, reference: str = REFERENCE) -> str:
        """A difference and its interval; see :func:`docs.lags.field`."""
        return field(
            self._compared[self._compared["reference"] == reference], task, name, statement
        )

    def surely(self, task: str, name: str, statement: str, reference: str = REFERENCE) -> str:
        """As :meth:`apart`, of what is certain.

        Raises:
            ValueError: it is not.
        """
        mine = self._compared[self._compared["reference"] == reference]
        verdict = mine[(mine["task"] == task) & (mine["architecture"] == name)]["verdict"].iloc[0]
        if verdict not in CERTAIN:
            raise ValueError(f"{task}, {name}: {verdict!r}; the page says it is certain")
        return self.apart(task, name, statement, reference)

    def sure_tasks(self, name: str, statement: str, reference: str = REFERENCE) -> str:
        """The tasks on which a cell certainly is that against another."""
        mine = self._compared[self._compared["reference"] == reference]
        mine = mine[(mine["architecture"] == name) & (mine["statement"] == statement)]
        *most, last = mine.loc[mine["verdict"].isin(CERTAIN), "task"]
        return f"{', '.join(most)} and {last}"

    def open(self, task: str, name: str, reference: str = REFERENCE) -> str:
        """A difference that is not decided, and its interval."""
        return self.apart(task, name, UNKNOWN, reference)

    def _mine(self, task: str, name: str = "") -> pd.DataFrame:
        """The final runs of a task, or of a cell on it."""
        mine = self._final[self._final["task"] == task]
        return mine[mine["architecture"] == name] if name else mine

    def mean(self, task: str, name: str) -> str:
        """The mean test score of a cell."""
        return f"{self._mine(task, name)['test_score'].mean():.3f}"

    def holds(self, so: bool) -> str:
        """Nothing, where what a sentence says is so.

        Raises:
            ValueError: it is not.
        """
        if not so:
            raise ValueError("the sentence with this line's `holds` does not hold")
        return ""

    def state(
        self, statement: str, tasks: list[str], names: list[str], reference: str = REFERENCE
    ) -> bool:
        """Whether all of some cells state that on all of some tasks, for :meth:`holds`."""
        mine = self._compared[
            (self._compared["reference"] == reference)
            & self._compared["task"].isin(tasks)
            & self._compared["architecture"].isin(names)
        ]
        return len(mine) == len(tasks) * len(names) and bool((mine["statement"] == statement).all())

    def level(self, task: str, name: str, baseline: str) -> bool:
        """Whether a cell's mean lies within the task's margin of a simple predictor."""
        margin = self._tables["verdicts"].set_index("task")["margin"][[task]].iloc[0]
        apart = float(self.mean(task, name)) - float(self.baseline(task, baseline))
        return bool(abs(apart) < margin)

    def beats_all(self, task: str, baseline: str) -> bool:
        """Whether a simple predictor scores better than every run of a task."""
        mine = self._mine(task)
        sign = 1 if mine["higher_is_better"].iloc[0] else -1
        return bool((sign * (mine[f"baseline.{baseline}"] - mine["test_score"]) > 0).all())

    def ranked(self, task: str) -> list[str]:
        """The architectures of a task, by their mean test score, the best first."""
        mine = self._mine(task)
        means = mine.groupby("architecture")["test_score"].mean()
        return list(means.sort_values(ascending=not mine["higher_is_better"].iloc[0]).index)

    def bleu(self, name: str) -> str:
        """The mean BLEU of a cell on translation."""
        return f"{self._mine('translation', name)['test.bleu'].mean():.1f}"

    def baseline(self, task: str, name: str) -> str:
        """What a simple predictor scores."""
        return f"{float(self._mine(task)[f'baseline.{name}'].iloc[0]):.3f}"

    def gaining(self, task: str, name: str) -> str:
        """How many of a cell's runs still gained in their last epoch."""
        mine = self._mine(task, name)["still_gaining"].astype(str)
        return f"{int(mine.eq('True').sum())} of {len(mine)}"

    def past(self, task: str, name: str, score: float) -> str:
        """How many of a cell's runs have a higher score."""
        mine = self._mine(task, name)["test_score"]
        return f"{int((mine > score).sum())} of {len(mine)}"

    def below(self, task: str, score: float, name: str = "") -> str:
        """How many of a task's runs, or of a cell's, have no higher score."""
        mine = self._mine(task, name)["test_score"]
        return f"{int((mine <= score).sum())} of {len(mine)}"

    def reached(self, task: str, name: str, loss: float) -> str:
        """After how many epochs the runs of a cell first validate below a loss, as a span."""
        curves = self._tables["curves"]
        mine = curves[curves["experiment"].isin(self._mine(task, name)["experiment"])]
        below = mine[mine["validation_score"] < loss].groupby("experiment")["epoch"].min()
        return " to ".join(dict.fromkeys(map(str, (below.min(), below.max()))))

    def rate(self, task: str, name: str) -> str:
        """The learning rate that was chosen for a cell."""
        return f"{self._mine(task, name)['learning_rate'].iloc[0]:.2g}"

    def budget(self, task: str) -> str:
        """How many recurrent parameters the cells of a task may have."""
        return f"{self._mine(task)['budget'].iloc[0]:,}"

    def units(self, task: str, name: str) -> str:
        """How many units a cell has."""
        return f"{self._mine(task, name)['units'].iloc[0]}"

    def weights(self, task: str, name: str) -> str:
        """How many parameters a cell's model has, with embeddings and output."""
        first = self._mine(task, name).iloc[0]
        return f"{first['parameters'] + first['parameters_other']:,}"

    def passes(self, task: str, name: str) -> str:
        """After how many epochs the runs of a cell ended, each."""
        *most, last = map(str, sorted(self._mine(task, name)["epochs_run"]))
        return f"{', '.join(most)} and {last}"

    def longer(self, task: str, name: str) -> str:
        """The mean test score of a cell at the greatest length that it was asked at."""
        mine = self._mine(task, name).filter(regex=r"^test\.at \d+$").dropna(axis=1)
        return f"{mine[max(mine, key=lambda column: int(column.split()[1]))].mean():.0%}"

    def _way(self, task: str) -> float:
        first = self._mine(task).iloc[0]
        return abs(first["perfect"] - first["chance"])

    def percentage_point(self, task: str) -> str:
        """What one hundredth of the way from chance to perfect is, in the unit of the score."""
        return f"{self._way(task) / 100:.2g}"

    def matters(self, task: str) -> str:
        """The smallest difference that matters, as a share of that way."""
        return f"{self._mine(task)['margin'].iloc[0] / self._way(task):.1%}"

    def each(self) -> str:
        """The level of an interval of the confirmatory family, by Bonferroni."""
        return f"{1 - (1 - LEVEL) / len(self._confirmatory):.2%}"

    def last(self, task: str) -> str:
        """Of how many of a task's final runs the last epoch was the best."""
        mine = self._mine(task)
        return _share(mine["best_epoch"] == mine["epochs_run"])

    def over(self, last: bool) -> str:
        """The tasks where over a fifth of the runs gained in their last epoch, and shares.

        Args:
            last: count what was best in its last epoch, and not what has an end ahead of it.
        """
        best = self._final["best_epoch"] == self._final["epochs_run"]
        flags = best if last else self._final["still_gaining"].astype(str).eq("True")
        shares = flags.groupby(self._final["task"]).mean()
        most = shares[shares > UNENDED].sort_values(ascending=False)
        return ", ".join(f"{task} {share:.0%}" for task, share in most.items())

    def shapley(self, task: str, gate: str, lattice: str = REFERENCE) -> str:
        """A gate's Shapley value and its interval."""
        rows = self._tables["importance"]
        mine = rows[(rows["task"] == task) & (rows["lattice"] == lattice) & (rows["gate"] == gate)]
        (row,) = mine[["shapley", "low", "high"]].astype(float).itertuples(index=False)
        return f"{percent(row.shapley)} ({between(row.low, row.high)})"

    def part(self, task: str, name: str) -> str:
        """What is lost without one part of an sLSTM, and its interval."""
        (row,) = self._parts(task, name)[["last", "low", "high"]].itertuples(index=False)
        return f"{percent(row.last)} ({between(row.low, row.high)})"

    def parts(self, tasks: list[str]) -> bool:
        """Whether no part of an sLSTM is shown to be worth what matters, for :meth:`holds`."""
        least = {t: self._mine(t)["margin"].iloc[0] / self._way(t) for t in tasks}
        return all((self._parts(task)["low"] < least[task]).all() for task in tasks)

    def _parts(self, task: str, name: str = "") -> pd.DataFrame:
        rows = self._tables["importance"]
        mine = rows[(rows["task"] == task) & (rows["lattice"] == "sLSTM")]
        mine = mine[mine["gate"] == name] if name else mine
        return mine.astype(dict.fromkeys(("last", "low", "high"), float))

    def gradient(self, task: str, name: str, moment: str = "rate") -> str:
        """By what a step back multiplies a cell's gradient, over seeds; of its memory, if any.

        Args:
            moment: ``start``, at initialisation, or ``rate``, after training.
        """
        factors = self._factors(task, name, moment)
        return f"{factors.min():.3f} to {factors.max():.3f}"

    def remains(self, task: str, name: str) -> str:
        """How much of a cell's gradient is left over the task's lag, after training."""
        left = self._factors(task, name, "rate") ** self._mine(task)["dial_value"].iloc[0]
        return f"{left.min():.0%} to {left.max():.0%}"

    def _factors(self, task: str, name: str, moment: str) -> pd.Series:
        mine = self._gradients[
            (self._gradients["task"] == task) & (self._gradients["architecture"] == name)
        ]
        # c comes after h, so that it is what remains.
        return mine.drop_duplicates("seed", keep="last")[moment].astype(float)

    def gained(self, task: str = "") -> str:
        """Of how many of a task's runs the last epoch was still a gain, or of all."""
        return _share((self._mine(task) if task else self._final)["still_gaining"])

    def first(self) -> str:
        """How many comparisons the first edition has.

        Raises:
            ValueError: one of them is certain.
        """
        verdicts = pd.read_csv(FIRST / "verdicts.csv")
        if verdicts["verdict"].isin(CERTAIN).any():
            raise ValueError("verdict: the first edition has a certain one; the page says none")
        return str(len(verdicts))

    def ended(self, task: str) -> str:
        """Of how many of the first edition's final runs on a task the last epoch was the best."""
        runs = pd.read_csv(FIRST / "runs.csv", low_memory=False)
        mine = runs[(runs["phase"] == "final") & (runs["task"] == task)]
        return _share(mine["best_epoch"] == mine["epochs_run"])

    def answer(self) -> str:
        """The title of the report."""
        title, *_ = (STUDY / "answer.md").read_text(encoding="utf-8").splitlines()
        return title.strip("*").replace("\\", "")

    def found(self) -> str:
        """The findings that were tested, as a table in Markdown."""
        rows = self._tables["findings"]
        lines = ["| finding | claim | source | here |", "|---|---|---|---|"]
        lines += [
            f"| {row.finding} | {row.claim} | {row.source} | **{row.outcome}**: {row.by_task} |"
            for row in rows[rows["outcome"] != NOT_TESTED].itertuples()
        ]
        return "\n".join(lines)

    def untested(self) -> str:
        """The findings that were not, by number."""
        rows = self._tables["findings"]
        return ", ".join(rows.loc[rows["outcome"] == NOT_TESTED, "finding"])

    def asked(self) -> str:
        """How many confirmatory comparisons there are."""
        return str(len(self._confirmatory))

    def decided(self) -> str:
        """How many of them state something."""
        return str((self._confirmatory["statement"] != UNKNOWN).sum())

    @property
    def _confirmatory(self) -> pd.DataFrame:
        verdicts = self._tables["verdicts"]
        return verdicts[verdicts["family"] == CONFIRMATORY]

    def sure(self) -> str:
        """How many of them are certain."""
        return str(self._confirmatory["verdict"].isin(CERTAIN).sum())

    def wrong(self) -> str:
        """In how many simulated studies of its size something certain is false, at most.

        Raises:
            ValueError: it was calibrated at another size, or its error is above the one claimed.
        """
        rates = self._rates_of(FALSE)
        if (rates["low"] > 1 - LEVEL).any():
            raise ValueError("calibration.csv: the error is above the one that the page claims")
        worst = rates.loc[rates["rate"].idxmax()]
        return f"{worst['rate']:.1%} ({worst['low']:.1%} to {worst['high']:.1%})"

    def _rates_of(self, measure: str) -> pd.DataFrame:
        rows = calibration.read(STUDY / calibration.CALIBRATION)
        rates = rows[(rows["task"] == WHOLE) & (rows["measure"] == measure)]
        if rates.empty or (rates["runs"] != len(self._final)).any():
            raise ValueError(f"calibration.csv: not of {len(self._final)} runs; gatewise calibrate")
        return rates

    def own(self) -> str:
        """In how many families lstm under several names differs from itself, on the worst task."""
        return f"{self._own['rate'].max():.1%}"

    def own_tasks(self) -> str:
        """On how many tasks that was looked at."""
        return str(len(self._own))

    def own_seeds(self) -> str:
        """How many seeds each name had."""
        return str(self._own["seeds"].max())

    @property
    def _own(self) -> pd.DataFrame:
        rows = calibration.read(STUDY / calibration.CALIBRATION)
        return rows[rows["measure"] == FAMILY]

    def failing(self) -> str:
        """The same of simulated studies in which every second architecture now and then fails."""
        rows = self._rates_of(FAILING_FALSE)
        return f"{rows['rate'].min():.0%} to {rows['rate'].max():.0%}"

    def failing_tasks(self) -> str:
        """The tasks where the failing of runs alone keeps a comparison from being certain."""
        verdicts = self._tables["verdicts"]
        fail = verdicts["doubt"] == FAILING
        *most, last = dict.fromkeys(verdicts.loc[fail, "task"])
        return f"{', '.join(most)} and {last}"

    def unseen(self) -> str:
        """How often runs may fail of which none did, at 95%."""
        return self._open_rate(1)

    def unseen_each(self) -> str:
        """The same at the level of one comparison of the confirmatory family."""
        return self._open_rate(len(self._confirmatory))

    def _open_rate(self, comparisons: int) -> str:
        return f"{1 - ((1 - LEVEL) / comparisons) ** (1 / self._seeds.min()):.0%}"

    def trials(self) -> str:
        """How many trainings of its searches there are."""
        return f"{len(self._tables['runs']) - len(self._final):,}"

    def finals(self) -> str:
        """How many final runs there are."""
        return f"{len(self._final):,}"

    def hours(self) -> str:
        """Core-hours of all trainings."""
        return f"{self._tables['runs']['cpu_seconds'].sum() / 3600:.1f}"

    def cells(self) -> str:
        """How many architectures there are."""
        return str(self._final["architecture"].nunique())

    def tasks(self) -> str:
        """How many tasks there are."""
        return str(self._final["task"].nunique())

    def seeds(self) -> str:
        """How many final runs a pair has."""
        counts = self._seeds
        return " to ".join(dict.fromkeys(map(str, (counts.min(), counts.max()))))

    @property
    def _seeds(self) -> pd.Series:
        return self._final.groupby(["task", "architecture"])["seed"].nunique()

    def more(self) -> str:
        """How many pairs have eight seeds, of how many."""
        counts = self._seeds
        return f"{int((counts >= 8).sum())} of {len(counts)}"

    def calls(self) -> str:
        """How many of the plan's calls were made, of how many."""
        calls = json.loads((STUDY / "study.json").read_text(encoding="utf-8"))["calls"]
        asked = {tuple(product(call["tasks"], call["architectures"])) for call in calls}
        trained = set(self._final.groupby(["task", "architecture"]).groups)
        made = sum(trained >= set(pairs) for pairs in asked)
        plan = (Path(__file__).parent / "edition.sh").read_text(encoding="utf-8")
        return f"{made} of the {len(re.findall('^ask ', plan, re.MULTILINE))}"


def section(said: Said) -> str:
    """What README says was found."""
    return written("edition-readme.md.j2", said)


def discussion(said: Said) -> str:
    """The study as a short paper."""
    return written("edition-discussion.md.j2", said)


def written(template: str, said: Said) -> str:
    """A template filled with what the study says, in lines that fit."""
    names = {name: getattr(said, name) for name in dir(said) if not name.startswith("_")}
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined
    )
    text = environment.get_template(template).render(names, **NAMES)
    return "\n\n".join(map(filled, text.split("\n\n"))) + "\n"


def filled(paragraph: str) -> str:
    """A paragraph, or the points of a list, in lines that fit; a table is left as it is."""
    if paragraph.startswith("|"):
        return paragraph
    points = re.split(r"\n(?=- )", paragraph)
    return "\n".join(
        textwrap.fill(
            " ".join(point.split()),
            WIDTH,
            subsequent_indent="  " if point.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for point in points
    )


def _share(flags: pd.Series) -> str:
    return f"{flags.astype(str).eq('True').mean():.0%}"


def readme(said: Said) -> str:
    """README.md with that section."""
    return SECTION.sub(lambda _: section(said), README.read_text(encoding="utf-8"))


if __name__ == "__main__":
    told = Said()
    README.write_text(readme(told), encoding="utf-8")
    DISCUSSION.write_text(discussion(told), encoding="utf-8")
