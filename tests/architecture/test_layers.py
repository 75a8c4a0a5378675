"""The floors of the program: calls go down, and a circle cannot be drawn."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Low to high; a module imports what stands left of its package, and its own package.
FLOORS = (
    "kernel", "web", "live", "jobs", "files", "ai", "customers", "messaging", "identity", "fleet", "bookings",
    "imports", "calendar", "crm", "ledger", "feeds", "settings", "office", "cli", "factory", "tasks", "wsgi",
)  # fmt: skip
#: Where a late import keeps processes small.
MAY_IMPORT_LATE = ("providers/choice.py",)


def modules() -> dict[str, Path]:
    files = [*(ROOT / "app").rglob("*.py"), *(ROOT / "tasks").rglob("*.py"), ROOT / "wsgi.py"]
    return {_name(file): file for file in sorted(files)}


def _name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def imports_of(tree: ast.AST, known: frozenset[str]) -> Iterator[str]:
    """The program's own modules that are imported anywhere in the tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known:
                    yield whole
                elif node.module in known:
                    yield node.module


def floor_of(module: str) -> int:
    parts = module.split(".")
    return FLOORS.index(parts[1] if parts[0] == "app" and len(parts) > 1 else parts[0])


@cache
def graph() -> dict[str, set[str]]:
    found = modules()
    known = frozenset(found)
    return {
        module: {other for other in imports_of(tree_of(file), known) if other != module}
        for module, file in found.items()
        if module != "app"
    }


def test_every_package_has_its_floor() -> None:
    packages = {file.name for file in (ROOT / "app").iterdir() if (file / "__init__.py").exists()}
    assert packages <= set(FLOORS)


def test_imports_go_down_the_floors() -> None:
    wrong = {
        f"{module} imports {other}"
        for module, others in graph().items()
        for other in others
        if floor_of(other) > floor_of(module)
    }
    assert wrong == set()


def test_no_circle_can_be_drawn() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


def test_the_graph_of_a_circle_is_noticed() -> None:
    with pytest.raises(CycleError):
        TopologicalSorter({"app.fleet.holds": {"app.fleet.jobs"}, "app.fleet.jobs": {"app.fleet.holds"}}).prepare()
    assert floor_of("app.bookings.moves") > floor_of("app.fleet.claims") > floor_of("app.kernel.db")


def test_nothing_is_imported_late_or_for_types_only() -> None:
    """Both hide circles."""
    late = []
    for module, file in modules().items():
        top = {id(node) for node in tree_of(file).body}
        imports = (node for node in ast.walk(tree_of(file)) if isinstance(node, ast.Import | ast.ImportFrom))
        if not file.as_posix().endswith(MAY_IMPORT_LATE):
            late += [f"{module}, line {node.lineno}" for node in imports if id(node) not in top]
    assert late == []


def test_packages_hold_a_docstring_only() -> None:
    full = [
        module
        for module, file in modules().items()
        if file.name == "__init__.py" and file.is_relative_to(ROOT / "app") and not _is_docstring(tree_of(file))
    ]
    assert full == []


def _is_docstring(tree: ast.Module) -> bool:
    return len(tree.body) == 1 and ast.get_docstring(tree) is not None


def test_no_feature_imports_the_worker() -> None:
    assert [module for module, others in graph().items() if module.startswith("app.") and "tasks" in str(others)] == []
