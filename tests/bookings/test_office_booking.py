"""One booking in the office: what is wrong, what can be done, two people at once, notes, booking for somebody."""

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.bookings import lifecycle
from app.bookings.models import Booking, BookingState
from app.bookings.office_forms import StaffEditForm
from app.customers import register
from app.kernel.access import Role
from app.kernel.db import db, transaction
from app.kernel.events import Event
from app.kernel.tenancy import within
from app.messaging import emails
from app.messaging.models import EmailState
from tests.make import make_business, make_crew
from tests.office.desk import at_desk, booked, confirmation_of, fresh, put

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def at(booking: Booking, what: str = "") -> str:
    return f"/admin/bookings/{booking.reference}{what}"


def test_a_booking_shows_its_facts_its_mail_and_its_story(desk) -> None:
    booking = booked(name="Elsa Wikström", notes="Narrow stair", size="3 rooms", extras=["Piano"])
    confirmation_of(booking)
    page = desk.get(at(booking)).text
    for words in (
        "Elsa Wikström",
        "Linnégatan 12",
        "Narrow stair",
        "3 rooms, Piano",
        "070-123 45 67",
        "It is booked",
        "Booked",
    ):
        assert words in page


def test_small_letters_in_the_address_lead_there_too(desk) -> None:
    booking = booked()
    assert desk.get(at(booking).lower().replace("/admin/bookings/", "/admin/bookings/")).status_code == 200


@pytest.mark.parametrize("path", ["", "/edit"])
def test_a_foreign_booking_looks_like_none(client, business, path: str) -> None:
    other = make_business("other")
    with within(other.id):
        theirs = booked()
    desk = at_desk(client)
    foreign, unknown = desk.get(at(theirs, path)), desk.get(f"/admin/bookings/XXXX-XXXX{path}")
    assert foreign.status_code == unknown.status_code == 404
    for what in ("/state", "/crew", "/notes", "/edit"):
        assert desk.post(at(theirs, what), {"state": "confirmed", "note": "x"}).status_code == 404


def test_a_booking_goes_through_its_states_by_buttons(desk) -> None:
    booking = booked()
    for state in ("confirmed", "in_progress", "done"):
        answer = desk.post(at(booking, "/state"), {"state": state})
        assert answer.status_code == 303
        assert answer.location.endswith(at(booking))
        assert fresh(Booking, booking.id).state == state
    assert desk.post(at(booking, "/state"), {"state": "cancelled"}).status_code == 409


def test_htmx_gets_the_booking_as_it_is_now(desk) -> None:
    booking = booked()
    answer = desk.post(at(booking, "/state"), {"state": "confirmed"}, headers=HTMX)
    assert answer.status_code == 200
    assert f'id="booking-{booking.reference}"' in answer.text
    assert "<!doctype" not in answer.text
    assert "Confirmed" in answer.text


@pytest.mark.parametrize("state", ["", "expired", "assigned", "received", "x"])
def test_only_what_has_a_button_can_be_asked_for(desk, state: str) -> None:
    assert desk.post(at(booked(), "/state"), {"state": state}).status_code == 404


def test_a_cancelled_booking_keeps_the_reason_and_frees_its_crew(desk) -> None:
    crew, booking = make_crew(), booked()
    lifecycle.assign(booking.id, crew.id)
    desk.post(at(booking, "/state"), {"state": "cancelled", "reason": "  Sold   the house "})
    now = fresh(Booking, booking.id)
    assert (now.state, now.cancelled_reason) == (BookingState.CANCELLED, "Sold the house")
    assert lifecycle.claims_of(now) == []
    assert "Sold the house" in desk.get(at(booking)).text


def test_a_crew_is_given_changed_and_taken_off(desk) -> None:
    one, two, booking = make_crew("Crew 1"), make_crew("Crew 2"), booked()
    for crew in (one, two):
        desk.post(at(booking, "/crew"), {"crew": crew.public_id})
        assert [link.claim.resource.name for link in lifecycle.claims_of(fresh(Booking, booking.id))] == [crew.name]
    desk.post(at(booking, "/crew"), {"crew": ""})
    assert fresh(Booking, booking.id).state == BookingState.CONFIRMED
    assert lifecycle.claims_of(fresh(Booking, booking.id)) == []
    assert desk.post(at(booking, "/crew"), {"crew": "unknown"}).status_code == 404


def test_a_busy_crew_cannot_be_chosen_and_is_refused(desk) -> None:
    crew, first, second = make_crew("Crew 1"), booked(), booked()
    make_crew("Crew 2")
    lifecycle.assign(first.id, crew.id)
    assert re.search(r"<option[^>]*disabled>Crew 1: Anna Lindqvist until", desk.get(at(second)).text)
    answer = desk.post(at(second, "/crew"), {"crew": crew.public_id}, headers=HTMX)
    assert answer.status_code == 409
    said = json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    for words in ("Crew 1 is taken until", "Anna Lindqvist", "Free for it next:", "Free then: Crew 2."):
        assert words in said
    assert fresh(Booking, second.id).state == BookingState.RECEIVED


def test_who_pressed_a_button_on_an_old_page_is_told(desk) -> None:
    booking = booked()
    lifecycle.edit(booking.id, {"size": "4 rooms"})
    answer = desk.post(at(booking, "/state"), {"state": "confirmed", "version": "1"})
    assert answer.status_code == 409
    assert fresh(Booking, booking.id).state == BookingState.RECEIVED


