"""A morning that goes wrong: somebody is off, the jobs are free for others, and suggestions say who and why."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.bookings import assignment, lifecycle, occupied, off_today, placing
from app.fleet import claims
from app.fleet.models import Claim, ClaimKind, ResourceKind
from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.kernel.tenancy import within
from app.web.days import business_today, day_span
from tests.bookings.test_assignment import rent, who_drives
from tests.fleet.test_holds import at
from tests.make import make_business, make_car, make_crew, make_driver
from tests.office.desk import at_desk, make_job
from tests.office.test_planboard import DAY, HTMX, crew_of


@pytest.fixture
def morning(business, clock):
    """Six in the morning, a week ahead; the day's first instant."""
    clock.forward(seconds=(at(6) - the_clock.now()).total_seconds())
    return day_span(business_today())[0]


def off(resource_id: int) -> list[tuple[str, str]]:
    """When it is off, by clocks in Stockholm."""
    rows = select(Claim.during).where(
        Claim.resource_id == resource_id, Claim.kind == ClaimKind.BLOCK, Claim.released_at.is_(None)
    )
    return sorted((_clock(during.lower), _clock(during.upper)) for during in db.session.scalars(rows))


def _clock(moment: datetime | None) -> str:
    assert moment is not None
    return f"{moment.astimezone(ZoneInfo('Europe/Stockholm')):%H:%M}"


def test_the_rest_of_the_day_is_off_and_what_had_not_begun_waits_for_others(business, morning) -> None:
    crew, other = make_crew("Crew 1"), make_crew("Crew 2")
    begun = make_job(morning + timedelta(hours=5), crew, "in_progress", hours=2)
    later = make_job(morning + timedelta(hours=10), crew)
    tomorrow = make_job(morning + timedelta(hours=34), crew)
    theirs = make_job(morning + timedelta(hours=10), other)
    assert [one.id for one in off_today.go_off(crew.id)] == [later.id]
    assert (crew_of(begun), crew_of(later), crew_of(tomorrow), crew_of(theirs)) == ("Crew 1", "", "Crew 1", "Crew 2")
    assert off(crew.id) == [("07:00", "00:00")]
    assert off_today.go_off(crew.id) == []
    assert off(crew.id) == [("07:00", "00:00")]
    with pytest.raises(occupied.Occupied):
        placing.place(later.id, ResourceKind.CREW, crew.id, later.starts_at)
    off_today.come_back(crew.id)
    placing.place(later.id, ResourceKind.CREW, crew.id, later.starts_at)
    assert crew_of(later) == "Crew 1"


def test_it_is_off_around_what_stands_there_already(business, morning) -> None:
    crew = make_crew()
    claims.claim(crew.id, claims.period(morning + timedelta(hours=9), morning + timedelta(hours=10)), ClaimKind.BLOCK)
    off_today.go_off(crew.id)
    assert off(crew.id) == [("06:00", "09:00"), ("09:00", "10:00"), ("10:00", "00:00")]


def test_a_drivers_jobs_go_to_the_next_driver(business, clock, run_jobs) -> None:
    ali = make_driver("Ali")
    make_driver("Sara")
    booking = rent(10, 14)
    run_jobs()
    assignment.accept(booking.id, ali.id)
    assert who_drives(booking)[:2] == ("accepted", "Ali")
    clock.forward(seconds=(at(6) - the_clock.now()).total_seconds())
    off_today.go_off(ali.id)
    assert who_drives(booking)[:2] == ("wanted", "")
    run_jobs()
    assert who_drives(booking)[:2] == ("offered", "Sara")


def test_cars_and_strangers_are_not_off(business) -> None:
    car = make_car()
    with within(make_business("other").id):
        theirs = make_crew("Theirs").id
    for number in (car.id, theirs):
        with pytest.raises(NotFound):
            off_today.go_off(number)


def page_of(desk, path: str) -> str:
    return desk.get(path).text


