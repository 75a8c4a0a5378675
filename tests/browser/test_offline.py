"""The driver's page without a connection: loaded again it is there, what waits is sent once, nobody else reads it."""

import re
from base64 import b64decode
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.test_driver import FIRST, SECOND, all_sent, job_of, kinds, sign_in, step
from tests.faults.client import OWNER
from tests.faults.movers import MOVER, give_jobs
from tests.faults.processes import Deployment, wait_for

#: Whether the phone keeps a copy of somebody's day.
COPY = "caches.open('kontor-day').then(cache => cache.keys()).then(found => found.length)"
PICTURE = (
    "const canvas = document.createElement('canvas'); canvas.width = canvas.height = 40; "
    "canvas.getContext('2d').fillRect(5, 5, 20, 20); return canvas.toDataURL('image/png')"
)

FORGETS_NOTHING = """
CacheStorage.prototype.delete = async () => true;
const post = ServiceWorker.prototype.postMessage;
ServiceWorker.prototype.postMessage = function (words) { if (!words.forget) post.call(this, words); };
"""


def kept(page: Page, copies: int = 1) -> None:
    """So many copies lie on the phone."""
    wait_for(lambda: page.evaluate(COPY) == copies, f"{copies} copies on the phone")


def open_day(page: Page, stage: Deployment) -> str:
    """The mover signs in and has today on the phone; the address of the page."""
    sign_in(page, stage, MOVER, "/driver")
    expect(page.locator("[data-job]")).to_have_count(2)
    kept(page)
    return page.url


def looks_right(page: Page) -> None:
    """Styles, script and icons have come along."""
    assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("Figtree")
    assert page.evaluate("typeof window.htmx") == "object"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def sign_out(page: Page) -> None:
    """By the menu."""
    page.locator("header summary").filter(has_text="Menu").click()
    page.get_by_role("button", name="Sign out").click()


def reached(page: Page, address: str) -> bool:
    """Whether anything of ours is shown at that address."""
    try:
        page.goto(address)
    except Error:  # the browser's own words that there is no connection
        return False
    return True


@pytest.mark.timeout(300)
def test_loaded_again_in_a_cellar_and_sent_once_in_the_street(stage: Deployment, window: Callable[..., Page]) -> None:
    give_jobs(stage)
    page = window(PHONE)
    address = open_day(page, stage)
    step(page, FIRST, "On my way")
    all_sent(page)
    expect(job_of(page, FIRST).get_by_text("On the way")).to_be_visible()

    # The phone drops the tab in the cellar: the list is there again, as it was last, and says from when it is.
    page.context.set_offline(True)
    page.reload()
    expect(page.locator("#kept")).to_contain_text(re.compile(r"This is your day as it was at \d\d:\d\d\."))
    expect(page.locator("[data-job]")).to_have_count(2)
    first = job_of(page, FIRST)
    expect(first).to_contain_text("Door code 4471")
    expect(first.get_by_text("On the way")).to_be_visible()
    looks_right(page)

    # What is said now waits, also over another load.
    step(page, FIRST, "Start")
    first.get_by_role("button", name="Nothing left behind").click()
    first.get_by_text("Photos", exact=True).click()
    picture = page.evaluate(f"() => {{ {PICTURE} }}")
    with page.expect_file_chooser() as asked:
        first.get_by_label("Photos for the office").click()
    asked.value.set_files({"name": "hall.png", "mimeType": "image/png", "buffer": from_address(picture)})
    first.locator("form", has=page.get_by_label("Photos for the office")).get_by_role("button", name="Send").click()
    expect(page.locator("#waiting")).to_contain_text("3 things are waiting to send.")
    page.reload()
    expect(page.locator("#waiting")).to_contain_text("3 things are waiting to send.")
    expect(first.get_by_role("button", name="Nothing left behind")).to_have_attribute("aria-pressed", "true")
    step(page, FIRST, "Done")
    page.reload()
    expect(page.locator("#waiting")).to_contain_text("4 things are waiting to send.")
    expect(page.locator("#kept")).to_be_visible()
    assert kinds(stage) == ["on_the_way"]

    # Back in the street all of it goes, once, and the page is of now again.
    page.context.set_offline(False)
    all_sent(page)
    expect(page.get_by_text("1 of 2 done")).to_be_visible()
    expect(page.locator("#kept")).to_be_hidden()
    assert kinds(stage) == ["on_the_way", "started", "ticked", "photo", "done"]

    # What was sent stands in the copy, too.
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("1 of 2 done")).to_be_visible()
    expect(page.get_by_text(SECOND)).to_be_visible()
    page.context.set_offline(False)

    # After signing out nothing of it is left, with a connection or without.
    page.reload()
    sign_out(page)
    expect(page).to_have_url(re.compile("/login"))
    kept(page, 0)
    page.context.set_offline(True)
    assert not reached(page, address)
    page.context.set_offline(False)


@pytest.mark.timeout(300)
def test_a_session_that_ended_elsewhere_and_another_person_leave_no_copy(
    stage: Deployment, window: Callable[..., Page]
) -> None:
    give_jobs(stage)
    page = window(PHONE)
    address = open_day(page, stage)

    # A server that is away is as good as no connection: the copy is shown, and stays.
    next(process for process in stage.processes if process.name.startswith("web")).end()
    page.goto(address)
    expect(page.locator("#kept")).to_be_visible()
    expect(job_of(page, FIRST)).to_be_visible()
    stage.start_web()

    # Its session is ended from elsewhere: the next load with a connection leads to signing in, and the copy is gone.
    stage.do("delete from sessions")
    page.goto(address)
    expect(page).to_have_url(re.compile("/login"))
    kept(page, 0)
    page.context.set_offline(True)
    assert not reached(page, address)
    page.context.set_offline(False)

    # Somebody of the office on the same phone reads nothing of a mover's day, nor is a page of theirs kept.
    assert open_day(page, stage) == address
    stage.do("delete from sessions")
    sign_in(page, stage, OWNER, "/admin")
    expect(page.locator("html[data-face=office]")).to_have_count(1)
    kept(page, 0)
    page.context.set_offline(True)
    assert not reached(page, address)
    assert not reached(page, address.replace("/driver", "/admin"))
    page.context.set_offline(False)


@pytest.mark.timeout(300)
def test_without_forgetting_the_next_one_would_read_it(stage: Deployment, window: Callable[..., Page]) -> None:
    give_jobs(stage)
    page = window(PHONE)
    page.add_init_script(FORGETS_NOTHING)
    address = open_day(page, stage)
    sign_out(page)
    expect(page.locator("#waiting")).to_have_count(0)
    page.context.set_offline(True)
    assert reached(page, address)
    expect(page.get_by_text(FIRST)).to_be_visible()


def from_address(picture: str) -> bytes:
    """The bytes of a `data:` address."""
    return b64decode(picture.split(",")[1])
