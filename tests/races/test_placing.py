"""Dispatchers who drop bookings onto the same crew or car in the same moment: one gets it, the others are told who."""

from apiflask import APIFlask
from sqlalchemy import text

from app.bookings import placing
from app.bookings.lifecycle import Stale
from app.fleet import claims
from app.fleet.models import ResourceKind
from app.kernel.businesses import Business
from app.kernel.db import db
from tests.bookings.test_assignment import rent
from tests.fleet.test_holds import at
from tests.make import make_car, make_crew
from tests.office.desk import make_job
from tests.races.test_claims import at_once

CROWD = 6
LIVE = "select count(*) from claims where released_at is null and kind = 'booking' and resource_id = :id"


def on(resource_id: int) -> int:
    db.session.rollback()
    return int(db.session.scalar(text(LIVE), {"id": resource_id}) or 0)


def test_of_many_bookings_dropped_onto_one_crew_one_stays(business: Business, clean: APIFlask) -> None:
    crew = make_crew().id
    jobs = [make_job(at(8)).id for _ in range(CROWD)]

    def drop(number: int) -> str:
        try:
            placing.place(jobs[number], ResourceKind.CREW, crew, at(8))
        except claims.Taken:
            return "taken"
        return "there"

    assert sorted(at_once(clean, business, drop, CROWD)) == ["taken"] * (CROWD - 1) + ["there"]
    assert on(crew) == 1


def test_of_many_rentals_dropped_onto_one_car_one_stays(business: Business, clean: APIFlask) -> None:
    car = make_car("Kia Niro").id
    rentals = [rent(10, 14).id for _ in range(CROWD)]

    def drop(number: int) -> str:
        try:
            placing.place(rentals[number], ResourceKind.CAR, car, at(10))
        except claims.Taken:
            return "taken"
        return "there"

    assert sorted(at_once(clean, business, drop, CROWD)) == ["taken"] * (CROWD - 1) + ["there"]
    assert on(car) == 1


def test_of_many_who_move_one_booking_from_one_version_one_does(business: Business, clean: APIFlask) -> None:
    crews = [make_crew(f"Crew {number}").id for number in range(CROWD)]
    job = make_job(at(8))
    number_of_job, version = job.id, job.version

    def drop(number: int) -> str:
        try:
            placing.place(number_of_job, ResourceKind.CREW, crews[number], at(8), version=version)
        except Stale:
            return "stale"
        return "there"

    assert sorted(at_once(clean, business, drop, CROWD)) == ["stale"] * (CROWD - 1) + ["there"]
    assert sum(on(crew) for crew in crews) == 1
