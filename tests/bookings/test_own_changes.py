"""Customers change and cancel their bookings from the mail: by a button, by the business's rule, once."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from icalendar import Calendar
from sqlalchemy import select

from app.bookings import lifecycle, links
from app.bookings.events import BookingCancelled
from app.bookings.models import Booking
from app.fleet.models import Claim
from app.kernel.access import Role
from app.kernel.clock import wall_time
from app.kernel.db import db
from app.kernel.events import Event
from app.settings.firm import change_firm
from tests.bookings.test_free_times import a_weekday, keep_only
from tests.bookings.visitor import book, bookings, event_in
from tests.identity.people import HOST, Browser, log_in, make_member
from tests.make import a_day_ahead, make_crew

ZONE = "Europe/Stockholm"


def at(made: Booking, act: str = "") -> str:
    """The page of that act, as the mail's link opens it."""
    return f"/booking/{made.reference}{act}?t={links.token_of(made.public_id)}"


def only() -> Booking:
    """The one booking there is."""
    return bookings()[0]


def to_tomorrow(clock: Any) -> None:
    """Let time pass until the booking begins within a day."""
    clock.forward(seconds=(only().starts_at - clock.now() - timedelta(hours=20)).total_seconds())


def test_robots_that_open_every_link_change_nothing(visitor: Browser) -> None:
    book(visitor)
    made = only()
    before = (made.version, made.state, made.starts_at)
    todo, seen = [at(made)], set()
    while todo:
        page = todo.pop()
        seen.add(page)
        visitor.client.head(page, base_url=HOST)
        answer = visitor.get(page)
        assert answer.status_code == 200
        found = re.findall(r'href="(/booking/[^"#]+)', answer.text) if "html" in answer.content_type else []
        todo += [one for one in (link.replace("&amp;", "&") for link in found) if one not in seen and len(seen) < 30]
    assert any("/change" in page for page in seen)
    assert any("/cancel" in page for page in seen)
    now = only()
    assert (now.version, now.state, now.starts_at) == before


def test_another_time_keeps_reference_and_history_and_raises_the_sequence(visitor: Browser) -> None:
    book(visitor)
    made, day = only(), a_day_ahead(9)
    first = event_in(visitor.get(at(made, "/calendar.ics")).data)
    answer = visitor.post(at(made, "/change"), {"date": day.isoformat(), "time": "10:00"})
    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path == f"/booking/{made.reference}"
    now = only()
    assert (now.reference, now.starts_at) == (made.reference, wall_time(day, 10, 0, ZONE))
    assert now.ends_at - now.starts_at == made.ends_at - made.starts_at
    event = event_in(visitor.get(at(made, "/calendar.ics")).data)
    assert event["uid"] == first["uid"]
    assert event["sequence"] > first["sequence"]
    assert len(db.session.scalars(select(Event).where(Event.name == "booking.changed")).all()) == 1


def test_cancelled_by_the_button_with_its_reason_once(visitor: Browser) -> None:
    book(visitor)
    made = only()
    for _press in range(2):
        assert visitor.post(at(made, "/cancel"), {"reason": "We stay  here"}).status_code == 303
    now = only()
    assert (now.state, now.cancelled_reason, now.cancelled_late) == ("cancelled", "We stay here", False)
    told = db.session.scalars(select(Event).where(Event.name == BookingCancelled.name)).all()
    assert len(told) == 1
    answer = visitor.get(at(made, "/calendar.ics"))
    assert "method=CANCEL" in answer.content_type
    assert Calendar.from_ical(answer.data)["method"] == "CANCEL"
    assert event_in(answer.data)["status"] == "CANCELLED"


def test_past_the_limit_the_rule_and_the_phone_number_stand_there_and_nothing_changes(
    visitor: Browser, clock: Any
) -> None:
    book(visitor)
    made = only()
    to_tomorrow(clock)
    for act, sent in (("/change", {"date": a_day_ahead(5).isoformat(), "time": "10:00"}), ("/cancel", {})):
        page = visitor.get(at(made, act)).text
        assert "It is too late to change this here" in page
        assert "48 hours" in page
        assert "031-12 45 80" in page
        assert visitor.post(at(made, act), sent).status_code == 409
    assert "Cancel the booking" not in visitor.get(at(made)).text
    assert (only().state, only().starts_at) == ("received", made.starts_at)


