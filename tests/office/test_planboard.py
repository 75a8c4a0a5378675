"""The dispatcher's board: what it shows, what its doors do and refuse, and how little it asks the database."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from app.bookings import placing
from app.bookings.models import Booking
from app.fleet import cars, claims, holds
from app.fleet.models import ClaimKind, ResourceKind
from app.kernel.access import Role
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from tests.bookings.test_assignment import rent
from tests.bookings.test_statements import statements
from tests.fleet.test_holds import at
from tests.identity.people import Browser
from tests.make import a_day_ahead, make_business, make_car, make_crew
from tests.office.desk import at_desk, fresh, make_job

HTMX = {"HX-Request": "true"}
DAY = f"of=crew&day={a_day_ahead().isoformat()}"


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def crew_of(job) -> str:
    """The name of the crew that has it now."""
    has = placing.holder(fresh(Booking, job.id), ResourceKind.CREW)
    return has.name if has else ""


def put(desk, job, crew, *, version=None, **more):
    """Drop the job on that crew's line, as the script does."""
    data = {"resource": crew.public_id if crew else "", "version": version or fresh(Booking, job.id).version} | more
    return desk.post(f"/admin/board/{job.reference}/place?{DAY}", data, headers=HTMX)


def test_it_shows_jobs_time_off_and_what_nobody_has(desk) -> None:
    one = make_crew("Crew 1", label="Ali and Bo")
    make_job(at(8), one, name="Elsa Wikström")
    claims.claim(one.id, claims.period(at(13), at(17)), ClaimKind.BLOCK, reason="Bo is ill")
    make_job(at(9), name="Nobody Has")
    page = desk.get(f"/admin/board?{DAY}").text
    for words in ("Elsa Wikström", "08:00–10:00", "Bo is ill", "No crew yet", "Nobody Has", "Ali and Bo"):
        assert words in page
    assert "is-alert" in page


def test_cars_show_holds_and_getting_ready(desk, business) -> None:
    with transaction():
        fresh(type(business), business.id).services = ["car"]
    rent(10, 14)
    car = make_car("Kia Niro")
    holds.hold(car.id, at(10), at(14), client="visitor:b")
    cars.block(make_car("Ford Transit").id, at(8), at(12), reason="Tyres")
    page = desk.get(f"/admin/board?of=car&day={a_day_ahead().isoformat()}").text
    for words in ("Erik", "Being booked", "Getting ready", "Tyres", "Ford Transit"):
        assert words in page
    assert "No crew yet" not in page


def test_what_is_wrong_stands_in_words_beside_an_icon(desk) -> None:
    crew = make_crew()
    make_job(at(8), crew, hours=2)
    make_job(at(10), crew, hours=2)
    late = make_job(at(6), make_crew("Crew 2"), hours=2)
    page = desk.get(f"/admin/board?{DAY}").text
    assert "no time for the way" in page
    assert ">late<" not in page
    with transaction():
        row = fresh(Booking, late.id)
        row.mail_trouble = "bounced"
    assert "mail came back" in desk.get(f"/admin/board?{DAY}").text


def test_early_jobs_show_all_hours_and_a_week_shows_days(desk) -> None:
    job = make_job(at(4), make_crew())
    page = desk.get(f"/admin/board?{DAY}").text
    assert "q48" in page
    assert ">23<" in page
    week = desk.get(f"/admin/board?{DAY}&span=week").text
    assert "q7" in week
    assert job.contact_name in week


def test_dropped_on_a_free_crew_it_is_there_and_undo_brings_it_back(desk) -> None:
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    job = make_job(at(8), one)
    moved = put(desk, job, two)
    assert moved.status_code == 200
    assert crew_of(job) == "Crew 2"
    undo = re.search(r'"undo": "([^"]+)"', moved.headers["HX-Trigger"])
    assert undo
    back = desk.post(undo[1], headers=HTMX)
    assert back.status_code == 200
    assert back.headers["HX-Retarget"] == "#board"
    assert crew_of(job) == "Crew 1"
    assert fresh(Booking, job.id).starts_at == at(8)


def test_undo_too_is_checked(desk) -> None:
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    job, other = make_job(at(8), one), make_job(at(8), name="Per Sandell")
    undo = re.search(r'"undo": "([^"]+)"', put(desk, job, two).headers["HX-Trigger"])
    assert undo
    put(desk, other, one)
    refused = desk.post(undo[1], headers=HTMX)
    assert refused.status_code == 409
    assert "Per Sandell has that time" in refused.text
    assert crew_of(job) == "Crew 2"


def test_dropped_on_a_busy_crew_it_is_told_who_until_when_and_what_is_free(desk) -> None:
    one, two, three = make_crew("Crew 1"), make_crew("Crew 2"), make_crew("Crew 3")
    job = make_job(at(8), one)
    make_job(at(7), two, hours=4, name="Per Sandell")
    refused = put(desk, job, two)
    assert refused.status_code == 409
    assert refused.headers["HX-Retarget"] == "#dialogs"
    for words in (
        "Crew 2 is taken until",
        "11:00",
        "Per Sandell has that time",
        "Crew 2, free from",
        "Crew 3, free then",
    ):
        assert words in refused.text
    assert f"resource={three.public_id}" in refused.text
    assert crew_of(job) == "Crew 1"


