"""Running `kontor …` as people do: a process of its own, on a database of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STRONG = "0123456789abcdefghijklmnopqrstuv"
PRODUCTION = {
    "APP_ENV": "production", "SECRET_KEY": f"{STRONG}1", "JWT_SECRET": f"{STRONG}2", "ENCRYPTION_KEYS": f"{STRONG}3",
}  # fmt: skip


def kontor(*arguments: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; `said` is what a person types."""
    program = Path(sys.executable).parent / "kontor"
    return subprocess.run(
        [program, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


def made(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The result of a command with `--json`: all that it printed."""
    return dict(json.loads(ended.stdout))
