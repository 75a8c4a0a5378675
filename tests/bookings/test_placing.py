"""Putting bookings elsewhere: checked, refused with who has the time, never twice, and never over what was not seen."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.bookings import lifecycle, occupied, placing
from app.bookings.models import Booking, Rental
from app.bookings.occupied import Occupied
from app.fleet import cars, claims, holds
from app.fleet.models import Claim, ResourceKind
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, NotFound
from app.kernel.events import Event
from app.kernel.tenancy import within
from tests.bookings.test_assignment import rent, who_drives
from tests.fleet.test_holds import at
from tests.make import make_business, make_car, make_crew, make_driver
from tests.office.desk import fresh, make_job

CREW, CAR, DRIVER = ResourceKind.CREW, ResourceKind.CAR, ResourceKind.DRIVER


def who_has(booking: Booking, kind: ResourceKind = CREW) -> tuple[str, datetime, str]:
    """(who has it, from when, its state) as it is now."""
    db.session.rollback()
    row = fresh(Booking, booking.id)
    has = placing.holder(row, kind)
    return has.name if has else "", row.starts_at, row.state


def live(resource_id: int) -> list[tuple[datetime, datetime]]:
    """What takes that resource's time."""
    rows = select(Claim).where(Claim.resource_id == resource_id, Claim.released_at.is_(None))
    return sorted((row.during.lower, row.during.upper) for row in db.session.scalars(rows) if row.during.lower)


def test_a_job_goes_to_another_crew_at_another_time_in_one_step(business: Business) -> None:
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    job = make_job(at(8), one, hours=4)
    placing.place(job.id, CREW, two.id, at(13), version=job.version)
    assert who_has(job) == ("Crew 2", at(13), "assigned")
    assert live(one.id) == []
    assert live(two.id) == [(at(13), at(17))]


def test_the_crew_that_lets_go_may_be_busy_at_the_new_time(business: Business) -> None:
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    job = make_job(at(8), one)
    make_job(at(13), one)
    placing.place(job.id, CREW, two.id, at(13))
    assert who_has(job) == ("Crew 2", at(13), "assigned")


def test_a_busy_crew_is_refused_with_who_has_it_until_when_and_what_is_free(business: Business) -> None:
    one, two, three = make_crew("Crew 1"), make_crew("Crew 2"), make_crew("Crew 3")
    job = make_job(at(8), one, name="Elsa Wikström")
    make_job(at(7), two, hours=4, name="Per Sandell")
    with pytest.raises(Occupied) as refused:
        placing.place(job.id, CREW, two.id, at(8))
    said = refused.value
    assert (said.rival.who, said.rival.until, said.next_free) == ("Per Sandell", at(11), at(11))
    assert [free.id for free in said.instead] == [one.id, three.id]
    assert "Crew 2 is taken until" in str(said.detail)
    assert who_has(job) == ("Crew 1", at(8), "assigned")


