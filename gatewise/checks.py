"""What a check finds: the contracts of tasks and architectures, of ours and of anybody's."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST_REASON = 400
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
"""What Keras sets its errors in bold by."""

Check = Callable[..., str]
"""Says in one line what does not hold; says nothing, an empty text, where it holds."""


@dataclass(frozen=True)
class Finding:
    """What one check says of one entry; ``fault`` is empty where it holds."""

    subject: str
    check: str
    fault: str


def findings(subject: str, checks: Iterable[Check], *given: Any) -> Iterator[Finding]:
    """Every check of an entry; one that ends with an error has found a fault too."""
    for check in checks:
        try:
            fault = check(*given)
        except Exception as error:
            fault = told(error)
        yield Finding(subject, title(check), fault)


def told(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def reason_of(error: Exception) -> str:
    """An error in a line, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    said = "".join(filter(str.isprintable, ESCAPES.sub("", told(error))))
    return (said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]} …") + where


def title(check: Check) -> str:
    """A check in words: those of its name."""
    return check.__name__.replace("_", " ")
