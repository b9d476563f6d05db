"""Writes docs/api.md from the docstrings of what ``gatewise`` makes public: ``make docs``."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import FunctionType

import gatewise

PAGE = Path(__file__).with_suffix(".md")
HEAD = """# What users build on

Imported from one place, as `from gatewise import Task`; written by `make docs` from the docstrings.
Nothing is loaded before it is asked for, TensorFlow only by layers.
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join([HEAD, *map(_room, gatewise.PUBLIC)])


def _room(module: str) -> str:
    entries = map(_entry, gatewise.PUBLIC[module])
    return f"## From `{module}`\n\n" + "\n".join(entries)


def _entry(name: str) -> str:
    """A name, how it is called, and what is said of it."""
    found = getattr(gatewise, name)
    words = inspect.getdoc(found) or ""
    return f"### {name}\n\n```python\n{name}{_call(found)}\n```\n\n```text\n{words}\n```\n"


def _call(found: object) -> str:
    """The parameters of what is called; nothing of a class that lists its values."""
    listed = isinstance(found, type) and issubclass(found, str)
    if listed or not isinstance(found, type | FunctionType):
        return ""
    parameters = list(inspect.signature(found).parameters.values())
    lines = [re.sub(r": '([^']*)'", r": \1", str(p)) for p in parameters]
    apart = [k for k, p in enumerate(parameters) if p.kind is p.KEYWORD_ONLY]
    if apart:
        lines.insert(apart[0], "*")
    return "(" + "".join(f"\n    {line}," for line in lines) + ("\n)" if lines else ")")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
