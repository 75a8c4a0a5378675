"""A booking by its link, its calendar file and its mail."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from app.bookings import lifecycle, links
from app.bookings.models import BookingState
from app.kernel.db import db
from app.messaging import emails
from app.messaging.links import filled_file
from app.messaging.models import EmailLog
from tests.bookings.visitor import HTMX, book, bookings, event_in
from tests.identity.people import HOST, Browser
from tests.make import a_day_ahead, make_business


def test_the_page_of_a_booking_is_private(visitor: Browser) -> None:
    where = book(visitor)
    for method in (visitor.client.get, visitor.client.head):
        answer = method(where, base_url=HOST)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
    page = visitor.get(where).text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "Narrow stair" not in page
    assert "070-123" not in page


def test_whoever_else_has_the_link_sees_no_whole_address(visitor: Browser) -> None:
    visitor.get("/book/move")
    where = book(visitor)
    page = Browser(visitor.client.application.test_client()).get(where).text
    assert "an…@example.se" in page
    assert "anna@example.se" not in page
    assert "Anna" not in page


def test_a_shared_browser_forgets_within_the_hour_who_booked(visitor: Browser, clock: Any) -> None:
    visitor.get("/book/move")
    where = book(visitor)
    clock.forward(minutes=61)
    assert "anna@example.se" not in visitor.get(where).text
    assert "You booked here" not in visitor.get("/book/move").text


def test_looking_at_it_changes_nothing(visitor: Browser) -> None:
    where = book(visitor)
    before = [(row.state, row.version, row.updated_at) for row in bookings()]
    for _time in range(3):
        assert visitor.get(where).status_code == 200
    assert [(row.state, row.version, row.updated_at) for row in bookings()] == before


def test_a_wrong_link_opens_nothing_and_says_what_to_do(visitor: Browser) -> None:
    where = urlsplit(book(visitor)).path
    for token in ("", "?t=", "?t=wrong", "?t=%F0%9F%9A%9A"):
        answer = visitor.get(where + token)
        assert answer.status_code == 404
        assert "This link opens nothing" in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert visitor.get("/booking/AAAA-AAAA?t=x").status_code == 404


def test_a_month_later_the_link_says_that_it_is_over(visitor: Browser, clock: Any) -> None:
    where = book(visitor)
    clock.forward(days=7 + 29)
    assert visitor.get(where).status_code == 200
    clock.forward(days=3)
    answer = visitor.get(where)
    assert answer.status_code == 410
    assert "This booking is over" in answer.text
    assert "Book again" in answer.text


def test_a_link_opens_nothing_at_another_business(visitor: Browser) -> None:
    where = book(visitor)
    make_business("other")
    assert Browser(visitor.client, "http://other.localhost").get(where).status_code == 404


def test_the_page_asks_again_and_hears_only_of_changes(visitor: Browser) -> None:
    page = visitor.get(book(visitor)).text
    polled = re.search(r'hx-get="([^"]+seen=[^"]+)"', page)
    assert polled
    again = polled[1].replace("&amp;", "&")
    assert visitor.get(again, headers=HTMX).status_code == 204
    lifecycle.move(bookings()[0].id, BookingState.CONFIRMED)
    answer = visitor.get(again, headers=HTMX)
    assert answer.status_code == 200
    assert "Booked and confirmed" in answer.text
    assert answer.text.lstrip().startswith("<article")


@pytest.mark.parametrize("state", ["cancelled", "expired"])
def test_what_was_called_off_says_so_and_offers_to_book_again(visitor: Browser, state: str) -> None:
    where = book(visitor)
    lifecycle.move(bookings()[0].id, BookingState(state))
    page = visitor.get(where).text
    assert "Book again" in page
    assert "Add to calendar" not in page


def test_a_mail_that_came_back_shows_on_the_page(visitor: Browser) -> None:
    where = book(visitor)
    lifecycle.mark_mail_trouble(bookings()[0].id, "bounced")
    assert "did not arrive" in visitor.get(where).text


def test_the_calendar_file_tells_the_same_each_time(visitor: Browser) -> None:
    where = book(visitor)
    page = visitor.get(where).text
    link = re.search(r'href="(/booking/[^"]+calendar\.ics[^"]*)"', page)
    assert link
    answer = visitor.get(link[1].replace("&amp;", "&"))
    assert answer.headers["Content-Type"].startswith("text/calendar")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data == visitor.get(link[1]).data
    made = bookings()[0]
    event = event_in(answer.data)
    assert event["uid"] == f"{made.public_id}@kontor"
    assert event["dtstart"].dt == made.starts_at
    assert event["url"] == links.manage_url(made.public_id, made.reference)
    lifecycle.cancel(made.id)
    ended = event_in(visitor.get(link[1]).data)
    assert (ended["status"], ended["sequence"]) == ("CANCELLED", event["sequence"] + 1)


def test_a_day_without_a_time_lasts_all_day_in_the_calendar(visitor: Browser) -> None:
    query = urlsplit(book(visitor, time="")).query
    made = bookings()[0]
    event = event_in(visitor.get(f"/booking/{made.reference}/calendar.ics?{query}").data)
    assert event["dtstart"].dt == a_day_ahead()
    assert (event["dtend"].dt - event["dtstart"].dt).days == 1


def test_the_mail_has_the_facts_and_a_link_and_not_what_strangers_wrote(
    visitor: Browser, run_jobs: Callable[..., int]
) -> None:
    where = book(visitor, notes="Win a prize at http://evil.example", name="http://evil.example now")
    run_jobs()
    email = db.session.scalars(select(EmailLog)).one()
    made = bookings()[0]
    for body in (email.text_body, email.html_body):
        assert "evil.example" not in body
        for words in (made.reference, "Linnégatan 12", "Strandvägen 4", "3 rooms, Piano", "08:00"):
            assert words in body
    assert "is booked" in email.subject
    entry = next(part for part in emails.parts_of(email.id) if part.content_type.startswith("text/calendar"))
    token = parse_qs(urlsplit(where).query)["t"][0]
    assert token.encode() not in entry.content
    sent = filled_file(entry.content, entry.content_type)
    assert event_in(sent)["url"].endswith(f"?t={token}")
    assert all(len(line) <= 75 for line in sent.split(b"\r\n"))