def test_staff_cancel_late_and_that_is_marked(visitor: Browser, clock: Any) -> None:
    book(visitor)
    to_tomorrow(clock)
    lifecycle.cancel(only().id, reason="They rang")
    assert only().cancelled_late
    make_member(role=Role.DISPATCHER)
    visitor.sign_in()
    assert "Cancelled late:" in visitor.get(f"/admin/bookings/{only().reference}").text


def test_a_time_that_was_taken_meanwhile_is_told_and_the_old_one_stays(visitor: Browser) -> None:
    make_crew()
    keep_only()
    day, other = a_weekday(1), a_weekday(2)
    book(visitor, date=day.isoformat(), time="08:00")
    mine = only()
    page = visitor.get(f"{at(mine, '/change')}&date={other.isoformat()}").text
    assert "08:00–09:00" in page
    book(Browser(visitor.client.application.test_client()), date=other.isoformat(), time="08:00", _once="key-2")
    refused = visitor.post(at(mine, "/change"), {"date": other.isoformat(), "time": "08:00"})
    assert refused.status_code == 409
    assert "Your old time is still yours." in refused.text
    assert only().starts_at == mine.starts_at
    third = a_weekday(3)
    assert visitor.post(at(mine, "/change"), {"date": third.isoformat(), "time": "08:00"}).status_code == 303
    assert only().starts_at == wall_time(third, 8, 0, ZONE)


def test_the_crew_moves_along_or_gives_it_back_where_it_is_busy(visitor: Browser) -> None:
    book(visitor)
    book(visitor, date=a_day_ahead(9).isoformat(), _once="key-2")
    crew = make_crew()
    mine, other = bookings()
    for one in (mine, other):
        lifecycle.assign(one.id, crew.id)
    assert visitor.post(at(mine, "/change"), {"date": a_day_ahead(8).isoformat(), "time": "08:00"}).status_code == 303
    assert only().state == "assigned"
    assert visitor.post(at(mine, "/change"), {"date": a_day_ahead(9).isoformat(), "time": "08:00"}).status_code == 303
    assert only().state == "confirmed"
    assert only().starts_at == other.starts_at
    live = db.session.scalars(select(Claim).where(Claim.released_at.is_(None))).all()
    assert len(live) == 1


def test_an_old_link_says_that_it_is_over_on_every_page(visitor: Browser, clock: Any) -> None:
    book(visitor)
    made = only()
    clock.forward(seconds=timedelta(days=45).total_seconds())
    for act in ("", "/change", "/cancel"):
        answer = visitor.get(at(made, act))
        assert answer.status_code == 410
        assert "Book again" in answer.text
    assert visitor.get(f"/booking/{made.reference}/cancel?t=wrong").status_code == 404
    assert visitor.post(f"/booking/{made.reference}/cancel?t=wrong").status_code == 404


def test_programs_of_customers_cancel_their_own_by_the_rule(visitor: Browser, clock: Any) -> None:
    make_member("anna@example.se", Role.CUSTOMER, "Anna Lindqvist")
    visitor.sign_in("anna@example.se")
    book(visitor)
    book(visitor, date=a_day_ahead(20).isoformat(), _once="key-2")
    near, far = bookings()
    to_tomorrow(clock)
    client = visitor.client.application.test_client()
    answer = log_in(client, "anna@example.se")
    assert answer.json is not None
    head = {"Authorization": f"Bearer {answer.json['token']}"}
    db.session.rollback()
    late = client.post(f"/api/v1/bookings/{near.public_id}/cancel", json={}, headers=head, base_url=HOST)
    assert late.status_code == 409
    assert late.json is not None
    assert "48 hours" in late.json["detail"]
    db.session.rollback()
    fine = client.post(f"/api/v1/bookings/{far.public_id}/cancel", json={}, headers=head, base_url=HOST)
    assert fine.status_code == 200
    assert [one.state for one in bookings()] == ["received", "cancelled"]


def test_the_pages_are_kept_by_nobody_and_tell_no_address(visitor: Browser) -> None:
    book(visitor)
    answer = visitor.get(at(only(), "/cancel"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Linnégatan" not in answer.text


def test_a_firm_that_takes_every_request_offers_every_half_hour(visitor: Browser) -> None:
    change_firm({"name": "Majorna"})
    book(visitor)
    page = visitor.get(at(only(), "/change")).text
    assert 'type="date"' in page
    assert "13:30" in page
    bad = visitor.post(at(only(), "/change"), {"date": "2020-01-01", "time": "08:00"})
    assert bad.status_code == 422
