"""Pictures of what a walk saw, at a phone’s size and a desk’s: build output under `var/walks/`, to be looked at."""

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE

FOLDER = Path(__file__).resolve().parents[2] / "var" / "walks"


def take(page: Page, name: str) -> None:
    """Two pictures of the page as it is; AssertionError where something is cut off at the side of the phone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # Playwright's own type
        # Anything but the usual would put a style of its own into the page, which its policy refuses.
        page.screenshot(path=FOLDER / f"{name}-{size['width']}.png", full_page=True, caret="initial")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    if before is not None:
        page.set_viewport_size(before)
