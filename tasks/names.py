"""What the name of a task says of the size of its cells.

``adding-100@2000`` is the task ``adding-100`` with 2,000 recurrent parameters.
"""

from __future__ import annotations

SIZED = "@"


def sized(name: str, parameters: int | str) -> str:
    """The name of a task with cells of so many recurrent parameters."""
    return f"{name}{SIZED}{parameters}"


def is_sized(name: str) -> bool:
    """Whether a name asks for a size."""
    return SIZED in name


def plain(name: str) -> str:
    """A name without the size that it asks for."""
    return name.partition(SIZED)[0]
