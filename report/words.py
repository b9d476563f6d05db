"""Numbers and names as readers see them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from gatewise.report.names import REFERENCE
from gatewise.report.statistics.families import BETTER, SMALL, UNKNOWN, WORSE, worded
from gatewise.report.statistics.power import MOST_SEEDS

MEANING: Mapping[str, str] = {
    worded(WORSE, True): f"worse than {REFERENCE}, and the difference is certain",
    worded(BETTER, True): f"better than {REFERENCE}, and the difference is certain",
    worded(SMALL, True): f"certainly within the margin of {REFERENCE}",
    worded(
        WORSE, False
    ): f"worse than {REFERENCE}; of what is called probable, 1 in 20 may be false",
    worded(BETTER, False): f"better than {REFERENCE}, likewise",
    worded(SMALL, False): f"within the margin of {REFERENCE}, likewise",
    UNKNOWN: "these runs do not decide",
}
PATTERNS: Mapping[str, str] = {
    "sequence to class": "a whole sequence is read and one answer given at its end",
    "synchronous": "one answer is given at every step, right after its input",
    "next step": "each step predicts the input that comes next, so that nothing may read ahead",
    "vector to sequence": "one step is read, then a sequence is written from it, token by token",
    "encoder-decoder": "one network reads the input, a second one writes the output, token by "
    "token, from the state in which the first one ended",
}
KINDS: Mapping[str, str] = {
    "sequence to class": "one label a sequence",
    "synchronous": "a label at every step",
    "next step": "what comes next",
    "vector to sequence": "a sequence from a vector",
    "encoder-decoder": "a sequence into another",
}
"""Patterns in a few words."""
SETTINGS: Mapping[str, str] = {
    "learning_rate": "learning rate",
    "clip_norm": "clip norm",
    "dropout": "dropout",
    "batch_size": "batch size",
    "budget": "recurrent parameters asked for",
    "epochs_run": "epochs trained",
}
FACTS: Mapping[str, str] = {
    "version": "gatewise",
    "commit": "commit",
    "python": "Python",
    "keras": "Keras",
    "backend": "backend",
    "machine": "machine",
}


def slug(name: str) -> str:
    """A name as part of a file's name or of an address: letters, digits and dashes alone."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "unnamed"


def percent(share: float) -> str:
    """A share with its sign, in percent, tenths of it below 10; a dash if there is none."""
    if not math.isfinite(share):
        return "–"
    # Rounded before it is shown, so that nothing is ever less than nothing, -0.0, and once, so that
    # 26.508 is 27. A 9.96 is shown as 10.
    digits = int(abs(round(100 * share, 1)) < 10)
    return f"{round(100 * share, digits) + 0.0:+.{digits}f}%".replace("-", "−")


def between(low: float, high: float) -> str:
    """An interval of shares in percent; what is wider than the whole scale says nothing else."""
    if low < -1 and high > 1:
        return "wider than ±100%"
    return f"{percent(low)} to {percent(high)}"


def amount(difference: float, metric: str, unit: str) -> str:
    """A difference in words: points of accuracy, or the task's unit."""
    points = metric == "accuracy"
    number = f"{100 * difference:+.1f} points" if points else f"{difference:+.3f} {unit}"
    return number.replace("-", "−", 1) if difference < 0 else number


def number(value: float, digits: int = 4) -> str:
    """A number for a table: ``digits`` decimals, or a dash if there is none."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def signed(value: float, digits: int = 4) -> str:
    """A difference for a table, with its sign; a minus is a minus and no dash."""
    return (
        number(value, digits)
        if not math.isfinite(value)
        else f"{value:+.{digits}f}".replace("-", "−")
    )


def p_value(value: float) -> str:
    """A p value: three decimals, none of them a false zero."""
    return "<0.001" if value < 0.0005 else number(value, 3)


def needed(value: float) -> str:
    """How many seeds would decide a pair; empty for one that is decided."""
    if math.isnan(value):
        return ""
    return f"over {MOST_SEEDS}" if math.isinf(value) else f"{value:.0f}"


def markdown_cell(value: object) -> str:
    """Text that cannot break out of a Markdown table or line, nor be read as HTML or a link."""
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("`", "'")
    return re.sub(r"([\\|\[\]*_])", r"\\\1", text)


def markdown_code(text: object) -> str:
    """Text as Markdown's code, in one line; what would end it is left out."""
    return f"`{' '.join(str(text).replace('`', '').replace('<', '').split())}`"


def kind(pattern: str) -> str:
    """A task's pattern in a few words; a pattern of nobody's as it is."""
    return KINDS.get(pattern, pattern)


def date(finished: str) -> str:
    """``2026-01-01T12:30:00+00:00`` for readers."""
    return re.sub(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d\+00:00$", r"\1 \2 UTC", finished)


def spread(column: Iterable[float]) -> str:
    """The few values of a column, or its range."""
    values = sorted(set(column))
    shown = [f"{value:g}" for value in values]
    return ", ".join(shown) if len(shown) <= 3 else f"{shown[0]} to {shown[-1]}"
