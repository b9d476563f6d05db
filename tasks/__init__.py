"""The task registry: every module of this package that defines ``TASK`` is a task.

A module may define ``TASKS`` beside it: further tasks of the same kind, at other settings of its
difficulty dial or on other data. Modules without either are what tasks share.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from gatewise.tasks.extras import is_present
from gatewise.tasks.task import Task


class UnknownTask(ValueError):
    """A task name that the registry does not hold."""


@cache
def registry() -> Mapping[str, Task]:
    """All tasks by name, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    found = [
        task
        for module in modules
        if hasattr(module, "TASK")
        for task in (module.TASK, *getattr(module, "TASKS", ()))
    ]
    return {task.name: task for task in sorted(found, key=lambda task: task.name)}


def present() -> dict[str, Task]:
    """The tasks whose data is here."""
    return {n: t for n, t in registry().items() if not t.extra or is_present(t.extra)}


def find(name: str) -> Task:
    """The task of that name.

    Raises:
        UnknownTask: no task has it.
    """
    tasks = registry()
    if name not in tasks:
        raise UnknownTask(f"task {name!r}: allowed are {', '.join(tasks)}")
    return tasks[name]
