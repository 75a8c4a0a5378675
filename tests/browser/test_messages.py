"""The office moves a cleaning and sees what its customer will read; the owner writes it in words of the firm (J3)."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK
from tests.browser.test_a_move import sign_in
from tests.faults.processes import Deployment, wait_for
from tests.standins.openai import OpenAIStandIn
from tests.standins.pexels import PexelsStandIn
from tests.standins.resend import ResendStandIn


def test_a_change_is_told_in_the_words_that_were_shown(
    stage: Deployment,
    standins: tuple[ResendStandIn, OpenAIStandIn, PexelsStandIn],
    window: Callable[..., Page],
) -> None:
    stage.do("update users set language = 'en'")
    booked = stage.browser().book(serviceType="cleaning", toAddress="", time="09:00", language="en")
    assert booked.status == 201
    reference, origin = booked.json["reference"], f"http://majorna.localhost:{stage.port}"
    page = window(DESK)
    sign_in(page, stage)

    # The owner's own words, looked at before they are saved.
    page.goto(f"{origin}/admin/settings/messages")
    page.get_by_label("The reminder goes at").select_option("15:00")
    page.get_by_label("Write to customers the day after").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("What is planned already follows.")
    expect(page.get_by_text("The day before at 15:00")).to_be_visible()
    expect(page.get_by_text("Does not go")).to_be_visible()
    cancelled = page.locator("li", has=page.get_by_role("heading", name="Cancelled booking"))
    cancelled.get_by_role("link", name="English").click()
    page.get_by_label("What the mail says").fill("Dear {first_name}, {nobody}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nobody fills {nobody}").first).to_be_visible()
    page.get_by_label("What the mail says").fill("Dear {first_name}, we are sorry about {day}.")
    page.get_by_role("button", name="Show the mail").click()
    expect(page.frame_locator("iframe[name=sample]").locator("p", has_text="we are sorry about")).to_be_visible()
    page.get_by_role("button", name="Show the text message").click()
    expect(page.frame_locator("iframe[name=sample]").get_by_text("1 part")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")

    # From 09 to 11: the words of the mail follow what is typed; nothing is sent before five minutes are over.
    page.goto(f"{origin}/admin/bookings/{reference}/edit")
    expect(page.get_by_text("Nothing is sent")).to_be_visible()
    page.get_by_label("Start").fill("11:00")
    page.get_by_label("End", exact=True).fill("14:00")
    expect(page.locator("#tell")).to_contain_text(", 11:00")
    expect(page.locator("#tell")).to_contain_text(f"Your booking {reference} has changed")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    assert stage.number("select count(*) from jobs where kind = 'bookings.tell' and state = 'queued'") == 1

    # Cancelled, and told so at once, in the words that stood there.
    page.locator("summary", has_text="Cancel the booking").click()
    expect(page.locator("article form", has_text="Tell the customer?")).to_contain_text("we are sorry about")
    page.locator("article").get_by_role("button", name="Cancel the booking").click()
    resend = standins[0]

    def last_words() -> str:
        told = [mail["payload"] for mail in list(resend.sent) if reference in mail["payload"]["subject"]]
        return told[-1]["text"] if told else ""

    wait_for(lambda: "we are sorry about" in last_words(), "the mail in the owner's words")
    assert stage.number("select count(*) from email_logs where kind = 'booking_changed'") == 0
