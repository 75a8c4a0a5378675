"""One car, many clients: exactly one winner each time, and what happens when a guard is off."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask import g
from sqlalchemy import select, text

from app.bookings import rentals
from app.bookings.models import Booking
from app.bookings.rentals import RentalOrder
from app.fleet import claims, holds, queries
from app.fleet.models import Car, Claim, Hold
from app.kernel import clock as the_clock
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Refusal
from app.kernel.lines import Line
from app.kernel.tenancy import within
from tests.fleet.test_holds import at
from tests.make import make_car

CLIENTS, ROUNDS = 60, 200


@pytest.fixture(autouse=True)
def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads stand for processes here, which know no common line, unless a test says otherwise."""
    if "line" not in request.fixturenames:
        monkeypatch.setattr(holds._line, "turn", lambda _key: nullcontext())


@pytest.fixture
def line() -> Line:
    """The line of one process."""
    return holds._line


def crowd(app: APIFlask, business: Business, work: Callable[[int], Any], size: int) -> list[Any]:
    """What each of many got that began at the same moment; a refusal counts as an answer."""
    db.session.rollback()
    gate = threading.Barrier(size, timeout=20)

    def one(number: int) -> Any:
        with app.test_request_context(), within(business.id):
            g.business = business
            gate.wait()
            try:
                return work(number)
            except Refusal as refusal:
                return type(refusal).__name__

    with ThreadPoolExecutor(size) as pool:
        return list(pool.map(one, range(size)))


def hold_of(car: Car) -> Callable[[int], str]:
    def work(number: int) -> str:
        holds.hold(car.id, at(10), at(14), client=f"visitor:{number}")
        return "held"

    return work


def test_one_car_many_clients_one_winner_each_round(business: Business, clean: APIFlask, clock: Any) -> None:
    car = make_car()
    make_car("Another")
    for _ in range(4):
        assert Counter(crowd(clean, business, hold_of(car), CLIENTS)) == {"held": 1, "CarTaken": CLIENTS - 1}
        clock.forward(minutes=11)  # what lapsed is lifted by the next winner


