"""What customers and drivers see of their own."""

from datetime import timedelta
from typing import Any

from app.bookings import lifecycle
from app.fleet import crews
from app.kernel.access import Role
from tests.bookings.visitor import book, bookings, value_of
from tests.identity.people import Browser, make_member
from tests.make import a_day_ahead, make_booking, make_crew


def test_an_account_shows_what_it_booked_and_nobody_elses(visitor: Browser) -> None:
    make_member("anna@example.se", Role.CUSTOMER, "Anna Lindqvist")
    book(visitor, _once="as-a-stranger")
    visitor.sign_in("anna@example.se")
    assert value_of(visitor.get("/book/move?step=3").text, "email") == "anna@example.se"
    for page in ("/dashboard", "/bookings"):
        assert bookings()[0].reference not in visitor.get(page).text
    book(visitor, _once="signed-in")
    stranger, own = bookings()
    for page in ("/dashboard", "/bookings"):
        text = visitor.get(page).text
        assert own.reference in text
        assert stranger.reference not in text
    assert visitor.get(f"/booking/{own.reference}").status_code == 200
    assert visitor.get(f"/booking/{stranger.reference}").status_code == 404


def test_only_customers_have_such_pages(visitor: Browser) -> None:
    assert visitor.get("/dashboard").status_code == 303
    make_member("ada@majorna.example", Role.OWNER)
    visitor.sign_in()
    for page in ("/dashboard", "/bookings", "/driver"):
        assert visitor.get(page).status_code == 403


def test_a_driver_sees_todays_jobs_of_the_own_crew(visitor: Browser, clock: Any) -> None:
    early_tomorrow = clock.now().replace(hour=3, minute=0) + timedelta(days=1)
    clock.forward(seconds=(early_tomorrow - clock.now()).total_seconds())
    ali = make_member("ali@majorna.example", Role.DRIVER, "Ali Hassan").user.public_id
    today, later = make_booking(date=a_day_ahead(0).isoformat(), time="12:00"), make_booking()
    for made in (today, later):
        crew = make_crew(f"Crew {made.id}")
        crews.set_members(crew.id, [ali])
        lifecycle.assign(made.id, crew.id)
    other = make_booking(date=a_day_ahead(0).isoformat(), time="12:00")
    lifecycle.assign(other.id, make_crew("Crew X", label="Ali Hassan").id)
    visitor.sign_in("ali@majorna.example")
    page = visitor.get("/driver").text
    assert today.reference in page
    assert later.reference not in page
    assert other.reference not in page


def test_a_driver_without_jobs_is_told_so(visitor: Browser) -> None:
    make_member("ali@majorna.example", Role.DRIVER, "Ali Hassan")
    visitor.sign_in("ali@majorna.example")
    assert "No jobs for you today." in visitor.get("/driver").text
