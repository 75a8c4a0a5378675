"""Two customers want the same free time of one car for their rentals: one gets it, the other keeps the old one."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

import pytest
from apiflask import APIFlask

from app.bookings import own_dates
from app.bookings.models import Booking
from app.fleet.models import Car
from app.kernel.businesses import Business
from tests.bookings.hiring import hire, now
from tests.fleet.test_holds import at
from tests.make import make_car
from tests.races.test_cars import both_look_first, crowd, without_constraint, without_lock

__all__ = ["both_look_first"]
CROWD, ROUNDS = 10, 5


def moving(booked: list[Booking], day: int) -> Callable[[int], str]:
    """Each moves an own rental of the car to that day."""
    ids = [booking.id for booking in booked]

    def work(number: int) -> str:
        own_dates.change(ids[number], at(10, day), at(14, day), seen=Decimal(900))
        return "moved"

    return work


def rented(car: Car, number: int) -> list[Booking]:
    """So many rentals of that car, each of another day."""
    return [hire(car, day=10 + each) for each in range(number)]


def test_one_of_many_gets_the_free_time_and_all_others_keep_theirs(business: Business, clean: APIFlask) -> None:
    booked = rented(make_car(), CROWD)
    for number in range(ROUNDS):
        day = 40 + number
        before = [now(booking).starts_at for booking in booked]
        got = Counter(crowd(clean, business, moving(booked, day), CROWD))
        assert got == {"moved": 1, "DatesTaken": CROWD - 1}
        after = [now(booking).starts_at for booking in booked]
        assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
        assert after.count(at(10, day)) == 1


def test_of_two_that_looked_at_once_one_gets_it(business: Business, clean: APIFlask, both_look_first: None) -> None:
    booked = rented(make_car(buffer_minutes=0), 2)
    assert sorted(crowd(clean, business, moving(booked, 40), 2)) == ["DatesTaken", "moved"]


def test_without_lock_and_constraint_both_get_it(
    business: Business, clean: APIFlask, both_look_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = rented(make_car(buffer_minutes=0), 2)
    without_lock(monkeypatch)
    with without_constraint():
        assert crowd(clean, business, moving(booked, 40), 2) == ["moved", "moved"]
