"""Hold, extend, confirm, cancel, move, block and wait in any order, against a plain model: no overlap, nothing lost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from app.bookings import lifecycle, rentals
from app.bookings.rentals import RentalOrder
from app.fleet import cars, claims, holds, queries
from app.fleet.models import Car
from app.fleet.queries import Wish
from app.kernel import clock
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Conflict, Gone
from tests.fleet.test_holds import at
from tests.make import make_car

HOURS, BUFFER = 24, 1
SLOT = st.tuples(st.integers(0, HOURS - 6), st.integers(1, 5)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_runs = count()


@dataclass
class Kept:
    """What the model knows of a time: whose car, from when to when, until which minute (None for good)."""

    car: int
    first: int
    last: int
    buffer: int
    until: float | None
    client: str = ""
    extended: bool = False
    gone: bool = False
    hold: Any = None
    booking_id: int = 0
    clients: set[str] = field(default_factory=set)


class Rivals(RuleBasedStateMachine):
    """Three people and two cars."""

    held, booked = Bundle("held"), Bundle("booked")

    def __init__(self) -> None:
        super().__init__()
        db.session.rollback()
        clock.reset()
        self.run, self.minutes, self.kept = next(_runs), 0.0, list[Kept]()
        self.fleet: list[Car] = [
            make_car(f"Car {number}", category="van", buffer_minutes=60 * BUFFER) for number in range(2)
        ]

    def teardown(self) -> None:
        """Leave nothing to the next run."""
        for kept in self.kept:
            if kept.booking_id:
                lifecycle.cancel(kept.booking_id)
        for car in self.fleet:
            for off in queries.blocks(car.id):
                cars.unblock(car.id, off.id)
        clock.forward(minutes=30)
        for car in self.fleet:
            cars.retire(car.id)

    def lives(self, kept: Kept) -> bool:
        return not kept.gone and (kept.until is None or kept.until > self.minutes)

    def is_free(self, car: int, first: int, last: int, but: Kept | None = None) -> bool:
        return not any(
            self.lives(other) and other is not but and other.car == car
            and other.first < last and first < other.last + other.buffer
            for other in self.kept
        )  # fmt: skip

    @rule(target=held, car=st.integers(0, 1), slot=SLOT, person=st.integers(0, 2))
    def hold(self, car: int, slot: tuple[int, int], person: int) -> Any:
        client = f"visitor:{self.run}-{person}"
        mine = [kept for kept in self.kept if kept.client == client and not kept.booking_id and self.lives(kept)]
        wanted = self.is_free(car, slot[0], slot[1] + BUFFER)
        try:
            made = holds.hold(self.fleet[car].id, at(slot[0]), at(slot[1]), client=client)
        except holds.CarTaken:
            assert not wanted
            return multiple()
        except holds.TooManyHolds:
            assert wanted
            assert len(mine) == holds.MOST_LIVE
            return multiple()
        assert wanted
        assert len(mine) < holds.MOST_LIVE
        kept = Kept(car, *slot, BUFFER, self.minutes + 10, client, hold=made)
        self.kept.append(kept)
        return kept

    @rule(kept=held)
    def extend(self, kept: Kept) -> None:
        fine = self.lives(kept) and not kept.extended and not kept.booking_id
        try:
            holds.extend(kept.hold.public_id, {kept.client})
        except (Gone, Conflict):
            assert not fine
            return
        assert fine
        kept.extended, kept.until = True, (kept.until or 0) + 5

    @rule(kept=held)
    def give_up(self, kept: Kept) -> None:
        fine = (self.lives(kept) or kept.gone) and not kept.booking_id
        try:
            holds.release(kept.hold.public_id, {kept.client})
        except Gone:
            assert not fine
            return
        assert fine
        kept.gone = True

    @rule(target=booked, kept=held)
    def confirm(self, kept: Kept) -> Any:
        fine = bool(kept.booking_id) or self.lives(kept)
        order = RentalOrder(hold_id=kept.hold.public_id, name="Ada", email="ada@example.se", phone="0701234567")
        try:
            booking = rentals.confirm(order, {kept.client}, language="en")
        except Gone:
            assert not fine
            return multiple()
        assert fine
        assert kept.booking_id in (0, booking.id)
        kept.booking_id, kept.until = booking.id, None
        return kept

    @rule(kept=consumes(booked))
    def cancel(self, kept: Kept) -> None:
        lifecycle.cancel(kept.booking_id)
        kept.gone = True

    @rule(kept=booked, slot=SLOT)
    def move(self, kept: Kept, slot: tuple[int, int]) -> None:
        if kept.gone:
            return
        free = self.is_free(kept.car, slot[0], slot[1] + BUFFER, but=kept)
        try:
            lifecycle.edit(kept.booking_id, {"starts_at": at(slot[0]), "ends_at": at(slot[1])})
        except claims.Taken:
            assert not free
            return
        assert free
        kept.first, kept.last = slot

    @rule(car=st.integers(0, 1), slot=SLOT)
    def block(self, car: int, slot: tuple[int, int]) -> None:
        free = self.is_free(car, *slot)
        try:
            cars.block(self.fleet[car].id, at(slot[0]), at(slot[1]))
        except claims.Taken:
            assert not free
            return
        assert free
        self.kept.append(Kept(car, *slot, 0, None))

    @rule(minutes=st.integers(1, 12))
    def wait(self, minutes: int) -> None:
        # Half a minute apart from the ends of holds, so that the time this test itself takes decides nothing.
        self.minutes += minutes + (0.5 if self.minutes == int(self.minutes) else 0)
        clock.reset()
        clock.forward(minutes=self.minutes)

    @rule()
    def sweep(self) -> None:
        holds.expire_lapsed()

    @invariant()
    def search_and_model_agree(self) -> None:
        for first, last in ((0, 4), (8, 12), (16, 20)):
            wish = Wish(at(first), at(last), categories=("van",))
            found = {offer.car.id for offer in queries.offers(wish)}
            expected = {car.id for number, car in enumerate(self.fleet) if self.is_free(number, first, last + BUFFER)}
            assert found == expected, (first, last)


@pytest.fixture
def quiet(business: Business) -> Iterator[None]:
    """A business in scope, and the clock put right afterwards."""
    yield
    clock.reset()


def test_whatever_they_do_the_model_agrees(quiet: None) -> None:
    run_state_machine_as_test(
        Rivals,
        settings=settings(
            max_examples=12, stateful_step_count=18, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