def form_of(booking: Booking, **more: str) -> dict[str, str]:
    """What the edit page would send."""
    form = StaffEditForm.of(booking, formdata=None)
    return {field.name: field._value() for field in form if field.name != "csrf_token"} | more


def test_what_a_booking_says_can_be_changed(desk, client) -> None:
    booking = booked()
    with client.application.test_request_context():
        sent = form_of(
            fresh(Booking, booking.id),
            load="4 rooms",
            price="5200.50",
            extras="Piano, Packing",
            start="10:00",
            end="16:00",
        )
    assert desk.post(at(booking, "/edit"), sent).status_code == 303
    now = fresh(Booking, booking.id)
    assert (now.size, str(now.price), now.extras) == ("4 rooms", "5200.50", ["Piano", "Packing"])
    assert now.ends_at - now.starts_at == timedelta(hours=6)
    story = desk.get(at(booking)).text
    assert "Price: 5,200.50" in story
    assert "by The dispatcher" in story


def test_a_wrong_change_says_so_and_keeps_what_was_typed(desk, client) -> None:
    booking = booked()
    with client.application.test_request_context():
        sent = form_of(fresh(Booking, booking.id), contact_phone="abc", end="07:00", notes="Kept")
    answer = desk.post(at(booking, "/edit"), sent)
    assert answer.status_code == 422
    assert "does not look like a phone number" in answer.text
    assert "Kept" in answer.text


def test_two_people_never_overwrite_each_other_silently(desk, client) -> None:
    booking = booked()
    with client.application.test_request_context():
        read = form_of(fresh(Booking, booking.id))
    assert desk.post(at(booking, "/edit"), read | {"load": "4 rooms", "price": "900"}).status_code == 303
    answer = desk.post(at(booking, "/edit"), read | {"load": "2 rooms"})
    assert answer.status_code == 409
    now = fresh(Booking, booking.id)
    assert (now.size, now.price) == ("4 rooms", 900)
    # Both versions of what both changed, and the colleague's price is in the form already.
    assert re.search(r"Size</th><td[^>]*>4 rooms</td><td[^>]*>2 rooms", answer.text)
    assert 'value="900"' in answer.text
    again = dict(re.findall(r'name="(version|load|price)"[^>]*value="([^"]*)"', answer.text))
    read_now = re.search(r'name="read" value="([^"]*)"', answer.text)
    assert read_now
    assert again["load"] == "2 rooms"
    assert desk.post(at(booking, "/edit"), read | again).status_code == 303
    now = fresh(Booking, booking.id)
    assert (now.size, now.price) == ("2 rooms", 900)


def test_a_note_stays_in_the_office(desk) -> None:
    booking = booked()
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == booking.id).values(booked_by=99))
    assert desk.post(at(booking, "/notes"), {"note": "Door code 1234\nring twice"}).status_code == 303
    assert "Door code 1234" in desk.get(at(booking)).text
    db.session.rollback()
    event = db.session.scalar(select(Event).where(Event.name == "booking.noted"))
    assert event.hears == []
    assert event.detail["note"] == "Door code 1234\nring twice"


@pytest.mark.parametrize("note", ["", "   ", "x" * 1001])
def test_an_empty_or_endless_note_is_refused(desk, note: str) -> None:
    assert desk.post(at(booked(), "/notes"), {"note": note}).status_code == 422


def test_what_is_wrong_stands_first_with_its_remedy(desk) -> None:
    booking = booked(email="anna@gmial.com")
    mail = confirmation_of(booking)
    put(mail, EmailState.BOUNCED)
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == booking.id).values(mail_trouble="bounced"))
    register.note_trouble(booking.customer_id, "bounced")
    page = desk.get(at(booking)).text
    assert page.index("A mail bounced.") < page.index("Linnégatan 12")
    assert "Did they mean anna@gmail.com?" in page
    assert f"/admin/emails/{mail.public_id}" in page


def test_trouble_that_was_dealt_with_is_over(desk) -> None:
    booking = booked()
    mail = confirmation_of(booking)
    put(mail, EmailState.FAILED)
    with transaction():
        db.session.execute(update(Booking).where(Booking.id == booking.id).values(mail_trouble="failed"))
    emails.mark_handled(mail.id)
    assert fresh(Booking, booking.id).mail_trouble == ""


def test_a_booking_that_waited_long_says_so(desk, clock) -> None:
    booking = booked()
    assert "waits for your yes" not in desk.get(at(booking)).text
    with transaction():
        db.session.execute(
            update(Booking).where(Booking.id == booking.id).values(created_at=booking.created_at - timedelta(hours=30))
        )
    assert "waits for your yes" in desk.get(at(booking)).text


def test_an_accountant_changes_nothing(client, business) -> None:
    booking, crew = booked(), make_crew()
    books = at_desk(client, Role.ACCOUNTANT)
    assert books.get(at(booking)).status_code == 200
    sent = {"state": "confirmed", "crew": crew.public_id, "note": "x"}
    for what in ("/state", "/crew", "/notes", "/edit"):
        assert books.post(at(booking, what), sent).status_code == 403
    assert fresh(Booking, booking.id).state == BookingState.RECEIVED
