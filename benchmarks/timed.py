"""How long a page takes, one request after the other, and what it costs: processor time of web and database."""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx2
import psutil

from app.cli.load import percentile
from benchmarks.figures import Figure
from benchmarks.ground import Ground

ROUNDS, WARM = 60, 10


@dataclass(frozen=True)
class Watch:
    """Looks at the processes behind a page; unlike the time that it takes, what they use hardly depends on others."""

    web: int
    database: int

    def used(self) -> tuple[float, float]:
        """Seconds of a processor that web and database have used so far."""
        return _used(self.web), _used(self.database)


def watch(made: Ground, web: int) -> Watch:
    """A look at that web server and its database."""
    process = made.postgres.process
    assert process is not None
    return Watch(web, process.pid)


def timed(
    browser: httpx2.Client,
    path: str,
    seen: Watch,
    *,
    what: str = "",
    goal: float | None = None,
    aim: float | None = None,
) -> Figure:
    """The page's p95 in milliseconds, warm; the note tells p50, size, and what a request costs."""
    spent, size = [], 0
    used = seen.used()
    for number in range(ROUNDS + WARM):
        if number == WARM:
            used = seen.used()
        began = time.monotonic()
        answer = browser.get(path)
        spent.append(time.monotonic() - began)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
        size = len(answer.content)
    web, database = ((after - before) * 1000 / ROUNDS for before, after in zip(used, seen.used(), strict=True))
    warm = spent[WARM:]
    cost = f"processor: web {web:.0f} ms, database {database:.0f} ms"
    return Figure(
        f"{what or f'GET {path}'}: p95", percentile(warm, 95), "ms", goal=goal, aim=aim, smaller=True,
        note=f"p50 {percentile(warm, 50):.0f} ms, {size:,} bytes; {cost}",
    )  # fmt: skip


def _used(number: int) -> float:
    """Of a process and of its children, those that have ended too."""
    total = 0.0
    for process in [psutil.Process(number), *psutil.Process(number).children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process.pid == number:
            total += times.children_user + times.children_system
    return total
