"""Drivers hear of jobs by SMS or WhatsApp, as they chose, through Twilio: once, also when the job is run once more."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.bookings import driver_texts
from app.bookings.models import Booking
from app.jobs import queue
from app.jobs.models import Job
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.messaging import sms_delivery
from app.messaging.sms_models import Sms
from tests.bookings.test_assignment import rent
from tests.identity.people import Browser, make_member
from tests.make import make_driver
from tests.messaging.test_twilio import twilio
from tests.messaging.texting import noon
from tests.standins.twilio import TwilioStandIn

Run = Callable[..., int]
ALI = "+46701740601"


@pytest.fixture
def standin(business: Business, clock: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioStandIn]:
    """Twilio on this machine; it is noon."""
    noon()
    with TwilioStandIn() as server:
        provider = twilio(server)
        monkeypatch.setattr(sms_delivery, "sms_provider", lambda: provider)
        yield server


def run_again(run_jobs: Run) -> None:
    """What told the driver is said to have failed, and somebody presses its button in the office."""
    db.session.rollback()
    with transaction():
        told = db.session.scalars(select(Job.id).where(Job.kind == "bookings.tell_driver")).one()
        db.session.execute(update(Job).where(Job.id == told).values(state="failed"))
    queue.retry(told)
    run_jobs()


@pytest.mark.parametrize(
    ("channel", "to", "sender"),
    [("sms", ALI, "+15005550006"), ("whatsapp", f"whatsapp:{ALI}", "whatsapp:+14155238886")],
)
def test_it_goes_once_with_time_place_and_link(
    standin: TwilioStandIn, run_jobs: Run, channel: str, to: str, sender: str
) -> None:
    make_driver("Ali", phone=ALI, channel=channel)
    booking = rent()
    run_jobs()
    [sent] = standin.sent
    assert (sent["to"], sent["from"]) == (to, sender)
    assert "Linnégatan 12" in sent["body"]
    assert sent["body"].endswith("/driver")
    assert "Erik" not in sent["body"]
    db.session.rollback()
    sms = db.session.scalars(select(Sms)).one()
    assert (sms.channel, sms.state, sms.body) == (channel, "sent", sent["body"])
    assert db.session.get_one(Booking, booking.id).marker in sms.about


def test_run_again_by_hand_it_is_not_doubled(standin: TwilioStandIn, run_jobs: Run) -> None:
    make_driver("Ali", phone=ALI)
    rent()
    run_jobs()
    run_again(run_jobs)
    assert len(standin.sent) == 1
    assert len(db.session.scalars(select(Sms)).all()) == 1


def test_without_its_name_it_would_be_doubled(
    standin: TwilioStandIn, run_jobs: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = itertools.count()
    monkeypatch.setattr(driver_texts, "once_of", lambda *_given: str(next(numbers)))
    make_driver("Ali", phone=ALI)
    rent()
    run_jobs()
    run_again(run_jobs)
    assert len(standin.sent) == 2


def test_the_office_chooses_it_on_the_drivers_page(client: FlaskClient, business: Business) -> None:
    driver = make_driver("Ali", phone=ALI)
    make_member()
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    page = browser.get(f"/admin/drivers/{driver.public_id}").text
    assert "Is told of jobs by" in page
    form = {
        "version": str(driver.version), "name": "Ali", "phone": ALI, "channel": "whatsapp", "licences": "B",
        "begins_0": "08:00", "ends_0": "17:00",
    }  # fmt: skip
    assert browser.post(f"/admin/drivers/{driver.public_id}", form).status_code == 303
    db.session.rollback()
    db.session.refresh(driver)
    assert driver.channel == "whatsapp"
