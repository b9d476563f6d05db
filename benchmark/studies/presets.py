"""Ready-made studies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gatewise import tasks
from gatewise.benchmark.architectures import catalogue
from gatewise.benchmark.studies.study import InvalidStudy
from gatewise.tasks.names import sized


@dataclass(frozen=True)
class Preset:
    """A ready-made study: how large its tasks are, which are compared how often, how tuned.

    ``within`` is the time in which it is raced, to at most ``seeds``; None gives all of them.
    """

    scale: str
    tasks: tuple[str, ...]
    architectures: tuple[str, ...]
    seeds: int
    trials: int = 0
    within: str | None = None


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
    "no-inner-recurrence",
)
"""The lattices of the LSTM and the GRU, their family, and what the published findings speak of."""

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
            "char-lm",
            *(
                n
                for n in tasks.registry().ours
                if (d := tasks.find(n).dial) and d.family in FAMILIES
            ),
        ),
        STANDARD,
        seeds=10,
        trials=12,
    ),
    "paper": Preset(
        "paper",
        tuple(name for name in tasks.registry().ours if not tasks.find(name).extra),
        catalogue.CATALOGUE.ours,
        seeds=20,
        trials=200,
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
