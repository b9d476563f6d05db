"""Ready-made studies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.studies.settings import read_settings
from gatewise.benchmark.studies.study import InvalidStudy, Study
from gatewise.tasks.extras import command
from gatewise.tasks.names import sized


@dataclass(frozen=True)
class Preset:
    """A ready-made study: how large its tasks are, which are compared how often, how tuned.

    ``within`` is the time in which it is raced, to at most ``seeds``; None gives all of them.
    ``extras`` are tasks whose data does not come with gatewise: asked where it is at hand.
    ``settings`` is a table of what an earlier search chose; None trains each task's recipe.
    """

    scale: str
    tasks: tuple[str, ...]
    architectures: tuple[str, ...]
    seeds: int
    trials: int = 0
    within: str | None = None
    extras: tuple[str, ...] = ()
    settings: Path | None = None

    def tuned(self, study: Study) -> Study:
        """The study at the preset's settings, if they hold for all of its pairs.

        Else as it is: all are tuned with equal effort, or none. Settings were found at the scale of
        the preset and each task's own size, by errors that go back all the way.
        """
        if self.settings is None or study.budget is not None or study.learning != "bptt":
            return study
        found = read_settings(self.settings)
        known = {(setting.task, setting.architecture) for setting in found}
        # All of the table, so that a study that grows within it keeps its plan.
        return replace(study, settings=found) if known.issuperset(study.pairs) else study

    @property
    def here(self) -> tuple[str, ...]:
        """The tasks that can be trained: all but extras whose data is absent."""
        present = tasks.present()
        return (*self.tasks, *(name for name in self.extras if name in present))

    @property
    def left_out(self) -> list[str]:
        """The extras that cannot, and what would bring their data; a line each."""
        return [
            f"left out: task {name!r}: its data is not here; bring it with: "
            f"{command(tasks.find(name).extra)}"
            for name in self.extras
            if name not in self.here
        ]


CHOSEN = Path(__file__).with_name("chosen.csv")
"""For the pairs of `quick`, what the search of the reference study chose: rows of
``results/reference/settings.csv``."""
MAIN_TASKS = ("sentiment", "labelling", "video", "translation")
FAMILIES = ("adding", "arithmetic", "copying", "xml")
"""The tasks that `standard` asks at every setting of their dial."""
LAGGED = (
    *("adding-25", "adding", "adding-100"),
    *("copying-5", "copying-10", "copying", "copying-50"),
    *("flipflop-steps-40", "flipflop", "flipflop-steps-160"),
    *("s5-6", "s5", "s5-24"),
    *("xml-1", "xml-2", "xml-4"),
)
SIZES = (250, 1000, 4000, 16_000)
"""What `lags` crosses: tasks whose dials are turned, and recurrent parameters."""
LSTM_GATES = ("lstm", "NIG", "NFG", "NOG")
STANDARD = (
    *(*LSTM_GATES, "NIG-NFG", "NIG-NOG", "NFG-NOG", "NIG-NFG-NOG"),
    *("gru", "gru-no-reset", "gru-no-update", "vanilla", "mgu", "GRU1", "GRU2", "GRU3"),
    *("bi-lstm", "bi-gru", "stacked-lstm", "stacked-vanilla", "lstm-bias0", "lstm-chrono"),
    *("peephole", "NIG-p", "NFG-p", "NOG-p", "NIAF-p", "NOAF-p", "CIFG-p", "FGR", "janet"),
    *("no-inner-recurrence", "minGRU", "minGRU-negative", "stacked-minGRU", "sLSTM"),
)
"""The lattices of the LSTM and the GRU, their family, and what the published findings speak of."""
INNER = {
    "-".join(("sLSTM", *parts))
    for count in range(2, len(catalogue.SLSTM_WITHOUT) + 1)
    for parts in combinations(catalogue.SLSTM_WITHOUT, count)
}
"""The corners of a lattice of 32 that lack more than one part."""


def _asked(name: str) -> bool:
    """Whether a task of ours is in `paper`: of a dial beside :data:`FAMILIES` one setting alone."""
    task = tasks.find(name)
    return not task.extra and (task.dial is None or task.dial.family in (name, *FAMILIES))


PRESETS: Mapping[str, Preset] = {
    "smoke": Preset("smoke", MAIN_TASKS, ("lstm", "NFG", "vanilla"), seeds=2),
    # What a gate is worth where it may be little, and where it decides: a bit that is kept, a sum
    # that goes round, symbols picked out among blanks. Of the tasks with dials these three were
    # taken because most of their seeds agree and their trainings end (seen at seeds from 100 on,
    # which no study has), so that few runs decide.
    "quick": Preset(
        "quick",
        (
            *("sentiment", "labelling", "video"),
            *("flipflop", "modular", "selective-copy-2"),
            "translation",
        ),
        (*LSTM_GATES, "NIG-NFG-NOG", "gru", "vanilla"),
        seeds=8,
        within="20m",
        settings=CHOSEN,
    ),
    # When one needs a gate: difficulty against size.
    "lags": Preset(
        "quick",
        tuple(sized(task, size) for task in LAGGED for size in SIZES),
        LSTM_GATES,
        seeds=8,
        within="4h",
    ),
    "standard": Preset(
        "standard",
        (
            *MAIN_TASKS,
            *("char-lm", "parity", "s5"),
            *(
                n
                for n in tasks.registry().ours
                if (d := tasks.find(n).dial) and d.family in FAMILIES
            ),
        ),
        STANDARD,
        seeds=10,
        trials=12,
        extras=("music", "speech"),
    ),
    "paper": Preset(
        "paper",
        tuple(filter(_asked, tasks.registry().ours)),
        tuple(name for name in catalogue.CATALOGUE.ours if name not in INNER),
        seeds=20,
        # Halving begins with some 200 points for it, as many as Greff et al. (2017) drew.
        trials=75,
        extras=("music", "speech"),
    ),
}


def find_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        InvalidStudy: there is none.
    """
    if name not in PRESETS:
        raise InvalidStudy(f"preset {name!r}: allowed are {', '.join(PRESETS)}")
    return PRESETS[name]