def test_in_one_press_and_back_again(client, morning) -> None:
    desk, crew = at_desk(client), make_crew()
    job = make_job(morning + timedelta(hours=10), crew, name="Elsa Wikström")
    assert "Off today" in page_of(desk, "/admin/board")
    pressed = desk.post(f"/admin/board/{crew.public_id}/off-today?of=crew", headers=HTMX)
    assert "1 booking is free for others" in pressed.headers["HX-Trigger"]
    assert crew_of(job) == ""
    page = page_of(desk, "/admin/board")
    assert "Works again" in page
    assert "Suggest who takes them" in page
    assert desk.post(f"/admin/board/{crew.public_id}/back-today?of=crew").status_code == 303
    assert off(crew.id) == []


def test_suggestions_take_whoever_is_free_and_has_least_to_do_and_say_why(client, business) -> None:
    desk = at_desk(client)
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    make_job(at(6), one, hours=2)
    make_job(at(8), name="Elsa Wikström")  # Crew 1 has no time for the way
    make_job(at(12), name="Per Sandell")  # Crew 2 will have as much to do then as Crew 1
    make_job(at(12), name="Siv Ek")
    make_job(at(12), name="Nobody Can")
    page = page_of(desk, f"/admin/board?{DAY}&suggest=1")
    found = re.findall(
        r'font-semibold">([^<]+)</span> <span class="num text-muted">.*?font-medium">([^<]+)</span>', page
    )
    assert found == [("Elsa Wikström", "Crew 2"), ("Per Sandell", "Crew 1"), ("Siv Ek", "Crew 2")]
    assert "has 2 h that day, the least" in page
    assert "Nobody is free then" in page
    assert two.name in page


def test_all_are_accepted_by_a_press_and_each_is_checked_again(client, business) -> None:
    desk, crew = at_desk(client), make_crew("Crew 1")
    early, late = make_job(at(8), name="Elsa Wikström"), make_job(at(14), name="Per Sandell")
    page = page_of(desk, f"/admin/board?{DAY}&suggest=1")
    given = re.findall(r'name="give" value="([^"]+)"', page)
    assert len(given) == 2
    claims.claim(crew.id, claims.period(at(15), at(16)), ClaimKind.BLOCK, reason="Tyres")
    answer = desk.post(f"/admin/board/suggestions?{DAY}&suggest=1", {"give": given}, headers=HTMX)
    assert answer.status_code == 200
    assert (crew_of(early), crew_of(late)) == ("Crew 1", "")
    assert "1 booking given out" in answer.headers["HX-Trigger"]
    assert ": Tyres" in answer.headers["HX-Trigger"]


def test_what_was_changed_since_it_was_suggested_is_left_alone(client, business) -> None:
    desk, crew, other = at_desk(client), make_crew("Crew 1"), make_crew("Crew 2")
    job = make_job(at(8))
    given = f"{job.reference}:{crew.public_id}:{job.version}"
    lifecycle.assign(job.id, other.id)
    desk.post(f"/admin/board/suggestions?{DAY}", {"give": given}, headers=HTMX)
    assert crew_of(job) == "Crew 2"


def test_drivers_are_suggested_with_reasons(client, business, run_jobs) -> None:
    desk, booking = at_desk(client), rent(10, 14)
    run_jobs()  # nobody is there yet
    make_driver("Sara")
    page = page_of(desk, f"/admin/board?{DAY.replace('crew', 'driver')}&suggest=1")
    assert "Give to Sara" in page
    assert "On shift, licensed and free" in page
    assert "no driver" in page
    assert booking.contact_name in page


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.DRIVER])
def test_only_who_may_change_bookings_may_do_this(client, business, role: Role) -> None:
    somebody, crew = at_desk(client, role), make_crew()
    for path in (f"{crew.public_id}/off-today", f"{crew.public_id}/back-today", "suggestions"):
        assert somebody.post(f"/admin/board/{path}").status_code == 403
    assert off(crew.id) == []


def test_other_businesses_people_are_not_there(client, business) -> None:
    desk = at_desk(client)
    with within(make_business("other").id):
        theirs, job = make_crew("Theirs"), make_job(at(8))
        for path in ("off-today", "back-today"):
            assert desk.post(f"/admin/board/{theirs.public_id}/{path}").status_code == 404
        desk.post(f"/admin/board/suggestions?{DAY}", {"give": f"{job.reference}:{theirs.public_id}:{job.version}"})
        assert off(theirs.id) == []
        assert crew_of(job) == ""
