"""Anna books a move from her phone, from a light front page to the mail; Back and impatience book nothing more (J1)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from app.kernel import clock
from tests.browser import pictures
from tests.browser.conftest import PHONE
from tests.browser.diary import PHONE_NUMBER, keep
from tests.faults.processes import Deployment, wait_for
from tests.standins.openai import OpenAIStandIn
from tests.standins.pexels import PexelsStandIn
from tests.standins.resend import ResendStandIn

ANNA = "anna@gmial.com"
#: What the front page may weigh, in bytes as they come over the line.
LIGHT = 150_000
_JUMPS = """() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({type: 'layout-shift', buffered: true});
  setTimeout(() => done(sum), 100);
})"""


def a_free_day(page: Page) -> date:
    """The last free day of the month that is shown."""
    days = page.locator("input[name=date]")
    expect(days.first).to_be_attached()
    return date.fromisoformat(days.last.get_attribute("value") or "")


def mail_to(resend: ResendStandIn, address: str) -> Any:
    """The confirmation at the provider."""

    def found() -> list[Any]:
        return [sent["payload"] for sent in list(resend.sent) if sent["payload"]["to"] == [address]]

    wait_for(found, f"a mail to {address}")
    assert len(found()) == 1
    return found()[0]


def weigh(page: Page, url: str) -> float:
    """Open the page; how many bytes came for it. AssertionError where it jumps while it comes."""
    weighing = page.context.new_cdp_session(page)
    weighing.send("Network.enable")
    sizes: list[float] = []
    weighing.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.goto(url, wait_until="networkidle")
    assert page.evaluate(_JUMPS) < 0.02, "the page jumps while it comes"
    weighing.detach()
    return sum(sizes)


def test_anna_books_a_move_and_the_mail_comes_whoever_else_is_down(
    stage: Deployment,
    standins: tuple[ResendStandIn, OpenAIStandIn, PexelsStandIn],
    window: Callable[..., Page],
) -> None:
    resend, openai, pexels = standins
    keep(stage)
    anna, front = window(PHONE), f"http://majorna.localhost:{stage.port}/"

    # The front page is light and stands still.
    assert weigh(anna, front) < LIGHT
    pictures.take(anna, "j1-1-front-page")
    anna.get_by_role("link", name="Book a move").first.click()
    anna.get_by_label("Volume in m³").fill("25")
    anna.get_by_role("button", name="Go on").click()

    # A postcode of the wrong form is said at once and blocks nothing.
    anna.get_by_label("Moving from").fill("Linnégatan 12, 413 0 Göteborg")
    anna.get_by_label("Moving to").fill("Strandvägen 4, 442 31 Kungälv")
    expect(anna.get_by_text("We see no postcode like")).to_be_visible()
    pictures.take(anna, "j1-2-postcode")

    # Only days with a free crew can be chosen; a day that is taken meanwhile is refused with the nearest free ones.
    anna.get_by_role("button", name="The month after").click()
    expect(anna.locator("#when").get_by_role("button", name="The month before")).to_be_visible()
    expect(anna.get_by_text("Free first in this month:")).to_be_visible()
    day = a_free_day(anna)
    anna.locator(f"input[name=date][value='{day}']").check(force=True)
    expect(anna.locator("#time option").nth(1)).to_be_attached()
    stage.do(
        "insert into closed_days (business_id, first, last, reason) select id, %s, %s, 'Inventory' from businesses",
        day, day,
    )  # fmt: skip
    anna.get_by_role("button", name="Go on").click()
    expect(anna.get_by_text("We do not work on").first).to_be_visible()
    expect(anna.get_by_text("The nearest free days:").first).to_be_visible()
    pictures.take(anna, "j1-4-nearest-free-days")
    stage.do("delete from closed_days")
    assert stage.number("select count(*) from bookings") == 0
    again = anna.locator("input[name=date]")
    expect(again.first).to_be_attached()
    anna.locator(f"input[name=date][value='{a_free_day(anna)}']").check(force=True)
    expect(anna.locator("#time option").nth(1)).to_be_attached()
    anna.get_by_role("button", name="Go on").click()

    # Her telephone in any spelling is taken; the slip in her mail is asked about, not refused.
    anna.get_by_label("Name").fill("Anna Lindqvist")
    anna.get_by_label("Phone").fill("+46 (0)70-123 45 67")
    anna.get_by_role("textbox", name="E-mail").fill(ANNA)
    anna.get_by_role("textbox", name="E-mail").press("Tab")
    expect(anna.get_by_text("Did you mean").first).to_be_visible()
    pictures.take(anna, "j1-5-did-you-mean")

    # Pressed twice in impatience: one booking, and the button says that it is working.
    busy = anna.evaluate(
        """() => new Promise(done => {
          const named = one => one.textContent.includes('Book the move');
          const button = [...document.querySelectorAll('button')].find(named);
          button.click(); button.click();
          done(button.getAttribute('aria-busy'));
        })"""
    )
    assert busy == "true"
    booked = anna.locator("article[id^=booking-]")
    expect(booked).to_be_visible()
    assert stage.number("select count(*) from bookings") == 1
    reference = str(stage.rows("select reference from bookings")[0]["reference"])

    # What one has to know: reference, day and time, what to prepare, the calendar, and how to change it.
    expect(booked).to_contain_text(reference)
    expect(booked.get_by_role("link", name="Add to calendar")).to_be_visible()
    expect(anna.get_by_role("heading", name="Before we come")).to_be_visible()
    expect(anna.get_by_role("link", name="Change the time")).to_be_visible()
    expect(anna.get_by_role("link", name="Cancel the booking")).to_be_visible()
    expect(anna.get_by_role("link", name=PHONE_NUMBER).first).to_be_visible()
    pictures.take(anna, "j1-7-booked")

    # The mail: a text of its own, a photo with its photographer, and all of it as plain text too.
    mail = mail_to(resend, ANNA)
    assert {file["filename"] for file in mail["attachments"]} == {"booking.ics", "photo.jpg"}
    for form in ("html", "text"):
        assert reference in mail[form]
        assert "Pexels" in mail[form], form
    assert f"/booking/{reference}?t=" in mail["text"]

    # Back and reload book nothing and show no error.
    anna.reload()
    expect(booked).to_contain_text(reference)
    anna.go_back()
    expect(anna.get_by_role("heading", level=1)).to_be_visible()
    expect(anna.get_by_text("Something went wrong")).to_have_count(0)
    assert stage.number("select count(*) from bookings") == 1

    # With neither texts nor photos to be had the mail is still whole.
    openai.misbehave("500", times=1_000)
    pexels.misbehave("500", times=1_000)
    made = stage.browser().book(email="bo@example.se", language="en", date=_in_days(12), toAddress="Falun")
    assert made.status == 201
    plain = mail_to(resend, "bo@example.se")
    assert made.json["reference"] in plain["text"]
    assert "booking.ics" in {file["filename"] for file in plain["attachments"]}
    made_with = stage.rows("select made_with from email_logs where to_address = 'bo@example.se'")[0]["made_with"]
    assert (made_with["text"], made_with["photo"] != "Pexels") == ("built_in", True), made_with


def _in_days(days: int) -> str:
    return (clock.today("Europe/Stockholm") + timedelta(days=days)).isoformat()
