"""A request that lost a race is done again: what it wants is done once, and only who loses thrice comes again."""

from collections.abc import Iterator
from functools import wraps

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from app.fleet.models import Claim, Hold
from app.kernel.businesses import Business
from app.kernel.db import add, db, transaction
from app.kernel.events import Event
from app.web import tries
from tests.bookings.test_cars_api import Program
from tests.make import make_car

#: What PostgreSQL says of a lost race: it could not be put in order, a deadlock, a wait that was too long.
LOST = ("40001", "40P01", "55P03")
TROUBLE = """
create sequence trouble;
create function trouble() returns trigger language plpgsql as $$ begin
  if nextval('trouble') <= {times} then raise exception 'lost' using errcode = '{code}'; end if;
  return new;
end $$;
create trigger trouble before insert on holds for each row execute function trouble();
"""
PEACE = "drop function if exists trouble() cascade; drop sequence if exists trouble"


def run(statements: str) -> None:
    with db.engine.begin() as line:
        line.execute(text(statements))


@pytest.fixture
def program(client: FlaskClient, business: Business) -> Iterator[Program]:
    yield Program(client)
    db.session.rollback()
    run(PEACE)


@pytest.mark.parametrize("code", LOST)
def test_the_third_try_may_win(program: Program, code: str) -> None:
    car = make_car("Volvo V90").public_id
    run(TROUBLE.format(times=2, code=code))
    assert program.hold(car).status_code == 201
    assert db.session.scalar(select(func.count()).select_from(Hold)) == 1
    assert db.session.scalar(select(func.count()).select_from(Event).where(Event.name == "hold.created")) == 1


def test_who_loses_three_times_is_told_when_to_come_again_and_nothing_is_left(program: Program) -> None:
    car = make_car("Volvo V90").public_id
    run(TROUBLE.format(times=3, code="40001"))
    answer = program.hold(car)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert db.session.scalar(select(func.count()).select_from(Claim)) == 0
    assert program.hold(car).status_code == 201


def test_other_troubles_are_not_tried_again(program: Program) -> None:
    car = make_car("Volvo V90").public_id
    run(TROUBLE.format(times=1, code="22012"))
    assert program.hold(car).status_code == 500
    assert program.hold(car).status_code == 201


def test_without_fresh_tries_one_lost_race_is_the_end(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    car = make_car("Volvo V90").public_id
    monkeypatch.setattr(tries, "TRIES", 1)
    run(TROUBLE.format(times=1, code="40P01"))
    assert program.hold(car).status_code == 503


@pytest.mark.parametrize("is_guarded", [True, False])
def test_what_stands_already_is_not_done_a_second_time(
    program: Program, clean: Flask, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """A view with two verbs: the first has committed, the second loses."""
    written: list[int] = []

    @wraps(clean.view_functions["fleet_api.search"])
    def two_verbs() -> str:
        with transaction():
            written.append(add(Event(name="test.first")).id)
        with transaction():
            db.session.execute(text("do $$ begin raise exception 'lost' using errcode = '40001'; end $$"))
        return ""

    if not is_guarded:
        monkeypatch.setattr(tries, "has_committed", lambda: False)
    monkeypatch.setitem(clean.view_functions, "fleet_api.search", two_verbs)
    assert program.call("GET", "/api/v1/cars").status_code == 503
    assert len(written) == (1 if is_guarded else tries.TRIES)
