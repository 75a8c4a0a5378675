"""Holding a car: ten minutes by the program's clock, five more once, three at most, and rules in words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.fleet import cars, claims, holds, queries
from app.fleet.models import Car, Claim, Hold
from app.fleet.queries import Wish
from app.kernel import clock as the_clock
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Invalid, NotFound
from app.kernel.events import Event
from tests.make import a_day_ahead, make_car

ADA = {"user:1"}


def at(hour: int, day: int = 7) -> datetime:
    """That hour of a day ahead, on clocks in Stockholm."""
    return the_clock.wall_time(a_day_ahead(day + hour // 24), hour % 24, 0, "Europe/Stockholm")


def hold(car: Car, first: int = 10, last: int = 14, client: str = "user:1", **more: Any) -> Hold:
    return holds.hold(car.id, at(first), at(last), client=client, **more)


def free(first: int = 10, last: int = 14, **more: Any) -> list[str]:
    return [offer.car.name for offer in queries.offers(Wish(at(first), at(last), **more))]


def test_a_hold_ends_by_itself_at_that_second(business: Business, clock: Any) -> None:
    hold(make_car())
    assert free() == []
    clock.forward(minutes=9, seconds=58)
    assert free() == []
    clock.forward(seconds=3)
    assert free() == ["Volvo V90"]  # before any job has run


def test_what_lapsed_gives_way_to_the_next_before_any_job_has_run(business: Business, clock: Any) -> None:
    car = make_car()
    first = hold(car)
    clock.forward(minutes=10, seconds=1)
    second = hold(car, client="user:2")
    with pytest.raises(holds.HoldOver):
        holds.take(first.public_id, ADA)
    with pytest.raises(holds.HoldOver):
        holds.extend(first.public_id, ADA)
    assert holds.take(second.public_id, {"user:2"})[1]


def test_it_is_extended_once_by_five_minutes_and_by_nothing_else(business: Business, clock: Any) -> None:
    held = hold(make_car())
    ends = held.expires_at
    clock.forward(minutes=9)
    assert holds.extend(held.public_id, ADA).expires_at == ends + timedelta(minutes=5)
    with pytest.raises(holds.ExtendedAlready):
        holds.extend(held.public_id, ADA)
    clock.forward(minutes=5, seconds=55)
    assert free() == []
    clock.forward(seconds=6)
    assert free() == ["Volvo V90"]


def test_given_up_it_is_free_at_once_and_asked_twice_it_is_the_same(business: Business) -> None:
    held = hold(make_car())
    holds.release(held.public_id, ADA)
    holds.release(held.public_id, ADA)
    assert free() == ["Volvo V90"]


def test_nobody_else_extends_gives_up_or_books_it(business: Business) -> None:
    held = hold(make_car())
    for verb in (holds.extend, holds.release, holds.take):
        with pytest.raises(NotFound):
            verb(held.public_id, {"user:2"})


def test_a_client_holds_three_at_most_until_one_ends(business: Business, clock: Any) -> None:
    fleet = [make_car(f"Car {number}") for number in range(5)]
    kept = [hold(car) for car in fleet[:3]]
    with pytest.raises(holds.TooManyHolds) as refusal:
        hold(fleet[3])
    assert 0 < (refusal.value.retry_after or 0) <= 600
    holds.release(kept[0].public_id, ADA)
    hold(fleet[3])
    with pytest.raises(holds.TooManyHolds):
        hold(fleet[4])
    clock.forward(minutes=10, seconds=1)
    hold(fleet[4])


def test_who_comes_late_is_told_of_up_to_three_others_the_same_kind_first(business: Business) -> None:
    car = make_car("Wanted", category="suv", price_day="500")
    make_car("Cheap", category="city", price_day="300")
    make_car("Like it", category="suv", price_day="700")
    make_car("Far", category="city", price_day="2000")
    make_car("Near", category="city", price_day="510")
    hold(car)
    with pytest.raises(holds.CarTaken) as refusal:
        hold(car, client="user:2")
    assert [other["name"] for other in refusal.value.extra["alternatives"]] == ["Like it", "Near", "Cheap"]
    assert refusal.value.extra["alternatives"][0]["totalPrice"] == {"amount": "700.00", "currency": "SEK"}


def test_the_buffer_stands_behind_each_rental(business: Business) -> None:
    make_car(buffer_minutes=45)
    [car] = db.session.scalars(queries.cars()).all()
    hold(car, 10, 12)
    for first, last in ((12, 14), (8, 10), (11, 12)):
        assert free(first, last) == [], (first, last)
    assert free(13, 15) == ["Volvo V90"]
    assert free(7, 9) == ["Volvo V90"]
    starts = at(12) + timedelta(minutes=45)
    assert queries.is_free(car, starts, starts + timedelta(hours=1))
    assert not queries.is_free(car, starts - timedelta(minutes=1), starts + timedelta(hours=1))


def test_without_a_buffer_back_to_back_is_no_overlap(business: Business) -> None:
    car = make_car(buffer_minutes=0)
    hold(car, 10, 12)
    hold(car, 12, 14)
    hold(car, 8, 10)
    assert free(14, 16) == ["Volvo V90"]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(-200, 20, "from"), (10, 10, "to"), (12, 10, "to"), (10, 10 + 24 * 91, "to"), (24 * 560, 24 * 561, "from")],
)
def test_what_cannot_be_rented_is_refused_in_words(business: Business, first: int, last: int, field: str) -> None:
    car = make_car()
    with pytest.raises(Invalid) as refusal:
        hold(car, first, last)
    assert [name for name, _words in refusal.value.errors] == [field]


def test_a_car_has_rules_of_its_own(business: Business) -> None:
    car = make_car(opens="08:00", closes="18:00", shortest_minutes=240, notice_minutes=60 * 24 * 10)
    with pytest.raises(Invalid) as refusal:
        hold(car, 19, 21)
    assert {name for name, _words in refusal.value.errors} == {"from", "to"}
    assert len(refusal.value.errors) == 4
    assert free(19, 21) == []
    with pytest.raises(Invalid):
        hold(car, 10, 15, with_driver=True)
    ok = holds.hold(car.id, at(10, 12), at(15, 12), client="user:1")
    assert ok.price == 900


def test_a_car_off_the_road_or_out_of_use_is_not_offered(business: Business) -> None:
    car, other = make_car("One"), make_car("Two")
    off = cars.block(car.id, at(9), at(11), reason="New tyres")
    assert free() == ["Two"]
    with pytest.raises(holds.CarTaken):
        hold(car)
    with pytest.raises(claims.Taken):
        cars.block(car.id, at(10), at(12))
    cars.unblock(car.id, off.id)
    cars.retire(other.id)
    assert free() == ["One"]
    with pytest.raises(NotFound):
        hold(other)
    hold(car)
    with pytest.raises(cars.InUse):
        cars.retire(car.id)


def test_jobs_tell_what_ran_out_and_leave_what_was_extended(
    business: Business, clock: Any, run_jobs: Callable[..., int]
) -> None:
    first, second = hold(make_car("One")), hold(make_car("Two"))
    holds.extend(second.public_id, ADA)
    clock.forward(minutes=10, seconds=1)
    run_jobs()
    assert names() == ["hold.created", "hold.created", "hold.released"]
    clock.forward(minutes=5)
    run_jobs()
    assert names().count("hold.released") == 2
    db.session.expire_all()
    assert [db.session.get(Hold, one.id).ended_how for one in (first, second)] == ["expired", "expired"]  # type: ignore[union-attr]  # they are there


def test_the_minute_round_finds_what_lost_its_job(business: Business, clock: Any) -> None:
    hold(make_car())
    clock.forward(minutes=11)
    assert holds.expire_lapsed() == 1
    assert holds.expire_lapsed() == 0
    assert db.session.scalars(select(Claim.released_at)).all().count(None) == 0


def names() -> list[str]:
    rows = select(Event.name).where(Event.name.like("hold.%")).order_by(Event.id)
    return list(db.session.scalars(rows))
