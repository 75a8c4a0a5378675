"""Lotte changes and cancels her booking from the mail on her phone, signs in by a mailed link, and books again."""

import base64
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from icalendar import Calendar
from playwright.sync_api import Page, expect

from app.kernel import clock
from tests.browser import pictures
from tests.browser.conftest import DESK, PHONE
from tests.browser.diary import PHONE_NUMBER, keep
from tests.browser.test_a_move import sign_in
from tests.faults.processes import Deployment, wait_for
from tests.standins.openai import OpenAIStandIn
from tests.standins.pexels import PexelsStandIn
from tests.standins.resend import ResendStandIn

LOTTE = "lotte@example.dk"
ZONE = "Europe/Stockholm"
StandIns = tuple[ResendStandIn, OpenAIStandIn, PexelsStandIn]
#: Changes settle for some minutes before they are told; nobody waits for that here.
SETTLED = "update jobs set run_at = now() where kind = 'bookings.tell' and state = 'queued'"


def days_ahead(days: int) -> date:
    """A day that is not over, on the firm's calendar."""
    return clock.today(ZONE) + timedelta(days=days)


def mail_with(resend: ResendStandIn, words: str) -> Any:
    """The mail to Lotte with those words, once it is at the provider."""

    def found() -> list[Any]:
        mails = [sent["payload"] for sent in resend.sent if sent["payload"]["to"] == [LOTTE]]
        return [payload for payload in mails if words in payload["text"]]

    wait_for(found, f"a mail that says {words}")
    return found()[-1]


def link_in(payload: Any, stage: Deployment, path: str) -> str:
    """The link in the mail that leads to that page, at the port where the program is tried."""
    link = re.search(rf"https?://[^/\s]+({path}\S+)", payload["text"])
    assert link, payload["text"]
    return f"http://majorna.localhost:{stage.port}{link[1]}"


def event_in(payload: Any) -> Any:
    """The entry for her calendar."""
    file = next(file for file in payload["attachments"] if file["filename"] == "booking.ics")
    return Calendar.from_ical(base64.b64decode(file["content"])).walk("VEVENT")[0]


def book(stage: Deployment, email: str = LOTTE, **more: str) -> str:
    """A booking as the form would send it; the reference."""
    made = stage.browser().book(email=email, name="Lotte Holm", language="en", **more)
    assert made.status == 201, made
    return str(made.json["reference"])


