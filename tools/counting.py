"""A pytest plugin that writes down how a run went, for `bin/test` to sum up: `pytest -p tools.counting`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

WORDS = {"failed": "failed", "passed": "passed", "skipped": "skipped", "error": "errors", "xfailed": "xfailed"}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Write the counts, and of each skipped test its name and why, into the file that TEST_COUNTS names."""
    stats = terminalreporter.stats
    counts = {word: len(stats.get(key, [])) for key, word in WORDS.items()}
    skipped = [f"{report.nodeid}: {_reason(report.longrepr)}" for report in stats.get("skipped", [])]
    Path(os.environ["TEST_COUNTS"]).write_text(json.dumps({"counts": counts, "skipped": skipped}))


def _reason(longrepr: Any) -> str:
    return str(longrepr[2]).removeprefix("Skipped: ") if isinstance(longrepr, tuple) else str(longrepr)
