"""A figure beside its limit and its goals, and how they are printed."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """What was measured. `goal` and `aim` are what it should reach; `smaller` says that less is better."""

    what: str
    #: None where it could not be measured; the note says why.
    value: float | None
    unit: str
    goal: float | None = None
    aim: float | None = None
    smaller: bool = False
    note: str = ""

    @property
    def reached(self) -> str:
        """`aim`, `goal`, `missed`, or nothing where there is no goal."""
        if self.value is None or self.goal is None or self.aim is None:
            return ""
        for name, wanted in (("aim", self.aim), ("goal", self.goal)):
            if self.value <= wanted if self.smaller else self.value >= wanted:
                return name
        return "missed"


def machine() -> str:
    """What it was measured on."""
    memory = (
        next((int(line.split()[1]) // 1_048_576 for line in Path("/proc/meminfo").read_text().splitlines()[:1]), 0)
        if Path("/proc/meminfo").exists()
        else 0
    )
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = f", load {os.getloadavg()[0]:.1f} before the start" if hasattr(os, "getloadavg") else ""
    return f"{cores} cores, {memory} GB, Python {platform.python_version()}, {platform.system()}{busy}"


def table(figures: list[Figure]) -> str:
    """The figures as lines."""
    rows = [("what", "measured", "at least", "aim", "reached")]
    for one in figures:
        sign = "≤" if one.smaller else "≥"
        goals = tuple(f"{sign} {_number(goal)}" if goal is not None else "" for goal in (one.goal, one.aim))
        shown = "not measured" if one.value is None else f"{_number(one.value)} {one.unit}".strip()
        rows.append((one.what, shown, *goals, one.reached))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"  {one.what}: {one.note}" for one in figures if one.note)])


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def save(figures: list[Figure], file: Path, on: str) -> None:
    """Keep them for comparing."""
    kept = {"machine": on, "figures": [asdict(one) | {"reached": one.reached} for one in figures]}
    file.write_text(json.dumps(kept, indent=1, ensure_ascii=False))