def fits(page: Page) -> None:
    """Nothing is cut off at the side of the phone."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def give_to_crew(office: Page, stage: Deployment, reference: str) -> None:
    """The office gives the booking to its one crew; its page stays open."""
    office.goto(f"http://majorna.localhost:{stage.port}/admin/bookings/{reference}")
    office.locator("summary", has_text="Give to a crew").click()
    office.locator("article").get_by_role("button", name="Save").click()
    expect(office.locator("article")).to_contain_text("Assigned")


def too_late_for_her_but_not_for_the_office(stage: Deployment, lotte: Page, office: Page) -> None:
    """Two hours before, although the rule says a day: she is told the rule and the telephone; the office cancels."""
    made = stage.browser().book(email="late@example.dk", name="Lotte Holm", language="en", time="08:00")
    reference, link = str(made.json["reference"]), re.sub(r"^https?://[^/]+", "", str(made.json["manageUrl"]))
    stage.do(
        "update bookings set starts_at = now() + interval '2 hours', ends_at = now() + interval '6 hours' "
        "where reference = %s",
        reference,
    )
    lotte.goto(f"http://majorna.localhost:{stage.port}{link.replace('?', '/cancel?')}")
    expect(lotte.get_by_role("heading", name="It is too late to change this here")).to_be_visible()
    expect(lotte.get_by_text("That was until")).to_be_visible()
    expect(lotte.get_by_role("link", name=PHONE_NUMBER).first).to_be_visible()
    pictures.take(lotte, "j9-5-too-late")
    office.goto(f"http://majorna.localhost:{stage.port}/admin/bookings/{reference}")
    office.locator("summary", has_text="Cancel the booking").click()
    office.locator("article").get_by_role("button", name="Cancel the booking").click()
    expect(office.get_by_text("Cancelled late:")).to_be_visible()


def test_changed_and_cancelled_from_the_mail(
    stage: Deployment, standins: StandIns, window: Callable[..., Page]
) -> None:
    resend = standins[0]
    keep(stage)
    stage.do("update users set language = 'en'")
    first, wanted, instead = days_ahead(7), days_ahead(9), days_ahead(10)
    reference = book(stage, date=first.isoformat(), time="08:00")
    confirmation = mail_with(resend, reference)
    link = link_in(confirmation, stage, "/booking/")
    before = event_in(confirmation)

    # The company's mail scanner opens every link there is: nothing happens.
    scanner = window(PHONE, java_script_enabled=False)
    pages = [link, link.replace("?", "/change?"), link.replace("?", "/cancel?"), link.replace("?", "/again?")]
    state = "select state, version, starts_at from bookings"
    said = stage.rows(state)
    for page in pages:
        answer = scanner.goto(page)
        assert answer is not None
        assert answer.status == 200, page
    assert stage.rows(state) == said

    # It is given to a crew; the office has its page open.
    office = window(DESK)
    sign_in(office, stage)
    give_to_crew(office, stage, reference)
    said = stage.rows(state)

    # She sees day and service and chooses a new day; while she looks, somebody else takes it.
    lotte = window(PHONE)
    lotte.goto(link)
    lotte.get_by_role("link", name="Change the time").click()
    expect(lotte.get_by_text(reference)).to_be_visible()
    expect(lotte.get_by_text("070-123 45 67")).to_have_count(0)
    pictures.take(lotte, "j9-2-choose-another-time")
    lotte.goto(f"{lotte.url}&date={wanted.isoformat()}")
    lotte.get_by_label("We come between").select_option("08:00")
    book(stage, "karl@example.se", date=wanted.isoformat(), time="08:00")
    lotte.get_by_role("button", name="Take this time").click()
    expect(lotte.get_by_text("That time has just been taken.")).to_be_visible()
    expect(lotte.get_by_text("Your old time is still yours.")).to_be_visible()
    assert stage.rows(f"{state} where reference = '{reference}'") == said
    fits(lotte)

    pictures.take(lotte, "j9-3-just-taken")

    # Others are offered; she takes one. Same reference, a new mail, the entry in her calendar moves in place.
    offered = lotte.locator(".note a").first
    expect(offered).to_be_visible()
    lotte.goto(f"{link.replace('?', '/change?')}&date={instead.isoformat()}")
    lotte.get_by_label("We come between").select_option("09:00")
    lotte.get_by_role("button", name="Take this time").click()
    expect(lotte.get_by_text("Your new time is booked.")).to_be_visible()
    expect(lotte.get_by_text(reference).first).to_be_visible()
    pictures.take(lotte, "j9-4-the-new-time")

    # The office's page follows by itself, and the crew's time has moved along.
    expect(office.locator("article")).to_contain_text("09:00")
    spans = stage.rows(
        "select lower(c.during) as begins from claims c join booking_claims l on l.claim_id = c.id "
        "join bookings b on b.id = l.booking_id where b.reference = %s and c.released_at is null",
        reference,
    )
    assert [span["begins"] for span in spans] == [
        row["starts_at"] for row in stage.rows("select starts_at from bookings where reference = %s", reference)
    ]
    stage.do(SETTLED)
    changed = event_in(mail_with(resend, "The entry in your calendar moves along"))
    assert changed["uid"] == before["uid"]
    assert int(changed["sequence"]) > int(before.get("sequence", 0))
    assert changed["dtstart"].dt.date() == instead

    too_late_for_her_but_not_for_the_office(stage, lotte, office)

    # In time it works, and the time is free for others at once.
    lotte.goto(link)
    lotte.get_by_role("link", name="Cancel the booking").click()
    lotte.get_by_role("button", name="Cancel the booking").click()
    expect(lotte.get_by_role("heading", name="This booking is cancelled.")).to_be_visible()
    pictures.take(lotte, "j9-6-cancelled")
    assert event_in(mail_with(resend, "Nobody will come."))["status"] == "CANCELLED"
    karl = window(PHONE)
    karl.goto(f"http://majorna.localhost:{stage.port}/book/move?step=2&date={instead.isoformat()}")
    expect(karl.locator(f"input[name=date][value='{instead.isoformat()}']")).to_be_checked()
    expect(karl.get_by_label("We come between").locator("option[value='09:00']")).to_have_count(1)

    # Much later the link says kindly that this is over.
    stage.do(
        "update bookings set starts_at = starts_at - interval '60 days', ends_at = ends_at - interval '60 days' "
        "where reference = %s",
        reference,
    )
    lotte.goto(link)
    expect(lotte.get_by_role("heading", name="This booking is over")).to_be_visible()
    expect(lotte.get_by_role("link", name="Book again")).to_be_visible()
    pictures.take(lotte, "j9-7-over")


def test_signed_in_by_a_mailed_link_and_booked_again(
    stage: Deployment, standins: StandIns, window: Callable[..., Page]
) -> None:
    resend = standins[0]
    keep(stage)
    reference = book(stage, date=days_ahead(7).isoformat(), time="08:00", size="3 rooms")
    stage.do(
        "update bookings set state = 'done', starts_at = starts_at - interval '20 days', "
        "ends_at = ends_at - interval '20 days'"
    )

    # From the page of signing in to a mail, and from its button to the bookings.
    lotte = window(PHONE)
    lotte.goto(f"http://majorna.localhost:{stage.port}/login?next=/dashboard")
    lotte.get_by_role("link", name="Mail me a link instead").click()
    lotte.get_by_label("E-mail address").fill(LOTTE)
    lotte.get_by_role("button", name="Mail me a link").click()
    expect(lotte.get_by_text("If we know this address")).to_be_visible()
    link = link_in(mail_with(resend, "/login/link/"), stage, "/login/link/")
    scanner = window(PHONE, java_script_enabled=False)
    scanner.goto(link)
    assert stage.number("select count(*) from sessions") == 0
    lotte.goto(link)
    lotte.get_by_role("button", name="Sign in").click()
    expect(lotte).to_have_url(re.compile("/dashboard$"))
    expect(lotte.get_by_role("heading", name="Hello Lotte")).to_be_visible()
    fits(lotte)
    scanner.goto(link)
    expect(scanner.get_by_text("This link has been used")).to_be_visible()

    # Book again: one tap opens everything filled, a day is chosen, the second tap books.
    lotte.get_by_role("link", name="Book again").click()
    expect(lotte.get_by_label("Moving from")).to_have_value("Linnégatan 12, 413 04 Göteborg")
    fits(lotte)
    wanted = lotte.locator(f"input[name=date][value='{days_ahead(10).isoformat()}']")
    if not wanted.count():
        lotte.get_by_role("button", name="The month after").click()
    wanted.check(force=True)
    expect(lotte.get_by_label("We come between").locator("option").nth(1)).to_be_attached()
    lotte.get_by_role("button", name="Book the move").click()
    expect(lotte.get_by_role("heading", level=1)).to_contain_text("Thank you, Lotte.")
    made = stage.rows("select reference, size, booked_by from bookings order by id")
    assert [row["reference"] == reference for row in made] == [True, False]
    assert made[0]["size"] == made[1]["size"] == "3 rooms"
    assert made[0]["booked_by"] == made[1]["booked_by"] is not None

    # Both stand on her page.
    lotte.goto(f"http://majorna.localhost:{stage.port}/bookings")
    expect(lotte.locator("#my-bookings li")).to_have_count(2)
    fits(lotte)