def test_two_dispatchers_at_once_the_second_is_told_what_changed(desk, client) -> None:
    one, two, three = make_crew("Crew 1"), make_crew("Crew 2"), make_crew("Crew 3")
    job = make_job(at(8), one)
    read = fresh(Booking, job.id).version
    other = at_desk(client.application.test_client(), Role.OWNER)
    assert put(desk, job, two, version=read).status_code == 200
    late = put(other, job, three, version=read)
    assert late.status_code == 409
    for words in ("Somebody else was faster", "with Crew 2", "Given to Crew 2", "The dispatcher"):
        assert words in late.text
    assert crew_of(job) == "Crew 2"
    assert put(desk, job, three, version="none read").status_code == 409


def test_without_scripts_the_form_moves_it_and_offers_to_undo(desk) -> None:
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    job = make_job(at(8), one)
    page = desk.get(f"/admin/board/{job.reference}/move?{DAY}").text
    assert "Move it" in page
    data = {"resource": two.public_id, "on": a_day_ahead().isoformat(), "at": "13:30", "version": job.version}
    moved = desk.post(f"/admin/board/{job.reference}/place?{DAY}", data)
    assert moved.status_code == 303
    assert fresh(Booking, job.id).starts_at == at(13) + timedelta(minutes=30)
    after = desk.get(moved.headers["Location"]).text
    found = re.search(r'action="([^"]+/place\?[^"]+)"', after)
    assert found
    assert desk.post(unquote(found[1]).replace("&amp;", "&")).status_code == 303
    assert (crew_of(job), fresh(Booking, job.id).starts_at) == ("Crew 1", at(8))


@pytest.mark.parametrize(("on", "time"), [("yesterday", "08:00"), ("2026-13-01", "08:00"), ("9999-01-01", "8")])
def test_what_is_no_time_is_said_and_changes_nothing(desk, on: str, time: str) -> None:
    job = make_job(at(8), make_crew())
    refused = put(desk, job, None, on=on, at=time)
    assert refused.status_code == 422
    assert "Write a day and a time" in refused.text
    assert crew_of(job) == "Crew 1"


def test_the_day_on_paper_has_all_that_a_crew_needs(desk) -> None:
    crew = make_crew()
    job = make_job(at(8), crew, name="Elsa Wikström", notes="The code is 4711")
    make_job(at(8, day=8), crew, name="Another Day")
    page = desk.get(f"/admin/board/day/{crew.public_id}?day={a_day_ahead().isoformat()}").text
    for words in (
        "Elsa Wikström",
        "The code is 4711",
        job.contact_phone,
        "Linnégatan 12",
        "Strandvägen 4",
        job.reference,
    ):
        assert words in page
    assert "Another Day" not in page


def test_forty_bookings_take_no_more_statements_than_one(desk) -> None:
    crews = [make_crew(f"Crew {number}") for number in range(8)]
    make_job(at(7), crews[0])
    make_job(at(7))
    desk.get(f"/admin/board?{DAY}")
    with statements() as few:
        desk.get(f"/admin/board?{DAY}")
    for crew in crews:
        for hour in (10, 12, 14, 16):
            make_job(at(hour), crew, hours=1)
        make_job(at(9))
    with statements() as many:
        page = desk.get(f"/admin/board?{DAY}").text
    assert page.count('id="plan-') == 42
    assert len(many) == len(few), "\n\n".join(many)
    assert len(many) <= 16, "\n\n".join(many)


def test_five_hundred_cars_come_in_pages_and_are_found_by_name(desk) -> None:
    for number in range(32):
        make_car(f"Car {number:03d}", plate=f"XYZ {number:03d}")
    path = f"/admin/board?of=car&day={a_day_ahead().isoformat()}"
    page = desk.get(path).text
    assert "Car 029" in page
    assert "Car 030" not in page
    assert "Car 031" in desk.get(f"{path}&page=2").text
    found = desk.get(f"{path}&q=xyz 031").text
    assert "Car 031" in found
    assert "Car 030" not in found


def test_an_accountant_looks_and_moves_nothing(client, business) -> None:
    job = make_job(at(8), make_crew())
    reader = at_desk(client, Role.ACCOUNTANT)
    page = reader.get(f"/admin/board?{DAY}").text
    assert job.contact_name in page
    assert 'draggable="true"' not in page
    assert reader.get(f"/admin/board/{job.reference}/move?{DAY}").status_code == 403
    assert put(reader, job, None).status_code == 403


def test_other_businesses_bookings_and_crews_are_not_there(desk: Browser) -> None:
    with within(make_business("other").id):
        theirs = make_crew("Theirs")
        foreign = make_job(at(8), theirs, name="Not Ours")
    assert "Not Ours" not in desk.get(f"/admin/board?{DAY}").text
    assert desk.get(f"/admin/board/{foreign.reference}/move").status_code == 404
    assert desk.post(f"/admin/board/{foreign.reference}/place?{DAY}", {"resource": ""}).status_code == 404
    assert desk.get(f"/admin/board/day/{theirs.public_id}").status_code == 404
    job = make_job(at(8), make_crew())
    assert put(desk, job, theirs).status_code == 404
    assert db.session.scalar(select(Booking.id).where(Booking.id == job.id)) == job.id
    assert crew_of(job) == "Crew 1"
