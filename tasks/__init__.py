"""The task registry: every module of this package that defines ``TASK`` is a task.

A module may define ``TASKS`` beside it: further tasks of the same kind, at other settings of its
difficulty dial or on other data. Modules without either are what tasks share. Tasks from outside
come by entry points of the group ``gatewise.tasks`` and by plugins (:mod:`gatewise.plugins`).

Every task is there at any size of its cells too: ``adding-100@2000`` is ``adding-100`` with 2,000
recurrent parameters instead of those of its recipe. So a study of several sizes is one of several
tasks, and all that holds for tasks (families, races, margins) holds for sizes.
"""

from __future__ import annotations

import importlib
import pkgutil

from gatewise.registry import Origin, Registry
from gatewise.tasks.extras import is_present
from gatewise.tasks.names import is_sized, plain
from gatewise.tasks.task import MOST_PARAMETERS, Task


class UnknownTask(ValueError):
    """A task name that the registry does not hold."""


def _ours() -> list[Task]:
    """The tasks of this package, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [
        task
        for module in modules
        if hasattr(module, "TASK")
        for task in (module.TASK, *getattr(module, "TASKS", ()))
    ]
    return sorted(found, key=lambda task: task.name)


_REGISTRY = Registry("task", Task, _ours, "gatewise.tasks", ("TASK", "TASKS"), UnknownTask)


def registry() -> Registry[Task]:
    """All tasks by name."""
    return _REGISTRY


def present() -> dict[str, Task]:
    """The tasks whose data is here."""
    return {n: t for n, t in registry().items() if not t.extra or is_present(t.extra)}


def find(name: str) -> Task:
    """The task of that name, of the size that it asks for.

    Raises:
        UnknownTask: no task has it, or its size is no number.
    """
    task = registry().find(plain(name))
    if not is_sized(name):
        return task
    size = name.removeprefix(plain(name))[1:]
    if not (size.isdecimal() and size.isascii() and 1 <= int(size) <= MOST_PARAMETERS):
        raise UnknownTask(
            f"size {size!r} of task {name!r}: allowed are whole numbers from 1 to {MOST_PARAMETERS}"
        )
    return task.sized(int(size))


def origin(name: str) -> Origin:
    """Where the task of that name comes from, whatever its size."""
    return registry().origin(find(plain(name)).name)
