"""Other systems hear of each booking and customer, and their trouble is nobody else's."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from app.bookings import lifecycle
from app.bookings.models import Booking, BookingState
from app.crm import pushes
from app.crm.models import Push, PushState
from app.customers import erasure
from app.customers.models import Customer
from app.jobs.models import Job
from app.kernel.businesses import Business
from app.kernel.config import settings
from app.kernel.db import db
from app.messaging.models import EmailLog
from tests.make import make_booking
from tests.standins.crm import TOKEN, WEBHOOK_SECRET, HubSpotStandIn, WebhookStandIn


@pytest.fixture
def hook(business: Business, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebhookStandIn]:
    with WebhookStandIn() as server:
        monkeypatch.setattr(settings(), "crm_webhook_url", server.url)
        monkeypatch.setattr(settings(), "crm_webhook_secret", WEBHOOK_SECRET)
        yield server


@pytest.fixture
def hubspot(business: Business, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubSpotStandIn]:
    with HubSpotStandIn() as server:
        monkeypatch.setattr(settings(), "hubspot_token", TOKEN)
        monkeypatch.setattr(settings(), "hubspot_base_url", server.url)
        yield server


def log() -> list[Push]:
    db.session.rollback()
    rows = select(Push).order_by(Push.id).execution_options(populate_existing=True)
    return list(db.session.scalars(rows))


def test_a_booking_and_its_customer_are_told_signed_and_as_they_are(
    hook: WebhookStandIn, run_jobs: Callable[..., int]
) -> None:
    booked = make_booking()
    run_jobs()
    assert hook.unsigned == 0
    assert sorted(one["type"] for one in hook.heard) == ["booking.created", "customer.created"]
    told = next(one for one in hook.heard if one["type"] == "booking.created")
    assert told["data"]["booking"]["reference"] == booked.reference
    assert told["data"]["customer"]["name"] == "Anna Lindqvist"
    assert {one.state for one in log()} == {"sent"}
    lifecycle.cancel(booked.id)
    run_jobs()
    assert hook.heard[-1]["data"]["booking"]["status"] == "cancelled"


def test_every_try_bears_the_same_event_id(hook: WebhookStandIn, run_jobs: Callable[..., int], clock: object) -> None:
    make_booking()
    hook.misbehave("drop_after", 1)
    hook.misbehave("500", 1)
    for _round in range(4):
        run_jobs()
        clock.forward(minutes=20)  # type: ignore[attr-defined]  # the fixture is the module
    assert {one.state for one in log()} == {"sent"}
    assert len(hook.ids) > len(hook.heard)
    assert len(hook.heard) == 2
    assert {one.event_id for one in log()} == set(hook.ids)


def test_a_crm_that_always_fails_changes_nothing_for_bookings_and_mails(
    hook: WebhookStandIn, run_jobs: Callable[..., int]
) -> None:
    hook.misbehave("400", 1000)
    booked = make_booking()
    run_jobs()
    lifecycle.move(booked.id, BookingState.CONFIRMED)
    run_jobs()
    db.session.rollback()
    assert db.session.scalars(select(Booking.state)).one() == "confirmed"
    assert db.session.scalars(select(EmailLog.state)).one() == "sent"
    assert {one.state for one in log()} == {"failed"}
    assert hook.heard == []
    assert set(db.session.scalars(select(Job.queue).where(Job.state == "failed"))) == {"crm"}
    hook.behave()
    assert pushes.replay_failed() == 3
    run_jobs()
    assert {one.state for one in log()} == {"sent"}


def test_what_is_paused_waits_and_goes_out_afterwards(hook: WebhookStandIn, run_jobs: Callable[..., int]) -> None:
    pushes.pause()
    make_booking()
    run_jobs()
    assert hook.heard == []
    assert {one.state for one in log()} == {PushState.HELD}
    assert pushes.go_on() == 2
    run_jobs()
    assert len(hook.heard) == 2


def test_a_dry_run_sends_nothing(
    hook: WebhookStandIn, run_jobs: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "run_mode", "dry")
    make_booking()
    run_jobs()
    assert hook.calls == []
    assert {(one.state, one.code) for one in log()} == {("held", "dry_run")}


def test_nobody_listens_so_nothing_is_noted(business: Business) -> None:
    make_booking()
    assert log() == []


def test_hubspot_gets_one_contact_and_one_deal_however_often(
    hubspot: HubSpotStandIn, run_jobs: Callable[..., int]
) -> None:
    booked = make_booking(email="anna@example.se")
    run_jobs()
    lifecycle.move(booked.id, BookingState.CONFIRMED)
    run_jobs()
    for push in log():
        assert push.state == "sent", push.words
        pushes.replay(push.id)
    run_jobs()
    (contact,) = hubspot.objects["contacts"].values()
    (deal,) = hubspot.objects["deals"].values()
    assert contact["properties"]["email"] == "anna@example.se"
    assert (contact["properties"]["firstname"], contact["properties"]["lastname"]) == ("Anna", "Lindqvist")
    assert deal["properties"]["dealname"].startswith(booked.reference)
    assert hubspot.links == {(deal["id"], contact["id"])}


def test_who_is_erased_is_forgotten_by_hubspot_too(hubspot: HubSpotStandIn, run_jobs: Callable[..., int]) -> None:
    booked = make_booking(email="anna@example.se")
    run_jobs()
    lifecycle.cancel(booked.id)
    run_jobs()
    assert "Lindqvist" in str(hubspot.objects)
    erasure.erase(db.session.scalars(select(Customer.id)).one())
    run_jobs()
    assert {one.state for one in log()} == {"sent"}
    assert hubspot.objects["contacts"] == {}
    assert "Lindqvist" not in str(hubspot.objects)
