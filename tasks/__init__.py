"""The task registry: every module of this package that defines ``TASK`` is a task.

A module may define ``TASKS`` beside it: further tasks of the same kind, at other settings of its
difficulty dial or on other data. Modules without either are what tasks share. Tasks from outside
come by entry points of the group ``gatewise.tasks`` and by plugins (:mod:`gatewise.plugins`).
"""

from __future__ import annotations

import importlib
import pkgutil

from gatewise.registry import Registry
from gatewise.tasks.extras import is_present
from gatewise.tasks.task import Task


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
    """The task of that name.

    Raises:
        UnknownTask: no task has it.
    """
    return registry().find(name)
