"""The day of a mover on a phone: what is said without a connection is sent once, in order, when the line is back."""

import http.client
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.faults.client import OWNER, PASSWORD
from tests.faults.movers import MOVER, TODAY, TOMORROW, give_jobs
from tests.faults.processes import Deployment

FIRST, SECOND = TODAY
SAID = "select kind, words from field_reports order by id"
KEPT = "Object.keys(localStorage).filter(name => name.startsWith('kontor-waiting')).length"


def sign_in(page: Page, stage: Deployment, email: str, then: str) -> None:
    """Somebody of the firm, before that page."""
    page.goto(f"http://majorna.localhost:{stage.port}/login?next={then}")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"{then}$"))


def job_of(page: Page, name: str) -> Locator:
    """The card of that customer's job."""
    return page.locator("[data-job]").filter(has_text=name)


def step(page: Page, name: str, label: str) -> None:
    """Press what brings that job further, and wait until the page lies still again."""
    job_of(page, name).get_by_role("button", name=label, exact=True).click()
    expect(page.locator("#waiting[data-settling]")).to_have_count(0)


def all_sent(page: Page) -> None:
    """Nothing waits on the phone any more."""
    expect(page.locator("#waiting")).to_be_hidden()
    page.wait_for_function(f"{KEPT} === 0")


def kinds(stage: Deployment) -> list[Any]:
    """What has arrived, in the order in which it came."""
    return [row["kind"] for row in stage.rows(SAID)]


def facts(stage: Deployment, name: str) -> int:
    """How often that was announced."""
    return stage.number("select count(*) from events where name = %s", name)


