"""What comes round by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from app.jobs import schedule
from app.jobs.models import Job, PeriodicJob
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.errors import NotFound
from app.kernel.tenancy import across_businesses
from tasks import handlers
from tests.jobs.wishes import ROUND


@pytest.fixture(autouse=True)
def _only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "PERIODIC", {})
    schedule.periodic("round", ROUND, schedule.every(minutes=10))


def asked_for() -> list[str]:
    db.session.rollback()
    with across_businesses():
        return list(db.session.scalars(select(Job.unique_key).where(Job.kind == ROUND.name).order_by(Job.id)))


def test_it_is_asked_for_at_its_time_and_not_before(business: Business, clock: Any) -> None:
    assert schedule.ask_for_due() == 0
    clock.forward(minutes=10)
    assert schedule.ask_for_due() == 1
    assert schedule.ask_for_due() == 0
    clock.forward(minutes=10)
    assert schedule.ask_for_due() == 1
    assert len(set(asked_for())) == 2


def test_its_jobs_belong_to_no_business(business: Business, clock: Any) -> None:
    schedule.ask_for_due()
    clock.forward(minutes=10)
    schedule.ask_for_due()
    with across_businesses():
        assert db.session.scalars(select(Job.business_id)).all() == [None]


def test_rounds_missed_while_nobody_was_awake_are_made_up_once(business: Business, clock: Any) -> None:
    schedule.ask_for_due()
    clock.forward(hours=9)
    assert schedule.ask_for_due() == 1
    assert schedule.ask_for_due() == 0


def test_a_round_that_was_asked_for_before_is_not_asked_for_again(business: Business, clock: Any) -> None:
    # As after a backup was put back: the row says that the round is still to come.
    schedule.ask_for_due()
    before = db.session.scalar(select(PeriodicJob.next_run))
    clock.forward(minutes=10)
    schedule.ask_for_due()
    with transaction():
        db.session.execute(text("update periodic_jobs set next_run = :at"), {"at": before})
    schedule.ask_for_due()
    assert len(asked_for()) == 1


def test_a_new_rhythm_counts_at_once_and_what_is_no_longer_declared_goes(business: Business, clock: Any) -> None:
    schedule.ask_for_due()
    schedule.periodic("round", ROUND, schedule.every(seconds=30))
    schedule.ask_for_due()
    row = db.session.scalar(select(PeriodicJob).execution_options(populate_existing=True))
    assert row is not None
    assert row.every_seconds == 30
    assert row.next_run <= clock.now() + timedelta(seconds=30)
    schedule.PERIODIC.clear()
    schedule.ask_for_due()
    assert db.session.scalar(text("select count(*) from periodic_jobs")) == 1
    clock.forward(days=3)
    schedule.ask_for_due()
    assert db.session.scalar(text("select count(*) from periodic_jobs")) == 0


def test_a_person_may_ask_for_it_at_once(business: Business, clock: Any) -> None:
    schedule.ask_for_due()
    schedule.run_now("round")
    schedule.run_now("round")
    assert len(asked_for()) == 1
    with pytest.raises(NotFound):
        schedule.run_now("no-such-round")


def test_it_is_overdue_when_its_time_has_passed_and_nobody_asked(business: Business, clock: Any) -> None:
    schedule.ask_for_due()
    row = db.session.scalar(select(PeriodicJob))
    assert row is not None
    clock.forward(seconds=(row.next_run - clock.now()).total_seconds() + 5)
    assert not schedule.is_overdue(row)
    clock.forward(minutes=1)
    assert schedule.is_overdue(row)


def test_daily_is_at_that_time_of_the_day() -> None:
    next_after = schedule.daily(1, 40)
    assert next_after(datetime(2026, 3, 29, 0, 30, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 40, tzinfo=UTC)
    assert next_after(datetime(2026, 3, 29, 1, 40, tzinfo=UTC)) == datetime(2026, 3, 30, 1, 40, tzinfo=UTC)


def test_what_is_really_declared_has_a_handler_and_a_title(app: APIFlask) -> None:
    from app.jobs.kinds import HANDLERS, KINDS  # noqa: PLC0415  # beside the app that fills them

    assert handlers.MODULES
    ours = {name: kind for name, kind in KINDS.items() if not name.startswith("tests.")}
    assert set(HANDLERS) - {name for name in HANDLERS if name.startswith("tests.")} == set(ours)
    assert all(str(kind.title) for kind in ours.values())