@pytest.mark.parametrize("is_there", [True, False])
def test_of_one_process_one_asks_for_the_lock_and_the_others_look_again(
    business: Business, clean: APIFlask, line: Line, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    """All have seen that the car is free before the first one takes it."""
    asked, lock, look, meeting = [0], claims.lock, queries.is_free, threading.Barrier(8, timeout=20)
    have_met = threading.local()

    def look_and_meet(*given: Any) -> bool:
        found = look(*given)
        if not hasattr(have_met, "once"):
            have_met.once = True
            db.session.commit()  # the pool has fewer connections than there are people
            meeting.wait()
        return found

    def count(*given: Any) -> Any:
        asked[0] += 1
        return lock(*given)

    monkeypatch.setattr(queries, "is_free", look_and_meet)
    monkeypatch.setattr(claims, "lock", count)
    if not is_there:
        monkeypatch.setattr(line, "turn", lambda _key: nullcontext())
    assert Counter(crowd(clean, business, hold_of(make_car()), 8)) == {"held": 1, "CarTaken": 7}
    assert asked[0] == 1 if is_there else asked[0] > 1
    assert not line._locks


def test_one_client_pressing_often_holds_three_at_most(business: Business, clean: APIFlask) -> None:
    fleet = [make_car(f"Car {number}").id for number in range(12)]

    def work(number: int) -> str:
        holds.hold(fleet[number], at(10), at(14), client="visitor:same")
        return "held"

    assert Counter(crowd(clean, business, work, 12)) == {"held": 3, "TooManyHolds": 9}


@pytest.fixture
def both_look_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clients wait for each other between looking and writing; under the lock the second cannot get there."""
    meeting, look = threading.Barrier(2), claims.overlapping

    def look_and_meet(*given: Any) -> Any:
        found = look(*given)
        try:
            meeting.wait(timeout=0.4)
        except threading.BrokenBarrierError:
            meeting.reset()
        return found

    monkeypatch.setattr(claims, "overlapping", look_and_meet)


@contextmanager
def without_constraint() -> Iterator[None]:
    """The table as it would be had nobody thought of the constraint."""
    definition = "select pg_get_constraintdef(oid) from pg_constraint where conname = 'ex_claims_no_overlap'"
    with db.engine.begin() as line:
        rule = line.scalar(text(definition))
        line.execute(text("alter table claims drop constraint ex_claims_no_overlap"))
    try:
        yield
    finally:
        with db.engine.begin() as line:
            line.execute(text("set local kontor.retention = 'on'"))
            line.execute(text("truncate claims cascade"))
            line.execute(text(f"alter table claims add constraint ex_claims_no_overlap {rule}"))


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes looks at the row without keeping it from others."""
    monkeypatch.setattr(claims, "lock", lambda model, row_id: db.session.get(model, row_id))


def test_with_lock_and_constraint_two_that_looked_at_once_are_one_winner(
    business: Business, clean: APIFlask, both_look_first: None
) -> None:
    car = make_car(buffer_minutes=0)
    assert sorted(crowd(clean, business, hold_of(car), 2)) == ["CarTaken", "held"]


def test_the_constraint_alone_keeps_one_winner(
    business: Business, clean: APIFlask, both_look_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_lock(monkeypatch)
    car = make_car(buffer_minutes=0)
    assert sorted(crowd(clean, business, hold_of(car), 2)) == ["CarTaken", "held"]


def test_without_both_the_car_is_sold_twice(
    business: Business, clean: APIFlask, both_look_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_lock(monkeypatch)
    car = make_car(buffer_minutes=0)
    with without_constraint():
        assert crowd(clean, business, hold_of(car), 2) == ["held", "held"]


def test_confirming_at_the_last_moment_is_confirmed_or_over_and_never_both_sold_and_gone(
    business: Business, clean: APIFlask, clock: Any
) -> None:
    outcomes: Counter[tuple[str, str]] = Counter()
    for number in range(ROUNDS):
        clock.reset()
        car = make_car(f"Car {number}")
        client = f"visitor:first{number}"
        held = holds.hold(car.id, at(10), at(14), client=client)
        order = RentalOrder(hold_id=held.public_id, name="Ada", email=f"a{number}@example.se", phone="0701234567")
        # The end comes a few milliseconds after the two have started.
        clock.forward(seconds=(held.expires_at - the_clock.now() - timedelta(milliseconds=number % 20)).total_seconds())

        def race(turn: int, car: Car = car, order: RentalOrder = order, client: str = client) -> str:
            if turn:
                holds.hold(car.id, at(10), at(14), client=f"{client}’s rival")
                return "held"
            rentals.confirm(order, {client}, language="en")
            return "confirmed"

        first, second = crowd(clean, business, race, 2)
        assert first in ("confirmed", "HoldOver")
        assert (first, second) != ("confirmed", "held")
        live = db.session.scalars(select(Claim.kind).where(Claim.resource_id == car.id, Claim.released_at.is_(None)))
        kinds = sorted(live)
        booked = db.session.scalars(select(Booking).where(Booking.size.contains(car.plate))).all()
        assert len(booked) == (first == "confirmed")
        if booked:
            assert kinds == ["booking", "buffer"]
        db.session.rollback()
        outcomes[first, second] += 1
    assert sum(outcomes.values()) == ROUNDS


def test_without_the_lock_a_car_is_confirmed_for_one_and_gone_to_another(
    business: Business, clean: APIFlask, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    car = make_car()
    held = holds.hold(car.id, at(10), at(14), client="visitor:first")
    order = RentalOrder(hold_id=held.public_id, name="Ada", email="ada@example.se", phone="0701234567")
    looked, gone = threading.Event(), threading.Event()

    def wait(_held: Hold, **_kept: Any) -> None:
        looked.set()
        assert gone.wait(20)

    def race(turn: int) -> str:
        if not turn:
            rentals.confirm(order, {"visitor:first"}, language="en")
            return "confirmed"
        assert looked.wait(20)
        clock.forward(minutes=11)
        holds.hold(car.id, at(10), at(14), client="visitor:rival")
        gone.set()
        return "held"

    monkeypatch.setattr(holds, "_locked", lambda held: held)
    monkeypatch.setattr(holds, "_set_claims", wait)  # it would find that the hold has lost its time
    assert crowd(clean, business, race, 2) == ["confirmed", "held"]


def test_confirmed_from_two_tabs_at_once_it_is_one_booking(business: Business, clean: APIFlask) -> None:
    for number in range(5):
        car = make_car(f"Car {number}")
        held = holds.hold(car.id, at(10), at(14), client="visitor:first")
        order = RentalOrder(hold_id=held.public_id, name="Ada", email=f"a{number}@example.se", phone="0701234567")

        def work(_: int, order: RentalOrder = order) -> str:
            return rentals.confirm(order, {"visitor:first"}, language="en").reference

        assert len(set(crowd(clean, business, work, 8))) == 1
        assert len(db.session.scalars(select(Booking.id)).all()) == number + 1
        db.session.rollback()
