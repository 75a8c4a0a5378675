"""The parts of `bin/test`: what each runs, and what it says about it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.children import spawn, stop

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Outcome:
    """How one stage went."""

    stage: str
    ok: bool  # nothing failed; what was left out stands in `untested`
    ran: bool = True
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    untested: list[str] = field(default_factory=list)


def run_check(stage: str, commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> Outcome:
    """Run commands that print only when something is wrong; their words are shown then."""
    print(f"== {stage} …", flush=True)
    begun = time.monotonic()
    for command in commands:
        child = spawn(command, output=subprocess.PIPE, env=environment, cwd=ROOT)
        try:
            said = child.communicate()[0].decode(errors="replace")
        finally:
            code = stop(child)
        if code:
            print(said, flush=True)
            return Outcome(stage, ok=False, seconds=time.monotonic() - begun)
    return Outcome(stage, ok=True, seconds=time.monotonic() - begun)


def run_pytest(stage: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Outcome:
    """Run tests before the reader's eyes and count them."""
    print(f"== {stage} …", flush=True)
    begun = time.monotonic()
    missing = [name for name in arguments if name.startswith("tests/") and not (ROOT / name.split("::")[0]).exists()]
    if missing:
        print(f"There is no {', '.join(missing)}.", flush=True)
        return Outcome(stage, ok=False)
    # A folder of its own, for two may be tested at once in one checkout.
    with tempfile.TemporaryDirectory(prefix="kontor-counts-") as folder:
        file = Path(folder) / "counts.json"
        command = [sys.executable, "-m", "pytest", "-p", "tools.counting", *arguments]
        told = {**environment, "TEST_COUNTS": str(file)}
        child = spawn(command, env=told, cwd=ROOT, reads=True, dies_by=signal.SIGINT)
        try:
            code = child.wait()
        finally:
            # The way to end pytest that lets it put away what the tests started.
            stop(child, signal.SIGINT, patience=60)
        found = json.loads(file.read_text()) if file.exists() else {"counts": {}, "skipped": []}
    seconds = time.monotonic() - begun
    return Outcome(stage, ok=code == 0, seconds=seconds, counts=found["counts"], untested=found["skipped"])


def setting_names() -> set[str]:
    """The names of the program's own settings, as .env.example lists them."""
    example = ROOT / ".env.example"
    lines = example.read_text().splitlines() if example.exists() else []
    return {found[1] for line in lines if (found := re.match(r"#?\s*([A-Z][A-Z0-9_]+)=", line))}
