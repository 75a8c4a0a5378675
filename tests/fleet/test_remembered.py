"""Searches that are remembered: the second asks no availability, every fact makes it ask, and no car is sold by one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from app.bookings import lifecycle, rentals
from app.bookings.rentals import RentalOrder
from app.fleet import cars, holds, queries, reactions, remembered
from app.fleet.models import Car, Hold
from app.fleet.queries import Wish
from app.kernel import valkey
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import within
from tests.bookings.test_statements import statements
from tests.fleet.test_holds import at, free, hold
from tests.make import make_business, make_car


def asked(first: int = 10, last: int = 14, **more: Any) -> int:
    """How often a search asks the database who has which time."""
    db.session.rollback()
    with statements() as sent:
        queries.offers(Wish(at(first), at(last), **more))
    return sum("FROM claims" in statement for statement in sent)


@pytest.fixture
def car(business: Business) -> Iterator[Car]:
    """A car, whose search is remembered already."""
    made = make_car()
    assert (asked(), asked()) == (1, 0)
    yield made
    remembered.Pause.ends = 0.0


def test_the_second_search_asks_no_availability_whatever_it_filters(car: Car) -> None:
    assert asked(categories=("estate",), seats=5) == 0
    assert asked(with_driver=True, sort="-price") == 0
    assert asked(last=15) == 1
    assert free() == ["Volvo V90"]


def booked(held: Hold) -> int:
    order = RentalOrder(hold_id=held.public_id, name="Ada", email="ada@example.se", phone="0701234567")
    return rentals.confirm(order, {"user:1"}, language="en").id


def test_every_fact_shows_in_the_next_search(car: Car, clock: Any) -> None:
    held = hold(car)
    assert free() == []
    holds.release(held.public_id, {"user:1"})
    assert free() == ["Volvo V90"]
    booking_id = booked(hold(car))
    assert free() == []
    assert asked() == 0
    lifecycle.edit(booking_id, {"starts_at": at(34), "ends_at": at(38)})
    assert free() == ["Volvo V90"]
    lifecycle.edit(booking_id, {"starts_at": at(10), "ends_at": at(14)})
    assert free() == []
    lifecycle.cancel(booking_id)
    assert free() == ["Volvo V90"]
    off = cars.block(car.id, at(9), at(20))
    assert free() == []
    cars.unblock(car.id, off.id)
    assert free() == ["Volvo V90"]
    cars.retire(car.id)
    assert free() == []


def test_what_runs_out_is_free_at_that_second_though_nothing_says_so(car: Car, clock: Any) -> None:
    hold(car)
    clock.forward(minutes=9, seconds=57)
    assert free() == []
    assert asked() == 0
    clock.forward(seconds=4)
    assert free() == ["Volvo V90"]


def test_without_the_facts_a_search_would_be_wrong_but_the_car_is_not_sold_twice(
    car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reactions.remembered, "forget", lambda _: None)
    hold(car)
    assert free() == ["Volvo V90"]  # wrong for ten seconds at most; the hold asks the database
    with pytest.raises(holds.CarTaken):
        hold(car, client="user:2")


def test_an_answer_from_before_a_hold_is_never_left_behind(car: Car, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = queries._taken

    def slowly(*given: Any) -> remembered.Taken:
        found = ask(*given)
        hold(car, 16, 20)  # between the answer and its keeping
        return found

    with monkeypatch.context() as patch:
        patch.setattr(queries, "_taken", slowly)
        free(16, 20)
    assert free(16, 20) == []


def test_each_business_has_its_own(car: Car) -> None:
    with within(make_business("other").id):
        assert asked() == 1
    assert asked() == 0


@pytest.mark.parametrize("lost", ["flushed", "away"])
def test_an_empty_redis_or_none_changes_nothing(car: Car, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if lost == "flushed":
        valkey.client().flushdb()
    else:
        nowhere: Callable[[], Redis] = lambda: Redis.from_url("redis://127.0.0.1:1/0")  # noqa: E731
        monkeypatch.setattr(remembered, "client", nowhere)
    assert asked() == 1
    hold(car)
    assert free() == []
