"""Python loads this at its start because the fault tests put this folder on its path.

It takes away the guards that `KONTOR_TEST_WITHOUT` names, each in the module where it stands, as soon as that module
has been loaded: the program itself has no switch for it.
"""

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

import guards

Change = Callable[[ModuleType], None]


class Changing(importlib.abc.MetaPathFinder):
    """Finds modules as they are found anyway, and changes those that are named once they are loaded."""

    def __init__(self, wanted: dict[str, list[Change]]) -> None:
        self.wanted = wanted

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's own spec, with what is to be changed added to its loading."""
        changes = self.wanted.pop(fullname, None)
        if changes is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            raise ImportError(f"{fullname}: the guard's module is gone")
        load = spec.loader.exec_module

        def load_and_change(module: ModuleType) -> None:
            load(module)
            for change in changes:
                change(module)

        spec.loader.exec_module = load_and_change  # type: ignore[method-assign]  # of this one loader
        return spec


names = [name for name in os.environ.get("KONTOR_TEST_WITHOUT", "").split(",") if name]
if names:
    wanted: dict[str, list[Change]] = {}
    for name in names:
        module, change = guards.OFF[name]
        wanted.setdefault(module, []).append(change)
    sys.meta_path.insert(0, Changing(wanted))
