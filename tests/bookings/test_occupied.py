"""A crew that is busy gets no second job: who asks is told who has it, until when, and what would work."""

from flask.testing import FlaskClient

from app.bookings import lifecycle
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.clock import wall_time
from tests.bookings.test_cars_api import body_of, signed_in
from tests.bookings.test_free_times import ZONE, a_weekday, keep_only
from tests.bookings.visitor import bookings
from tests.identity.people import Browser, make_member
from tests.make import make_booking, make_crew


def test_no_reason_gives_a_crew_two_jobs_at_once_and_the_refusal_says_what_would_work(
    client: FlaskClient, business: Business
) -> None:
    one, _two = make_crew("Crew 1"), make_crew("Crew 2")
    keep_only()
    staff = signed_in(client, Role.DISPATCHER)
    day = a_weekday().isoformat()
    early, late = make_booking(date=day, time="07:00"), make_booking(date=day, time="13:00", name="Per Sandell")
    for booking in (early, late):
        lifecycle.assign(booking.id, one.id)
    path, asked = f"/api/v1/bookings/{early.public_id}", {"startsAt": f"{day}T12:00", "overbookReason": "They insist"}
    refused = body_of(staff.call("PATCH", path, asked), 409)
    assert (refused["resource"], refused["by"], refused["freeInstead"]) == ("Crew 1", "Per Sandell", ["Crew 2"])
    assert refused["until"] == wall_time(a_weekday(), 18, 0, ZONE).isoformat()
    assert refused["nextFree"] > refused["until"]
    for words in ("Crew 1 is taken until", "Per Sandell", "Free for it next:", "Free then: Crew 2."):
        assert words in refused["detail"]
    assert bookings()[0].starts_at == wall_time(a_weekday(), 7, 0, ZONE), "nothing was changed"
    stale = body_of(staff.call("PATCH", path, asked | {"version": 1}), 409)
    assert "current" in stale, "who has read an old version is told of that first"


def test_the_form_says_who_has_the_crew_and_keeps_what_was_typed(visitor: Browser, business: Business) -> None:
    crew, day = make_crew("Crew 1"), a_weekday()
    early = make_booking(date=day.isoformat(), time="07:00")
    late = make_booking(date=day.isoformat(), time="13:00", name="Per Sandell")
    for booking in (early, late):
        lifecycle.assign(booking.id, crew.id)
    make_member(role=Role.DISPATCHER)
    visitor.sign_in()
    form = {
        "version": str(bookings()[0].version), "contact_name": "Anna", "contact_phone": "070-123 45 67",
        "day": day.isoformat(), "start": "12:00", "end_day": day.isoformat(), "end": "17:00",
        "from_address": "Storgatan 99, Mora",
    }  # fmt: skip
    answer = visitor.post(f"/admin/bookings/{early.reference}/edit", form)
    assert answer.status_code == 409
    for words in ("Crew 1 is taken until", "Per Sandell", "Storgatan 99, Mora"):
        assert words in answer.text
    assert bookings()[0].starts_at == wall_time(day, 7, 0, ZONE)
