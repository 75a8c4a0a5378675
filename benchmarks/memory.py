"""What the processes hold at rest: their proportional share, so that pages which they have in common count once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil

from benchmarks.figures import Figure
from benchmarks.ground import ground, procfile, settle


def measure() -> Iterator[Figure]:
    """A web process that has answered some pages, the web's first process, and a worker with eight threads."""
    if not sys.platform.startswith("linux"):
        yield Figure("memory", None, "MB", note="only Linux tells a process's proportional share")
        return
    with ground(demo=True) as made, made.web() as (origin, first), made.process(procfile("worker")) as worker:
        with httpx2.Client(base_url=origin, timeout=30) as browser:
            for path in ("/", "/book/move", "/login", "/readyz") * 10:
                browser.get(path)
        settle(20)
        web = [child.pid for child in psutil.Process(first).children()]
        share = max(share(number) for number in web)
        yield Figure(
            "web process at rest", share, "MB", goal=200, aim=140, smaller=True, note=f"the larger of {len(web)}"
        )
        yield Figure("worker at rest", share(worker), "MB", goal=200, aim=140, smaller=True)
        yield Figure("all of them", share(first) + sum(map(share, [*web, worker])), "MB")


def share(number: int) -> float:
    """A process's proportional share, in MB."""
    rolled = Path(f"/proc/{number}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in rolled.splitlines() if line.startswith("Pss:"))) / 1024
