"""Fifty ask at once for the last three invites: exactly three get one, and the count says so."""

from collections import Counter
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text, update

from app.kernel.businesses import Business
from app.kernel.db import db
from app.messaging import invites, plans
from app.messaging.plan_models import InviteMonth
from tests.messaging.texting import make_customer, noon, used
from tests.races.test_claims import at_once

#: As many as a worker has connections; five waves of them are the fifty.
CROWD = 10


def invite_or_say(customer_id: int) -> str:
    try:
        invites.invite(customer_id, "Hi")
    except plans.LimitReached:
        return "429"
    return "201"


def test_fifty_at_once_on_starter_are_three_sent_and_forty_seven_refused(
    business: Business, clean: APIFlask, clock: Any, run_jobs: Any
) -> None:
    noon()
    customer = make_customer()
    outcomes: Counter[str] = Counter()
    for _ in range(5):
        outcomes.update(at_once(clean, business, lambda _: invite_or_say(customer.id), crowd=CROWD))
    assert outcomes == {"201": 3, "429": 47}
    run_jobs()
    db.session.rollback()
    assert db.session.scalar(text("select count(*) from sms_messages where state = 'sent'")) == 3
    assert db.session.scalar(text("select count(*) from jobs")) == 3
    assert used() == 3


def test_look_then_write_lets_more_through(
    business: Business, clean: APIFlask, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(month: Any, limit: int) -> int | None:
        now = db.session.scalar(select(InviteMonth.used).where(InviteMonth.month == month)) or 0
        if now >= limit:
            return None
        db.session.execute(update(InviteMonth).where(InviteMonth.month == month).values(used=InviteMonth.used + 1))
        return now + 1

    noon()
    customer = make_customer()
    monkeypatch.setattr(plans, "take_if_room", careless)
    for _ in range(10):
        at_once(clean, business, lambda _: invite_or_say(customer.id), crowd=CROWD)
        if used() > 3:
            return
        with clean.app_context(), db.engine.begin() as line:
            line.execute(text("update invite_months set used = 0"))
    pytest.fail("the race never showed: this test proves nothing")
