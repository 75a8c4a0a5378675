"""Fixtures of the browser tests: real web and worker processes, stand-in providers, Chromium."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.faults.conftest import copy_of, quiet_template
from tests.faults.processes import Deployment
from tests.standins.openai import OpenAIStandIn
from tests.standins.pexels import PexelsStandIn
from tests.standins.resend import ResendStandIn
from tests.standins.run import settings
from tools.servers import Valkey

__all__ = ["quiet_template"]

# A machine that does much else is slow, not wrong.
expect.set_options(timeout=30_000)

#: What browsers write when a line is cut or a page is left, and the refusals that pages show themselves.
_OF_THE_LINE = re.compile(
    r"ERR_NETWORK_CHANGED|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_ABORTED|ERR_INTERNET_DISCONNECTED"
    r"|htmx:(?:sse:)?error: Failed to fetch|status of 4(?:09|10|22)"
)

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def standins() -> Iterator[tuple[ResendStandIn, OpenAIStandIn, PexelsStandIn]]:
    """Resend, OpenAI and Pexels on this machine."""
    with ResendStandIn() as resend, OpenAIStandIn() as openai, PexelsStandIn() as pexels:
        yield resend, openai, pexels


@pytest.fixture
def stage(
    servers: tuple[str, str],
    quiet_template: str,
    own_valkey: Valkey,
    standins: tuple[ResendStandIn, OpenAIStandIn, PexelsStandIn],
    tmp_path: Path,
) -> Iterator[Deployment]:
    """Web and worker running, with the three providers beside them; Resend tells what becomes of its mails."""
    with (
        copy_of(quiet_template, servers[0]) as database,
        Deployment(tmp_path, database, own_valkey.url(), **settings(*standins)) as deployment,
    ):
        deployment.do("update businesses set uses_ai = true")
        deployment.start_web()
        deployment.start_worker()
        standins[0].webhook_url = f"http://localhost:{deployment.port}/webhooks/resend"
        yield deployment


@pytest.fixture
def window(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens windows of people who know nothing of one another; what their consoles say is a failure at the end."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def make(size: dict[str, int], **more: object) -> Page:
        context = browser.new_context(viewport=size, locale="en-GB", timezone_id="Europe/Stockholm", **more)  # type: ignore[arg-type]  # Playwright's own types
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda words: said.append(words.text) if words.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert [words for words in said if not _OF_THE_LINE.search(words)] == []
