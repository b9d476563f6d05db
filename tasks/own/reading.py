"""Which columns of a file are what: the options of ``gatewise run --data``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gatewise.plugins import InvalidPlugin

HASHED = 1 << 20
"""Bytes hashed at a time."""


class InvalidReading(InvalidPlugin):
    """Options that together say no data, or two."""


@dataclass(frozen=True)
class Form:
    """One shape that data of a user's own has: the options it needs, and those that it may have."""

    needed: tuple[str, ...]
    allowed: tuple[str, ...] = ()


FORMS: Mapping[str, Form] = {
    "text": Form(("text", "label"), ("group", "time")),
    "tokens": Form(("tokens", "tags"), ("sequence", "group")),
    "features": Form(("sequence", "step", "features", "label"), ("group", "time")),
    "series": Form(("series", "horizon"), ("step", "features", "group")),
}
"""By the option that each form alone has. A text or a sequence has one label or, of a sequence, one
a step; tokens have a tag each; a series is to be known ``horizon`` steps ahead."""
ANYWHERE = ("answers", "length")


@dataclass(frozen=True)
class Reading:
    """A file and what its columns are.

    Attributes:
        path: of the file.
        text, tokens, tags, label: columns; see :data:`FORMS`.
        sequence: column that says which rows belong together; without it tokens are parted by
            blank rows.
        step: column by whose numbers the rows of a sequence or of a series are ordered.
        features: columns of numbers that are read at every step.
        series: column of the numbers that are forecast, and read too.
        horizon: how many steps ahead.
        group: column; what is of one group is in one split. Of a series: several in one file.
        time: column of numbers or of dates as 2026-11-26; training is before validation, and that
            before the test.
        answers: ``classes`` or ``numbers``; empty for what the labels look like.
        length: most steps that are read; 0 for what suits the data.
        labelled: whether there are labels; what is to be answered has none.

    Raises:
        InvalidReading: the options say no form of data, or two, or one has no meaning.
    """

    path: str
    text: str = ""
    label: str = ""
    tokens: str = ""
    tags: str = ""
    sequence: str = ""
    step: str = ""
    features: tuple[str, ...] = ()
    series: str = ""
    horizon: int = 0
    group: str = ""
    time: str = ""
    answers: str = ""
    length: int = 0
    labelled: bool = True

    def __post_init__(self) -> None:
        form = FORMS[self.form]
        given = set(self.recorded()) - {"path", *ANYWHERE}
        for name in form.needed:
            if name not in given:
                raise InvalidReading(f"--{name} is missing: {self._usage}")
        for name in sorted(given - {*form.needed, *form.allowed}):
            raise InvalidReading(f"--{name} {getattr(self, name)!r}: {self._usage}")
        if self.answers not in ("", "classes", "numbers"):
            raise InvalidReading(f"--answers {self.answers!r}: allowed are 'classes' and 'numbers'")
        for name, least in (("length", 0), ("horizon", 0)):
            if getattr(self, name) < least:
                raise InvalidReading(
                    f"--{name} {getattr(self, name)!r}: allowed are whole numbers from 1"
                )

    @property
    def form(self) -> str:
        """The key of :data:`FORMS` that the options mean."""
        # A series may have further features.
        found = [name for name in FORMS if getattr(self, name)]
        if "series" in found:
            found = [name for name in found if name != "features"]
        if len(found) != 1:
            options = ", ".join(f"--{name}" for name in FORMS)
            raise InvalidReading(f"--data {self.path!r}: allowed is one of {options}")
        return found[0]

    @property
    def file(self) -> Path:
        """The file."""
        return Path(self.path)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        read = (self.text, self.tokens, self.series, *self.features, self.sequence, self.step)
        if self.labelled:
            read += (self.label, self.tags, self.time)
        grouped = (self.group,) if self.labelled or self.series else ()
        return tuple(dict.fromkeys(filter(None, (*read, *grouped))))

    @property
    def _usage(self) -> str:
        form = FORMS[self.form]
        needed, allowed = (
            ", ".join(f"--{n}" for n in part) for part in (form.needed, (*form.allowed, *ANYWHERE))
        )
        return f"--{self.form} needs {needed}; allowed are also {allowed}"

    def sha256(self) -> str:
        """Checksum of the file's bytes and of what its columns are, wherever it lies.

        Raises:
            InvalidReading: the file cannot be read.
        """
        said = {n: value for n, value in asdict(self).items() if n not in ("path", "labelled")}
        digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode())
        try:
            for part in _parts(self.file):
                digest.update(part)
        except OSError as error:
            raise InvalidReading(f"--data {self.path!r}: {error.strerror}") from None
        return digest.hexdigest()

    def recorded(self) -> dict[str, Any]:
        """What was said, as plain data."""
        return {n: value for n, value in asdict(self).items() if value and n != "labelled"}

    @classmethod
    def restored(cls, recorded: Mapping[str, Any]) -> Reading:
        """The inverse of :meth:`recorded`."""
        return cls(**{**recorded, "features": tuple(recorded.get("features", ()))})


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(HASHED):
            yield part