@pytest.mark.timeout(300)
def test_a_day_with_a_cellar_in_it(stage: Deployment, window: Callable[..., Page]) -> None:
    give_jobs(stage)
    page, office = window(PHONE), window(DESK)
    sign_in(page, stage, MOVER, "/driver")
    first = job_of(page, FIRST)
    expect(page.locator("[data-job]")).to_have_count(2)
    expect(first).to_contain_text("Door code 4471")
    expect(first.get_by_role("link", name="Call")).to_have_attribute("href", re.compile(r"^tel:\+?\d+$"))
    expect(page.get_by_text("1 job, 09:00")).to_be_visible()

    # With a line, a press is there at once; pressed twice it counts once.
    first.get_by_role("button", name="On my way").dblclick()
    expect(page.locator("#waiting[data-settling]")).to_have_count(0)
    expect(first.get_by_text("On the way")).to_be_visible()
    all_sent(page)
    assert (kinds(stage), facts(stage, "booking.on_the_way")) == (["on_the_way"], 1)

    # In the cellar everything still works and is kept, also over a press of "Try now".
    page.context.set_offline(True)
    step(page, FIRST, "Start")
    first.get_by_role("button", name="Nothing left behind").click()
    expect(first.get_by_role("button", name="Nothing left behind")).to_have_attribute("aria-pressed", "true")
    first.get_by_text("Note", exact=True).click()
    first.get_by_label("Note for the office").fill("Scratch on the door frame was there before")
    first.get_by_role("button", name="Send").click()
    first.get_by_text("Extra work").click()
    first.get_by_label("What was done in addition?").fill("Packing")
    first.get_by_label("How long?").select_option("120")
    glass = first.locator("canvas")
    glass.scroll_into_view_if_needed()
    place = glass.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 20, place["y"] + 30)
    page.mouse.down()
    page.mouse.move(place["x"] + 150, place["y"] + 70, steps=5)
    page.mouse.up()
    first.get_by_role("button", name="I agree").click()
    step(page, FIRST, "Done")
    expect(page.locator("#waiting")).to_contain_text("5 things are waiting to send.")
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("#waiting")).to_contain_text("5 things are waiting to send.")
    expect(page.get_by_text(SECOND)).to_be_visible()
    assert kinds(stage) == ["on_the_way"]

    # What waits can be taken back; signing out asks first.
    first.get_by_role("button", name="Take back").click()
    expect(page.locator("#waiting")).to_contain_text("4 things are waiting to send.")
    step(page, FIRST, "Done")
    page.locator("header summary").filter(has_text="Menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("dialog")).to_contain_text("has not been sent")
    page.get_by_role("button", name="Go back").click()
    page.keyboard.press("Escape")

    # Back in the street: all of it goes, once, in order.
    page.context.set_offline(False)
    all_sent(page)
    expect(first).to_contain_text("Done")
    expect(page.get_by_text("1 of 2 done")).to_be_visible()
    assert kinds(stage) == ["on_the_way", "started", "ticked", "note", "extra", "done"]
    assert [facts(stage, f"booking.{name}") for name in ("on_the_way", "extra_agreed", "noted")] == [1, 1, 1]
    assert stage.number("select count(*) from field_reports where length(signature) > 200") == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # The office sees that it is done, the note, and what was signed.
    reference = str(stage.rows("select reference from bookings where contact_name = %s", FIRST)[0]["reference"])
    sign_in(office, stage, OWNER, f"/admin/bookings/{reference}")
    expect(office.get_by_text("Packing, 2 h").first).to_be_visible()
    picture = office.get_by_role("img", name=f"Signature of {FIRST}")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 600)
    expect(office.get_by_text("Scratch on the door frame was there before").first).to_be_visible()

    # The end of the day: tomorrow is there to read, and nothing stays on the phone after signing out.
    page.get_by_text("Show tomorrow").click()
    expect(page.get_by_text(TOMORROW)).to_be_visible()
    page.locator("header summary").filter(has_text="Menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).not_to_have_url(re.compile("/driver$"))
    page.go_back()
    expect(page.get_by_text(FIRST)).to_have_count(0)
    assert page.evaluate(KEPT) == 0


@pytest.mark.timeout(300)
def test_an_answer_that_is_lost_leaves_nothing_twice(stage: Deployment, window: Callable[..., Page]) -> None:
    give_jobs(stage)
    page = window(PHONE)
    sign_in(page, stage, MOVER, "/driver")
    lost: list[int] = []

    def lose_the_first(route: Any) -> None:
        if lost:
            route.continue_()
            return
        # It arrives and is done, but the phone never hears of it.
        line = http.client.HTTPConnection("127.0.0.1", stage.port, timeout=30)
        place = urlsplit(route.request.url)
        headers = route.request.all_headers() | {"host": place.netloc}
        line.request("POST", place.path, route.request.post_data_buffer, headers)
        lost.append(line.getresponse().status)
        line.close()
        route.abort("internetdisconnected")

    page.route("**/report", lose_the_first)
    job = job_of(page, FIRST)
    job.get_by_text("Note", exact=True).click()
    job.get_by_label("Note for the office").fill("Keys are with the neighbour")
    job.get_by_role("button", name="Send").click()
    expect(page.locator("#waiting")).to_contain_text("1 thing is waiting to send.")
    page.get_by_role("button", name="Try now").click()
    all_sent(page)
    assert lost == [200]
    assert (kinds(stage), facts(stage, "booking.noted")) == (["note"], 1)


@pytest.mark.timeout(300)
def test_signing_out_from_any_page_asks_about_what_waits_and_leaves_nothing(
    stage: Deployment, window: Callable[..., Page]
) -> None:
    give_jobs(stage)
    page = window(PHONE)
    sign_in(page, stage, MOVER, "/driver")
    page.route("**/report", lambda route: route.abort("internetdisconnected"))
    job = job_of(page, FIRST)
    job.get_by_text("Note", exact=True).click()
    job.get_by_label("Note for the office").fill("The cat got out")
    job.get_by_role("button", name="Send").click()
    expect(page.locator("#waiting")).to_contain_text("1 thing is waiting to send.")

    page.goto(f"http://majorna.localhost:{stage.port}/account")
    for press in ("Go back", "Sign out, lose it"):
        page.locator("header summary").last.click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        expect(page.get_by_role("dialog")).to_contain_text("has not been sent")
        assert page.evaluate(KEPT) == 1
        page.get_by_role("button", name=press).click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        if press == "Go back":
            page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("/account$"))
    assert page.evaluate(KEPT) == 0
    assert kinds(stage) == []
