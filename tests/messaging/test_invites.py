"""Invites: asked for, counted, sent once, resent, given back."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.tenancy import within
from app.messaging import consent, invites, plans, sms_delivery
from app.messaging.sms_models import Sms, SmsState
from tests.make import make_business
from tests.messaging.texting import an_invite, jobs_of, make_customer, move_clock_to, noon, now_of, used

RunJobs = Callable[..., int]


@pytest.fixture(autouse=True)
def at_noon(business: Business, clock: Any) -> None:
    noon()


def test_a_good_invite_is_queued_with_its_job_and_sent_by_the_worker(business: Business, run_jobs: RunJobs) -> None:
    made = invites.invite(make_customer().id, "Hi {first_name}, {firm} here {oddly}.")
    assert (made.sms.state, made.used, made.limit) == ("queued", 1, 3)
    assert made.sms.body == "Hi Anna, Majorna Flytt & Städ here {oddly}."
    assert [job.kind for job in jobs_of(made.sms.id)] == ["messaging.send_sms"]
    assert now_of(made.sms.id).state == "queued"
    run_jobs()
    sent = now_of(made.sms.id)
    assert (sent.state, sent.provider, sent.attempts) == ("sent", "local", 1)
    run_jobs()
    sms_delivery.send(sent.id)
    assert now_of(sent.id).attempts == 1


def test_the_fourth_on_starter_is_refused_and_nothing_is_queued(business: Business) -> None:
    customer = make_customer()
    for _ in range(3):
        an_invite(customer)
    with pytest.raises(plans.LimitReached):
        an_invite(customer)
    db.session.rollback()
    assert db.session.scalar(text("select count(*) from sms_messages")) == 3
    assert db.session.scalar(text("select count(*) from jobs")) == 3
    assert used() == 3


def test_refusals_count_nothing(business: Business) -> None:
    for number in ("", "+46317001234"):  # none, and a landline in Gothenburg
        with pytest.raises(consent.NoMobile):
            an_invite(make_customer(number=number))
    stopped = make_customer("Bo Ek")
    consent.stop(stopped.phone_number, source="office")
    with pytest.raises(consent.OptedOut, match="Bo Ek"):
        an_invite(stopped)
    with pytest.raises(NotFound):
        invites.invite(999_999, "Hi")
    with pytest.raises(Invalid):
        an_invite(make_customer("N" * 200), "{name}" * 9)
    assert used() == 0


def test_another_businesss_customer_is_not_found(business: Business) -> None:
    with within(make_business("other").id):
        theirs = make_customer()
    with pytest.raises(NotFound):
        invites.invite(theirs.id, "Hi")


def test_an_invite_at_eleven_waits_for_eight_in_the_morning(business: Business, clock: Any, run_jobs: RunJobs) -> None:
    clock.forward(hours=11)
    sms = an_invite()
    assert (sms.state, sms.code) == ("queued", "quiet")
    clock.forward(hours=8, minutes=59)
    assert run_jobs() == 0
    clock.forward(minutes=1)
    run_jobs()
    assert now_of(sms.id).state == "sent"


def test_what_the_worker_meets_too_late_in_the_day_waits_too(business: Business, clock: Any, run_jobs: RunJobs) -> None:
    sms = an_invite()
    clock.forward(hours=9)
    run_jobs()
    waiting = now_of(sms.id)
    assert (waiting.state, waiting.code, waiting.attempts) == ("queued", "quiet", 0)
    assert [job.state for job in jobs_of(sms.id)] == ["done", "queued"]
    clock.forward(hours=11)
    run_jobs()
    assert now_of(sms.id).state == "sent"


def test_stop_is_obeyed_before_the_next_message_leaves(business: Business, run_jobs: RunJobs) -> None:
    customer = make_customer()
    sms = an_invite(customer)
    consent.stop(customer.phone_number, source="sms", text="STOP")
    run_jobs()
    failed = now_of(sms.id)
    assert (failed.state, failed.code, failed.attempts) == ("failed", "opted_out", 0)
    assert used() == 0


def test_a_failure_that_passes_is_tried_again_at_growing_gaps(
    business: Business, clock: Any, run_jobs: RunJobs
) -> None:
    sms = an_invite()
    with transaction():
        db.session.get_one(Sms, sms.id).plays_trouble = 2
    gaps = []
    for _ in range(2):
        run_jobs()
        [job] = jobs_of(sms.id)
        assert now_of(sms.id).state == "queued"
        gaps.append((job.run_at - clock.now()).total_seconds())
        move_clock_to(job.run_at)
    run_jobs()
    done = now_of(sms.id)
    assert (done.state, done.attempts, done.words) == ("sent", 3, "")
    assert 0 < gaps[0] < gaps[1]
    assert used() == 1


def test_a_given_up_invite_is_given_back_and_retry_counts_it_again(
    business: Business, clock: Any, run_jobs: RunJobs
) -> None:
    sms = an_invite()
    with transaction():
        db.session.get_one(Sms, sms.id).plays_trouble = 99
    for _ in range(60):
        run_jobs()
        if now_of(sms.id).state == "failed":
            break
        move_clock_to(jobs_of(sms.id)[0].run_at)
    assert (now_of(sms.id).state, now_of(sms.id).code, used()) == ("failed", "outage", 0)
    with transaction():
        db.session.get_one(Sms, sms.id).plays_trouble = 0
    noon()
    invites.retry(sms.id)
    assert (now_of(sms.id).state, used()) == ("queued", 1)
    run_jobs()
    assert (now_of(sms.id).state, used()) == ("sent", 1)


def test_a_resend_is_an_invite_of_its_own_and_counts(business: Business, run_jobs: RunJobs) -> None:
    first = an_invite()
    with pytest.raises(Conflict):
        invites.resend(first.id)
    run_jobs()
    made = invites.resend(first.id)
    assert (made.sms.resend_of_id, made.sms.body, made.used) == (first.id, first.body, 2)
    run_jobs()
    assert now_of(made.sms.id).state == "sent"
    assert now_of(made.sms.id).provider_id != now_of(first.id).provider_id


def test_messages_to_one_number_leave_in_order(business: Business, clock: Any, run_jobs: RunJobs) -> None:
    customer = make_customer()
    first, second = an_invite(customer), an_invite(customer, "And another")
    with transaction():
        db.session.get_one(Sms, first.id).plays_trouble = 1
    run_jobs()
    assert (now_of(first.id).state, now_of(second.id).state) == ("queued", "queued")
    assert now_of(second.id).attempts == 0
    clock.forward(minutes=1)
    run_jobs()
    clock.forward(seconds=3)
    run_jobs()
    assert (now_of(first.id).state, now_of(second.id).state) == ("sent", "sent")
    assert now_of(first.id).sent_at < now_of(second.id).sent_at  # type: ignore[operator]  # both were sent


def test_a_dry_run_holds_it(business: Business, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sms_delivery, "sms_provider", lambda: None)
    sms = an_invite()
    run_jobs()
    assert now_of(sms.id).state == SmsState.HELD


def test_a_link_is_its_own_and_leads_to_our_page(business: Business) -> None:
    sms = an_invite(message="Book: {link}")
    assert sms.link_code
    assert sms.body == f"Book: http://majorna.localhost:8000/i/{sms.link_code}"
    assert an_invite(message="No link").link_code is None
