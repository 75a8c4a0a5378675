"""Only what can be kept: what the form, programs and the office get, under rivals too."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.bookings import free_times, lifecycle, moves
from app.bookings.diary_models import ClosedDays
from app.bookings.free_times import NotKept
from app.bookings.models import Booking
from app.fleet import claims
from app.fleet.models import ClaimKind
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.clock import wall_time
from app.kernel.db import add, db, transaction
from app.kernel.events import Event
from app.settings.firm import change_firm
from tests.bookings.test_cars_api import body_of, signed_in
from tests.bookings.visitor import bookings, typed
from tests.identity.people import Browser, make_member
from tests.make import a_day_ahead, make_booking, make_crew, make_order, move_body

ZONE = "Europe/Stockholm"


def a_weekday(weekday: int = 1, weeks: int = 1) -> date:
    """A Tuesday (or another weekday) some weeks ahead."""
    day = a_day_ahead(7 * weeks)
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def keep_only(rule: str = "form", **more: Any) -> None:
    """Open from seven to six on weekdays, and take only what can be kept."""
    change_firm({"hours": [["07:00", "18:00"]] * 5 + [None, None], "only_free": rule, **more})


def order(day: date, **more: Any) -> Any:
    return make_order(date=day.isoformat(), **more)


@pytest.fixture
def limited(in_request: None, business: Business) -> Business:
    """A firm with one crew that takes only what it can keep."""
    make_crew()
    keep_only()
    return business


@pytest.fixture
def in_request(clean: APIFlask, business: Business) -> Any:
    """A request in which orders can be read."""
    with clean.test_request_context():
        from flask import g  # noqa: PLC0415  # the request's own

        g.business = business
        yield


def test_a_firm_that_has_said_nothing_takes_every_request(in_request: None, business: Business) -> None:
    for _number in range(3):
        moves.book_move(order(a_weekday()), language="sv", by="form")
    assert len(bookings()) == 3


def test_the_second_at_one_time_is_refused_with_the_nearest_free_days(limited: Business) -> None:
    day = a_weekday()
    moves.book_move(order(day, time="08:00"), language="sv", by="form")
    with pytest.raises(NotKept) as refused:
        moves.book_move(order(day, time="08:00"), language="sv", by="form")
    assert refused.value.errors[0][0] == "date"
    assert day not in refused.value.days
    assert len(refused.value.days) == 3
    assert len(bookings()) == 1


def test_twin_programs_are_not_limited_unless_the_owner_says_always(limited: Business) -> None:
    day = a_weekday()
    for _number in range(2):
        moves.book_move(order(day, time="08:00"), language="sv", by="program")
    keep_only("always")
    with pytest.raises(NotKept):
        moves.book_move(order(day, time="08:00"), language="sv", by="program")


def test_a_program_is_told_422_with_the_free_days(client: FlaskClient, limited: Business) -> None:
    keep_only("always")
    sunday = a_weekday(6)
    db.session.rollback()
    answer = client.post(
        "/api/v1/booking", json=move_body(date=sunday.isoformat()), base_url="http://majorna.localhost"
    )
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"][0]["field"] == "date"
    assert len(answer.json["freeDays"]) == 3


def test_who_names_a_day_only_gets_its_first_free_hour(limited: Business) -> None:
    day = a_weekday()
    make_crew("Crew 2")
    moves.book_move(order(day, time=None), language="sv", by="form")
    made = bookings()[0]
    assert made.starts_at == wall_time(day, 7, 0, ZONE)
    assert not made.has_time


def test_closed_days_and_holidays_are_not_offered(limited: Business) -> None:
    day = a_weekday()
    with transaction():
        add(ClosedDays(first=day, last=day, reason="Summer"))
    found = free_times.around("move", day)
    assert found is not None
    assert not found.is_free(day)
    assert found.closed_for(day) == "Summer"
    change_firm({"holidays": ["SE"]})
    new_year = date(day.year + 1, 1, 1)
    looked = free_times.look("move", new_year, new_year)
    assert looked is not None
    assert str(looked.closed_for(new_year)) == "New Year’s Day"


def test_a_crew_that_is_off_takes_nothing(limited: Business) -> None:
    day = a_weekday()
    crew = db.session.scalars(select(claims.Resource)).one()
    begins, ends = wall_time(day, 0, 0, ZONE), wall_time(day + timedelta(days=1), 0, 0, ZONE)
    claims.claim(crew.id, claims.period(begins, ends), ClaimKind.BLOCK)
    found = free_times.around("move", day)
    assert found is not None
    assert not found.is_free(day)


def test_a_cancelled_booking_gives_its_time_back(limited: Business) -> None:
    day = a_weekday()
    made = moves.book_move(order(day, time="08:00"), language="sv", by="form")
    lifecycle.cancel(made.id)
    moves.book_move(order(day, time="08:00"), language="sv", by="form")
    assert len(bookings()) == 2


def test_times_stay_on_the_wall_clock_when_the_clocks_change(limited: Business) -> None:
    keep_only(hours=[["07:00", "18:00"]] * 7)
    for day in (date(2027, 3, 28), date(2027, 10, 31)):
        found = free_times.look("move", day, day)
        assert found is not None
        local = [at.astimezone(ZoneInfo(ZONE)) for at in found.times(day)]
        assert [(at.date(), at.hour, at.minute) for at in local][:2] == [(day, 7, 0), (day, 8, 0)]


def test_the_form_offers_only_free_days_and_names_the_nearest(visitor: Browser, business: Business) -> None:
    make_crew()
    keep_only()
    sunday, day = a_weekday(6), a_weekday()
    page = visitor.post("/book/move", typed(step="1")).text
    assert f'value="{sunday.isoformat()}"' not in page.replace(f'name="date" value="{sunday.isoformat()}"', "", 0)
    refused = visitor.post("/book/move", typed(step="2", date=sunday.isoformat(), time=""))
    assert refused.status_code == 422
    assert "The nearest free days" in refused.text
    assert "Linnégatan 12" in refused.text, "what was typed is kept"
    assert visitor.post("/book/move", typed(date=day.isoformat(), time="07:00")).status_code == 303
    taken = visitor.post("/book/move", typed(date=day.isoformat(), time="07:00", _once="key-2"))
    assert taken.status_code == 422
    assert len(bookings()) == 1


def test_the_hours_of_a_day_come_as_windows_of_arrival(visitor: Browser, business: Business) -> None:
    make_crew()
    keep_only()
    answer = visitor.post("/book/move/times", typed(step="2", date=a_weekday().isoformat()))
    assert "07:00–08:00" in answer.text
    assert "18:00" not in answer.text


def test_the_office_overbooks_with_a_reason_that_stays(visitor: Browser, business: Business) -> None:
    make_crew()
    keep_only()
    make_member(role=Role.DISPATCHER)
    visitor.sign_in()
    sunday = a_weekday(6).isoformat()
    sent = typed(service_type="move", date=sunday, load="", extras="", language="sv", once="o1")
    refused = visitor.post("/admin/bookings/new", sent)
    assert refused.status_code == 422
    assert "Take it all the same?" in refused.text
    assert visitor.post("/admin/bookings/new", sent | {"overbook": "1", "overbook_reason": " "}).status_code == 422
    made = visitor.post("/admin/bookings/new", sent | {"overbook": "1", "overbook_reason": "The boss drives himself"})
    assert made.status_code == 303
    db.session.rollback()
    reference = db.session.scalars(select(Booking.reference)).one()
    assert "The boss drives himself" in visitor.get(f"/admin/bookings/{reference}").text


def test_moving_a_booking_onto_a_taken_time_needs_a_yes_too(visitor: Browser, business: Business) -> None:
    make_crew()
    day = a_weekday()
    visitor.post("/book/move", typed(date=day.isoformat(), time="07:00"))
    keep_only()
    make_member(role=Role.DISPATCHER)
    visitor.sign_in()
    made = bookings()[0]
    form = {
        "version": "1", "contact_name": "Anna", "contact_phone": "070-123 45 67", "day": day.isoformat(),
        "start": "09:00", "end_day": day.isoformat(), "end": "14:00", "from_address": "Linnégatan 12",
    }  # fmt: skip
    page = f"/admin/bookings/{made.reference}/edit"
    assert visitor.post(page, form).status_code == 303, "its own time is not in its way"
    late = form | {"version": str(bookings()[0].version), "start": "16:00", "end": "21:00"}
    refused = visitor.post(page, late)
    assert refused.status_code == 422
    assert "Take it all the same?" in refused.text
    assert visitor.post(page, late | {"overbook": "1", "overbook_reason": "They wait"}).status_code == 303
    assert bookings()[0].starts_at == wall_time(day, 16, 0, ZONE)


def test_a_program_moves_onto_a_taken_time_only_with_a_reason(client: FlaskClient, business: Business) -> None:
    make_crew()
    keep_only()
    staff = signed_in(client, Role.DISPATCHER)
    booking = make_booking(date=a_weekday().isoformat(), time="07:00")
    path = f"/api/v1/bookings/{booking.public_id}"
    sunday = {"startsAt": f"{a_weekday(6).isoformat()}T09:00"}
    refused = body_of(staff.call("PATCH", path, sunday), 409)
    assert refused["wants"] == "overbookReason"
    assert refused["detail"]
    assert a_weekday(6).isoformat() not in refused["freeDays"]
    assert bookings()[0].starts_at == wall_time(a_weekday(), 7, 0, ZONE), "nothing was changed"
    body_of(staff.call("PATCH", path, {"notes": "Ring the bell"}), 200)
    body_of(staff.call("PATCH", path, {"startsAt": f"{a_weekday().isoformat()}T09:00"}), 200)
    body_of(staff.call("PATCH", path, sunday | {"overbookReason": "They insist"}), 200)
    assert bookings()[0].starts_at == wall_time(a_weekday(6), 9, 0, ZONE)
    notes = [fact.detail["note"] for fact in db.session.scalars(select(Event).where(Event.name == "booking.noted"))]
    assert ["They insist" in note for note in notes] == [True]


def test_a_reason_that_was_not_needed_is_not_noted(client: FlaskClient, business: Business) -> None:
    make_crew()
    keep_only()
    staff = signed_in(client, Role.DISPATCHER)
    booking = make_booking(date=a_weekday().isoformat(), time="07:00")
    moved = {"startsAt": f"{a_weekday().isoformat()}T09:00", "overbookReason": "Just in case"}
    body_of(staff.call("PATCH", f"/api/v1/bookings/{booking.public_id}", moved), 200)
    assert db.session.scalars(select(Event).where(Event.name == "booking.noted")).all() == []


def test_the_board_takes_a_yes_with_a_reason_too(visitor: Browser, business: Business) -> None:
    make_crew()
    keep_only()
    make_member(role=Role.DISPATCHER)
    visitor.sign_in()
    booking = make_booking(date=a_weekday().isoformat(), time="07:00")
    place = f"/admin/board/{booking.reference}/place?of=crew"
    sunday = {"on": a_weekday(6).isoformat(), "at": "09:00", "resource": "", "version": "1"}
    refused = visitor.post(place, sunday)
    assert refused.status_code == 422
    assert "Take it all the same?" in refused.text
    assert visitor.post(place, sunday | {"overbook": "1", "overbook_reason": " "}).status_code == 422
    assert visitor.post(place, sunday | {"overbook": "1", "overbook_reason": "They insist"}).status_code == 303
    assert bookings()[0].starts_at == wall_time(a_weekday(6), 9, 0, ZONE)
