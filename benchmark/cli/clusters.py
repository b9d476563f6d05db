"""What the command's options say of a cluster."""

from __future__ import annotations

from pathlib import Path

from gatewise.benchmark.cli.options import InvalidOption, names
from gatewise.benchmark.execution.engine import Certificate


def amounts(option: str, value: str) -> dict[str, float]:
    """``GPU=1,memory=2e9`` as a mapping."""
    try:
        pairs = [pair.split("=") for pair in names(value)]
        return {name: float(amount) for name, amount in pairs}
    except ValueError:
        raise InvalidOption(f"{option} {value!r}: allowed is NAME=AMOUNT, with commas") from None


def certificate(authority: Path | None, own: Path | None, key: Path | None) -> Certificate | None:
    """The files of ``--tls-ca-file``, ``--tls-cert`` and ``--tls-key``, all of them or none.

    Raises:
        InvalidOption: some are missing, or are no files.
    """
    given = {"--tls-ca-file": authority, "--tls-cert": own, "--tls-key": key}
    if not any(given.values()):
        return None
    for option, path in given.items():
        if path is None or not path.is_file():
            said = "missing" if path is None else repr(str(path))
            raise InvalidOption(f"{option} {said}: allowed is a PEM file, with {', '.join(given)}")
    return Certificate(*(path for path in given.values() if path is not None))