def test_without_the_look_before_the_constraint_still_refuses(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    job = make_job(at(8), one)
    make_job(at(7), two, hours=4)
    monkeypatch.setattr(occupied, "rival", lambda *_given, **_named: None)
    monkeypatch.setattr(claims, "overlapping", lambda *_given: None)
    with pytest.raises(claims.Taken):
        placing.place(job.id, CREW, two.id, at(8))
    assert who_has(job) == ("Crew 1", at(8), "assigned")


def test_who_read_an_older_version_overwrites_nothing(business: Business) -> None:
    one, two, three = make_crew("Crew 1"), make_crew("Crew 2"), make_crew("Crew 3")
    job = make_job(at(8), one)
    read = job.version
    placing.place(job.id, CREW, two.id, at(8), version=read)
    with pytest.raises(lifecycle.Stale):
        placing.place(job.id, CREW, three.id, at(8), version=read)
    assert who_has(job)[0] == "Crew 2"
    placing.place(job.id, CREW, three.id, at(8))  # the twin: without the version it would have been overwritten
    assert who_has(job)[0] == "Crew 3"


def test_taken_off_and_given_back_and_it_stands_in_its_story(business: Business) -> None:
    crew = make_crew("Crew 1")
    job = make_job(at(8), crew)
    placing.place(job.id, CREW, None, at(8))
    assert who_has(job) == ("", at(8), "confirmed")
    assert live(crew.id) == []
    placing.place(job.id, CREW, crew.id, at(8))
    assert who_has(job) == ("Crew 1", at(8), "assigned")
    names = db.session.scalars(select(Event.name).where(Event.about.contains([job.marker])).order_by(Event.id)).all()
    assert names[-2:] == ["booking.confirmed", "booking.assigned"]


def test_moved_to_where_it_is_nothing_happens(business: Business) -> None:
    crew = make_crew()
    job = make_job(at(8), crew)
    assert placing.place(job.id, CREW, crew.id, at(8), version=job.version).version == job.version


@pytest.mark.parametrize("state", ["in_progress", "done"])
def test_what_has_begun_stays_where_it_is(business: Business, state: str) -> None:
    one, two = make_crew("Crew 1"), make_crew("Crew 2")
    job = make_job(at(8), one, state)
    with pytest.raises(lifecycle.ForbiddenMove):
        placing.place(job.id, CREW, two.id, at(8))


def test_nothing_is_moved_into_the_past(business: Business) -> None:
    job = make_job(at(8), make_crew())
    with pytest.raises(Conflict):
        placing.place(job.id, CREW, None, at(8, day=-2))


def test_other_businesses_crews_retired_ones_and_wrong_kinds_are_nobody(business: Business) -> None:
    job = make_job(at(8))
    car = make_car()
    with within(make_business("other").id):
        theirs = make_crew("Theirs").id
    gone = make_crew("Gone")
    with transaction():
        db.session.execute(text("update resources set retired_at = now() where id = :id"), {"id": gone.id})
    for kind, number in ((CREW, theirs), (CREW, gone.id), (CREW, car.id), (CAR, car.id)):
        with pytest.raises(NotFound):
            placing.place(job.id, kind, number, at(8))


def test_a_rental_gets_another_car_with_its_own_buffer_and_the_first_is_free(business: Business) -> None:
    booking = rent(10, 14)
    old = db.session.scalars(select(Rental.car_id)).one()
    other = make_car("Kia Niro", plate="DP 33", buffer_minutes=60)
    placing.place(booking.id, CAR, other.id, at(10))
    assert live(old) == []
    assert live(other.id) == [(at(10), at(14)), (at(14), at(15))]
    row = fresh(Booking, booking.id)
    assert row.size == "Kia Niro, DP 33"
    assert db.session.scalars(select(Rental.car_id)).one() == other.id
    placing.place(booking.id, CAR, old, at(10))  # undone
    assert live(old) == [(at(10), at(14)), (at(14), at(14) + timedelta(minutes=30))]


def test_a_car_is_never_overbooked_its_buffer_and_holds_count_too(business: Business) -> None:
    booking = rent(10, 14)
    busy = make_car("Kia Niro")
    holds.hold(busy.id, at(14), at(18), client="visitor:b")
    with pytest.raises(Occupied) as refused:  # free from ten to two, but not for washing it afterwards
        placing.place(booking.id, CAR, busy.id, at(10))
    assert "booking just now" in refused.value.rival.who
    assert refused.value.next_free == at(18) + timedelta(minutes=30)
    cars.block(make_car("In the workshop").id, at(0), at(23), reason="Tyres")
    with pytest.raises(Conflict):
        placing.place(booking.id, CAR, None, at(10))


def test_a_hold_that_ran_out_gives_way(business: Business, clock: Any) -> None:
    booking = rent(10, 14)
    other = make_car("Kia Niro")
    holds.hold(other.id, at(10), at(14), client="visitor:b")
    clock.forward(minutes=10, seconds=1)
    placing.place(booking.id, CAR, other.id, at(10))
    assert who_has(booking, CAR)[0] == "Kia Niro"


def test_drivers_are_swapped_and_a_busy_one_is_refused(business: Business, run_jobs: Any) -> None:
    make_driver("Ali")
    sara = make_driver("Sara")
    first, second = rent(10, 14), rent(11, 13)
    run_jobs()
    assert who_drives(first)[1:] == ("Ali", "assigned")
    with pytest.raises(Occupied) as refused:
        placing.place(first.id, DRIVER, sara.id, at(10))
    assert refused.value.rival.who == "Erik"
    placing.place(second.id, DRIVER, None, at(11))
    placing.place(first.id, DRIVER, sara.id, at(10))
    assert who_drives(first) == ("accepted", "Sara", "assigned")


def test_at_another_time_the_driver_of_the_car_must_be_free_too(business: Business, run_jobs: Any) -> None:
    make_driver("Ali")
    first, second = rent(10, 12), rent(14, 16)
    run_jobs()
    assert who_drives(second)[1] == "Ali"
    car = placing.holder(fresh(Booking, first.id), CAR)
    assert car is not None
    with pytest.raises(Occupied) as refused:
        placing.place(first.id, CAR, car.id, at(15))
    assert (refused.value.resource.name, refused.value.rival.until) == ("Ali", at(16))
    placing.place(first.id, CAR, car.id, at(17))
    assert who_has(first, DRIVER)[:2] == ("Ali", at(17))
