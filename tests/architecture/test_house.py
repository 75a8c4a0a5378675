"""What the house style asks of every file, as far as a program can see it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300
NAMES = re.compile(r"(?:^|_)(?:services?|managers?|utils?|helpers?|base|misc|common)(?:_|$)")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
#: Who asks for the time in a way that tests cannot move, and why that is right.
MAY_ASK_FOR_THE_TIME = {"app/kernel/clock.py"}
MAY_READ_THE_ENVIRONMENT = {"app/kernel/config.py"}
OUTSIDE = ("httpx2", "httpx", "requests", "urllib.request", "http.client", "smtplib", "openai", "socket")
#: The one way out for providers, the worker's own name, and the load that `kontor stress` makes.
MAY_CALL_OUT = (
    "app/kernel/wire.py", "app/kernel/http.py", "app/kernel/addresses.py", "app/jobs/workers.py", "/providers/",
    "app/cli/load.py",
)  # fmt: skip


@cache
def ours() -> list[str]:
    """The program's own Python files."""
    found = [*(ROOT / "app").rglob("*.py"), *(ROOT / "tasks").rglob("*.py"), ROOT / "wsgi.py"]
    return sorted(file.relative_to(ROOT).as_posix() for file in found)


@cache
def everything() -> list[str]:
    folders = ("app", "tasks", "tools", "tests", "benchmarks", "migrations")
    found = [file for folder in folders for file in (ROOT / folder).rglob("*") if _is_written_by_hand(file)]
    return sorted(file.relative_to(ROOT).as_posix() for file in found)


def _is_written_by_hand(file: Path) -> bool:
    made = {"dist", "__pycache__", "versions", "node_modules", "translations"}
    return file.suffix in (".py", ".html", ".js", ".css", ".txt") and not made & set(file.parts)


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(), name)


def calls(name: str) -> Iterator[tuple[int, str]]:
    """Every dotted name that is used, with its line: `datetime.now`, `os.environ`."""
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.Attribute):
            yield node.lineno, ast.unparse(node)


def test_a_file_is_short_enough_to_read() -> None:
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in everything()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_nothing_has_a_name_that_says_nothing() -> None:
    assert [name for name in everything() if name.endswith(".py") and NAMES.search(Path(name).stem)] == []


def test_only_the_settings_read_the_environment() -> None:
    reading = re.compile(r"^(?:os\.environ|os\.getenv|os\.environb)\b")
    found = {name for name in ours() for _line, used in calls(name) if reading.match(used)}
    assert found <= MAY_READ_THE_ENVIRONMENT


def test_only_the_clock_is_asked_for_the_time() -> None:
    asking = re.compile(
        r"(?:^|\.)(?:datetime\.(?:now|today|utcnow)|date\.today)$"
        r"|^time\.(?:time|monotonic|sleep|perf_counter|time_ns|localtime|gmtime)$"
    )
    found = {f"{name}:{line}" for name in ours() for line, used in calls(name) if asking.search(used)}
    assert {place for place in found if place.partition(":")[0] not in MAY_ASK_FOR_THE_TIME} == set()


def test_only_providers_call_out() -> None:
    found = set()
    for name in ours():
        for node in ast.walk(tree_of(name)):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            if any(module == out or module.startswith(f"{out}.") for module in modules for out in OUTSIDE):
                found.add(name)
    assert {name for name in found if not any(place in name for place in MAY_CALL_OUT)} == set()


def test_only_verbs_commit() -> None:
    ending = re.compile(r"^db\.session(?:\(\))?\.commit$")
    found = {name for name in ours() for _line, used in calls(name) if ending.match(used)}
    assert found <= {"app/kernel/db.py"}


def test_whoever_reads_is_told_what_a_thing_is_for() -> None:
    bare = []
    for name in ours():
        nodes = [node for node in tree_of(name).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        bare += [f"{name}: {node.name}" for node in nodes if node.name[0] != "_" and not ast.get_docstring(node)]
        bare += [] if ast.get_docstring(tree_of(name)) else [name]
    assert bare == []


def test_nothing_is_left_for_later() -> None:
    # This file has to say what it looks for.
    others = [name for name in everything() if name != "tests/architecture/test_house.py"]
    assert [name for name in others if UNFINISHED.search((ROOT / name).read_text())] == []


def test_a_type_that_is_ignored_has_its_reason() -> None:
    ignored = re.compile(r"#\s*type:\s*ignore(?!\[[a-z, -]+\]\s+#\s*\S)")
    found = [
        f"{name}:{number}"
        for name in ours()
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1)
        if ignored.search(line)
    ]
    assert found == []


def test_templates_keep_to_the_content_policy() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|hx-on|javascript:|\bjs:", re.IGNORECASE)
    found = [
        f"{name}:{number}"
        for name in everything()
        if name.startswith("app/templates/") and name.endswith(".html") and not name.startswith("app/templates/emails/")
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1)
        if inline.search(line)
    ]
    assert found == []
