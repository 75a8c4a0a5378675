"""Fifty want to move to the last time of the one crew: one gets it, and everybody else keeps the old one."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask import g

from app.bookings import free_times, moves, own_changes
from app.bookings.free_times import NotKept
from app.kernel.businesses import Business
from app.kernel.clock import wall_time
from app.kernel.db import db
from app.settings.firm import change_firm
from tests.bookings.visitor import bookings
from tests.make import a_day_ahead, make_crew, make_order
from tests.races.test_claims import at_once

RIVALS, CROWD = 50, 10
WANTED = wall_time(a_day_ahead(9), 8, 0, "Europe/Stockholm")


@pytest.fixture
def one_crew(business: Business, clean: APIFlask) -> Business:
    """A firm with one crew, and fifty bookings of other days from before it kept a diary."""
    make_crew()
    with clean.test_request_context():
        g.business = business
        for number in range(RIVALS):
            moves.book_move(make_order(date=a_day_ahead(20 + number).isoformat(), time="08:00"), language="sv")
    change_firm({"hours": [["08:00", "13:00"]] * 7, "only_free": "form"})
    return business


def rush(clean: APIFlask, business: Business, crowd: int) -> list[bool]:
    """Whether each got the new time; as many at once as `crowd`, the others after them."""
    ids = [made.id for made in bookings()]
    db.session.rollback()  # each of the crowd needs a line of its own

    def work(number: int) -> list[bool]:
        got = []
        with clean.test_request_context():
            g.business = business
            for booking_id in ids[number::crowd]:
                try:
                    own_changes.reschedule(booking_id, WANTED)
                except NotKept:
                    got.append(False)
                else:
                    got.append(True)
        return got

    return [each for share in at_once(clean, business, work, crowd=crowd) for each in share]


def test_one_of_fifty_gets_the_last_time_and_all_others_keep_theirs(one_crew: Business, clean: APIFlask) -> None:
    before = {made.id: made.starts_at for made in bookings()}
    assert sum(rush(clean, one_crew, CROWD)) == 1
    moved = [made for made in bookings() if made.starts_at != before[made.id]]
    assert [made.starts_at for made in moved] == [WANTED]
    assert moved[0].ends_at - moved[0].starts_at == timedelta(hours=5)


def test_without_the_lock_several_get_it(one_crew: Business, clean: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_times, "take_turn", lambda _mark: None)
    plain: Any = free_times.refuse_unless_free
    gate: list[int] = []

    def slowly(*given: Any) -> None:
        plain(*given)
        gate.append(1)
        for _wait in range(200):  # until the others have looked too
            if len(gate) >= CROWD:
                return
            free_times.clock.sleep(0.01)

    monkeypatch.setattr(free_times, "refuse_unless_free", slowly)
    assert sum(rush(clean, one_crew, CROWD)) > 1
