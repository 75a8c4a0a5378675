"""A mail fails and is sent again; a silent provider is one line; 300 with one cause go by one press (J8)."""

import re
from collections import Counter
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser import pictures
from tests.browser.conftest import DESK
from tests.browser.test_a_move import RIGHT, SLIP, sign_in
from tests.faults.mails import queue_mails
from tests.faults.processes import Deployment, wait_for
from tests.standins.openai import OpenAIStandIn
from tests.standins.pexels import PexelsStandIn
from tests.standins.resend import ResendStandIn

StandIns = tuple[ResendStandIn, OpenAIStandIn, PexelsStandIn]
STATES = "select state from email_logs order by id"


def office_at(stage: Deployment, window: Callable[..., Page]) -> tuple[Page, str]:
    """The owner's window, signed in, and where the office is."""
    stage.do("update users set language = 'en'")
    page = window(DESK)
    sign_in(page, stage)
    return page, f"http://majorna.localhost:{stage.port}/admin"


def addressed(resend: ResendStandIn) -> Counter[str]:
    """How many mails each address was sent."""
    return Counter(mail["payload"]["to"][0] for mail in list(resend.sent))


def test_a_refused_mail_is_told_in_plain_words_corrected_and_its_calls_may_be_applied_again(
    stage: Deployment, standins: StandIns, window: Callable[..., Page]
) -> None:
    resend = standins[0]
    office, admin = office_at(stage, window)

    # The provider says that the mailbox does not exist: red on the booking, a task for the office.
    reference = stage.browser().book(email=SLIP, name="Anna Lindqvist", language="en").json["reference"]
    wait_for(lambda: resend.sent, "the confirmation at the provider")
    first = resend.sent[0]["id"]
    assert resend.send_event("email.bounced", first) == 204
    office.goto(f"{admin}/bookings/{reference}")
    expect(office.get_by_text("A mail bounced.")).to_be_visible()
    pictures.take(office, "j8-1-the-booking-in-red")
    office.goto(admin)
    expect(office.locator("#needs")).to_contain_text("Anna Lindqvist")
    pictures.take(office, "j8-1-what-needs-a-person")

    # Another one is refused at once: the page of jobs says why in a sentence, with the booking and its customer.
    resend.replies.append((422, {"name": "validation_error", "statusCode": 422, "message": "Invalid `to` field."}))
    other = stage.browser().book(email="bea@example.se", name="Bea Holm", language="en").json["reference"]
    wait_for(lambda: stage.number("select count(*) from jobs where state = 'failed'") == 1, "the job given up")
    office.goto(f"{admin}/queue")
    failed = office.locator("#failed li").first
    expect(failed).to_contain_text("The address is not one that mail can be sent to.")
    expect(failed.get_by_role("link", name=other)).to_be_visible()
    expect(failed.get_by_role("link", name="Bea Holm", exact=True)).to_be_visible()
    pictures.take(office, "j8-2-the-job-in-plain-words")

    # They call, correct the address and send again: a new mail beside the old one, delivered when it is.
    office.goto(f"{admin}/bookings/{reference}")
    office.get_by_role("link", name="Correct and resend").first.click()
    office.locator("#correct").get_by_label("The right address").fill(RIGHT)
    office.locator("#correct").get_by_role("button", name="Save and resend").click()
    expect(office.get_by_text("Corrected. The mail goes out to")).to_be_visible()
    wait_for(lambda: addressed(resend)[RIGHT] == 1, "the second mail at the provider")
    expect(office.locator("#mail-history")).to_contain_text("sent before")
    second = resend.sent[-1]["id"]

    # The provider's word comes three times and out of order: the state is right, and each call is there to be read.
    for number, word in enumerate(("email.opened", "email.delivered", "email.sent")):
        for _time in range(3):
            assert resend.send_event(word, second, event_id=f"msg_{number}") == 204
    expect(office.locator("#mail-state")).to_contain_text("Opened")
    said = office.locator("#mail-history li[id^=call-]")
    expect(said).to_have_count(3)
    said.first.locator("summary").click()
    expect(said.first.locator("pre")).to_contain_text(RIGHT)
    pictures.take(office, "j8-7-what-the-provider-said")
    said.last.get_by_role("button", name="Apply again").click()
    expect(office.locator("#mail-history li[id^=call-]")).to_have_count(4)
    expect(office.locator("#mail-state")).to_contain_text("Opened")
    assert [row["state"] for row in stage.rows(STATES)] == ["bounced", "failed", "opened"]


def test_while_the_provider_is_down_one_line_says_so_and_then_all_go_none_twice(
    stage: Deployment, standins: StandIns, window: Callable[..., Page]
) -> None:
    resend = standins[0]
    office, admin = office_at(stage, window)
    resend.misbehave("500", times=100_000)
    addresses = queue_mails(stage.database_url, 200)
    office.goto(f"{admin}/queue")
    bar = office.locator("#alarm")
    expect(bar.get_by_text("The mail provider does not answer.")).to_be_visible()
    expect(bar.locator(":scope > div")).to_have_count(1)
    expect(bar).to_contain_text("200 messages are waiting.")
    expect(office.locator("#failed")).to_contain_text("Nothing needs you here")
    pictures.take(office, "j8-4-one-line-while-200-mails-wait")
    assert stage.number("select count(*) from email_logs where state in ('failed', 'bounced')") == 0
    resend.behave()
    wait_for(lambda: len(resend.sent) >= 200, "all mails at the provider", 120)
    stage.wait_for_jobs()
    assert addressed(resend) == Counter(dict.fromkeys(addresses, 1))
    expect(bar.get_by_text("The mail provider does not answer.")).to_have_count(0)


def test_three_hundred_with_one_cause_are_filtered_and_retried_by_one_press(
    stage: Deployment, standins: StandIns, window: Callable[..., Page]
) -> None:
    resend = standins[0]
    office, admin = office_at(stage, window)
    good, resend.keys = resend.keys, frozenset()
    addresses = queue_mails(stage.database_url, 300)
    wait_for(lambda: stage.number("select count(*) from jobs where state = 'failed'") == 300, "all given up", 120)
    office.goto(f"{admin}/queue")
    cause = office.locator("#failed li")
    expect(cause).to_have_count(1)
    expect(cause).to_contain_text("× 300")
    pictures.take(office, "j8-6-three-hundred-with-one-cause")
    cause.get_by_role("link", name="each of them").click()
    expect(office.get_by_role("heading", level=1)).to_be_visible()
    pictures.take(office, "j8-6-each-of-them")
    resend.keys = good
    office.goto(f"{admin}/queue")
    office.locator("#failed li").get_by_role("button", name=re.compile("Retry 300")).click()
    expect(office.locator("#toasts")).to_contain_text("300")
    # The page follows by itself: nothing is left to look at.
    expect(office.locator("#failed")).to_contain_text("Nothing needs you here")
    wait_for(lambda: len(resend.sent) >= 300, "all mails at the provider", 120)
    stage.wait_for_jobs()
    assert addressed(resend) == Counter(dict.fromkeys(addresses, 1))
