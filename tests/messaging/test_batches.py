"""Invites to many: looked through, sent as far as the plan goes, stopped at any moment, each customer accounted for."""

from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, Invalid
from app.kernel.tenancy import within
from app.messaging import batches, consent, plans
from app.messaging.batch_models import InviteBatch, InviteRecipient
from app.messaging.sms_models import Sms
from tests.make import make_business
from tests.messaging.texting import an_invite, make_customer, noon, used

TEXT = "Hi {first_name}, book: {link} Reply STOP to get no more."


@pytest.fixture(autouse=True)
def by_day(business: Business, clock: Any) -> None:
    """Nobody is invited at night."""
    noon()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker goes three customers at a time."""
    for name in ("CHECK_STEP", "SEND_STEP", "STOP_STEP"):
        monkeypatch.setattr(batches, name, 3)


def outcomes(batch: InviteBatch) -> dict[str, int]:
    db.session.rollback()
    return dict(
        Counter(db.session.scalars(select(InviteRecipient.outcome).where(InviteRecipient.batch_id == batch.id)))
    )


def now_of(batch: InviteBatch) -> InviteBatch:
    db.session.rollback()
    rows = select(InviteBatch).where(InviteBatch.id == batch.id).execution_options(populate_existing=True)
    return db.session.scalars(rows).one()


def on_plan(business: Business, code: str) -> None:
    plans.subscribe(business.id, code)


@pytest.mark.usefixtures("small_steps")
def test_who_cannot_get_one_is_found_beforehand_and_says_why(run_jobs: Callable[..., int]) -> None:
    for number in range(5):
        make_customer(f"Anna {number}")
    make_customer("Mute", number="")
    stopped = make_customer("Stina")
    consent.stop(stopped.phone_number, source="office")
    an_invite(make_customer("Invited lately"))
    batch = batches.draft(TEXT)
    run_jobs()
    assert outcomes(batch) == {"ready": 5, "no_mobile": 1, "opted_out": 1, "recent": 1}
    checked = now_of(batch)
    assert (checked.state, checked.checked, checked.parts) == ("ready", 8, 5)
    assert used() == 1, "looking counts nothing"


@pytest.mark.usefixtures("small_steps")
def test_it_goes_as_far_as_the_plan_and_says_of_the_others_why(run_jobs: Callable[..., int]) -> None:
    for number in range(5):
        make_customer(f"Anna {number}")
    batch = batches.draft(TEXT)
    run_jobs()
    batches.start(batch.id)
    batches.start(batch.id)
    run_jobs()
    assert outcomes(batch) == {"invited": 3, "limit": 2}
    assert used() == 3
    assert now_of(batch).state == "done"
    sent = db.session.scalars(select(Sms).order_by(Sms.id)).all()
    assert [sms.to_name for sms in sent] == ["Anna 0", "Anna 1", "Anna 2"]
    assert {sms.state for sms in sent} == {"sent"}
    assert all(sms.link_code in sms.body for sms in sent if sms.link_code)


def test_who_says_stop_in_between_gets_none(business: Business, run_jobs: Callable[..., int]) -> None:
    on_plan(business, "growth")
    anna, bo = make_customer("Anna"), make_customer("Bo")
    batch = batches.draft(TEXT)
    run_jobs()
    consent.stop(bo.phone_number, source="sms")
    batches.start(batch.id)
    run_jobs()
    assert outcomes(batch) == {"invited": 1, "opted_out": 1}
    assert db.session.scalars(select(Sms.customer_id)).all() == [anna.id]


def test_a_lapsed_subscription_stops_it_in_words(business: Business, clock: Any, run_jobs: Callable[..., int]) -> None:
    make_customer()
    batch = batches.draft(TEXT)
    run_jobs()
    plans.subscribe(business.id, "growth", ends_at=clock.now())
    batches.start(batch.id)
    run_jobs()
    assert (outcomes(batch), used()) == ({"lapsed": 1}, 0)


def test_stopped_before_it_goes_nobody_gets_one(run_jobs: Callable[..., int]) -> None:
    make_customer()
    batch = batches.draft(TEXT)
    batches.stop(batch.id)
    run_jobs()
    assert (now_of(batch).state, outcomes(batch)) == ("stopped", {"stopped": 1})
    with pytest.raises(Conflict):
        batches.start(batch.id)


def test_what_has_not_left_is_called_off_and_given_back(business: Business, run_jobs: Callable[..., int]) -> None:
    on_plan(business, "growth")
    for number in range(4):
        make_customer(f"Anna {number}")
    batch = batches.draft(TEXT)
    run_jobs()
    batches.start(batch.id)
    batches.send(batch.id)
    gone = db.session.scalars(select(Sms).order_by(Sms.id)).first()
    assert gone is not None
    with transaction():  # a worker has just taken the first one
        db.session.execute(text("update sms_messages set state = 'sending' where id = :id"), {"id": gone.id})
    assert used() == 4
    batches.stop(batch.id)
    batches.stop(batch.id)
    assert outcomes(batch) == {"invited": 1, "stopped": 3}
    assert used() == 1
    run_jobs()
    db.session.rollback()
    assert Counter(db.session.scalars(select(Sms.state))) == {"sent": 1, "held": 3}


def test_a_tag_and_words_choose_together(business: Business) -> None:
    make_customer("Anna Berg", tags=["autumn"])
    make_customer("Anna Ek")
    make_customer("Bo Berg", tags=["autumn"])
    assert batches.draft(TEXT, q="anna", tag="autumn").total == 1
    assert batches.draft(TEXT, tag="autumn").total == 2
    assert batches.draft(TEXT).total == 3
    with pytest.raises(Invalid):
        batches.draft(TEXT, tag="spring")


def test_another_firms_customers_are_in_no_batch(business: Business, run_jobs: Callable[..., int]) -> None:
    other = make_business("other", hostname="other.localhost")
    with within(other.id):
        make_customer("Foreign")
    make_customer("Own")
    batch = batches.draft(TEXT)
    run_jobs()
    assert outcomes(batch) == {"ready": 1}


def test_a_worker_that_dies_between_two_steps_is_followed_by_one_that_goes_on(
    business: Business, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_plan(business, "growth")
    monkeypatch.setattr(batches, "SEND_STEP", 2)
    for number in range(6):
        make_customer(f"Anna {number}")
    batch = batches.draft(TEXT)
    run_jobs()
    batches.start(batch.id)
    assert batches._send_some(batch.id)
    assert outcomes(batch) == {"invited": 2, "ready": 4}
    run_jobs()
    assert outcomes(batch) == {"invited": 6}
    assert (used(), db.session.scalar(text("select count(*) from sms_messages"))) == (6, 6)


def test_two_batches_and_single_invites_at_once_never_pass_the_limit(app: Flask, business: Business) -> None:
    for number in range(12):
        make_customer(f"Anna {number}")
    made = [batches.draft(TEXT, also_recent=True) for _ in range(2)]
    for batch in made:
        batches.check(batch.id)
        batches.start(batch.id)
    business_id, together = business.id, Barrier(2)

    def send(number: int) -> None:
        with app.app_context(), within(business_id):
            together.wait()
            batches.send(number)

    threads = [Thread(target=send, args=(batch.id,)) for batch in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used() == 3
    assert db.session.scalar(text("select count(*) from sms_messages")) == 3
    assert sum(outcomes(batch).get("invited", 0) for batch in made) == 3
