"""Rivals for the last crew: one gets it, whoever asks at the same moment; without the lock several do."""

from typing import Any

import pytest
from apiflask import APIFlask
from flask import g

from app.bookings import free_times, moves
from app.bookings.free_times import NotKept
from app.kernel.businesses import Business
from app.settings.firm import change_firm
from tests.bookings.visitor import bookings
from tests.make import a_day_ahead, make_crew, make_order
from tests.races.test_claims import at_once

RIVALS = 12


@pytest.fixture
def one_crew(business: Business) -> Business:
    """A firm with one crew, open every day for one move."""
    make_crew()
    change_firm({"hours": [["08:00", "13:00"]] * 7, "only_free": "form"})
    return business


def rush(clean: APIFlask, business: Business) -> list[bool]:
    """Whether each of the rivals got the one time of the one crew."""
    with clean.test_request_context():
        g.business = business
        orders = [make_order(date=a_day_ahead(9).isoformat(), time="08:00") for _rival in range(RIVALS)]

    def book(number: int) -> bool:
        with clean.test_request_context():
            g.business = business
            try:
                moves.book_move(orders[number], language="sv", by="form")
            except NotKept:
                return False
            return True

    return at_once(clean, business, book, crowd=RIVALS)


def test_the_last_crew_is_given_once(one_crew: Business, clean: APIFlask) -> None:
    assert sum(rush(clean, one_crew)) == 1
    assert len(bookings()) == 1


def test_without_the_lock_it_is_given_to_several(
    one_crew: Business, clean: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(free_times, "take_turn", lambda _mark: None)
    plain: Any = free_times.refuse_unless_free
    gate: list[int] = []

    def slowly(*given: Any) -> None:
        plain(*given)
        gate.append(1)
        for _wait in range(200):  # until the others have looked too
            if len(gate) >= RIVALS:
                return
            free_times.clock.sleep(0.01)

    monkeypatch.setattr(free_times, "refuse_unless_free", slowly)
    assert sum(rush(clean, one_crew)) > 1
