"""`kontor seed`: believable, whole, the same every time, and safe to repeat."""

import json
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from app.bookings.models import Booking, BookingClaim, BookingState, Rental
from app.cli.demo import telling
from app.cli.demo.diary import Diary
from app.cli.demo.firms import FIRMS, MAJORNA
from app.cli.seed import DEMO_PASSWORD
from app.customers.models import Customer
from app.fleet.models import Car, Claim, Driver, Hold
from app.identity import passwords
from app.identity.models import Membership, User
from app.jobs.models import Job
from app.kernel import clock
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.config import settings
from app.kernel.db import db
from app.kernel.events import Event
from app.kernel.tenancy import across_businesses
from app.messaging.models import EmailLog, EmailPart, EmailState


def run(app: APIFlask, *arguments: str) -> dict[str, Any]:
    ended = app.test_cli_runner().invoke(args=["seed", *arguments, "--json"])
    assert ended.exit_code == 0, ended.output
    return dict(json.loads(ended.stdout))


def test_the_demo_is_whole_and_a_second_time_changes_nothing(clean: APIFlask) -> None:
    made = run(clean, "--demo")
    assert [firm["slug"] for firm in made["businesses"]] == ["majorna", "biler"]
    with clean.app_context(), across_businesses():
        has_every_role_and_state()
        the_oldest_answers_at_any_host()
        what_happened_is_told_in_order()
        what_a_crew_does_takes_its_time()
        each_hire_has_its_car_and_its_hold()
        each_mail_can_be_read_as_it_was_sent()
        what_came_back_waits_for_a_person()
        stored = db.session.scalar(select(User.password_hash).where(User.email == "owner@majorna.example"))
        assert passwords.matches(stored, DEMO_PASSWORD)
        before = counts()
    again = run(clean, "--demo")
    with clean.app_context():
        assert counts() == before
        own = passwords.hashed("something of my own")
        with db.engine.begin() as line:
            line.execute(User.__table__.update().where(User.email == "owner@majorna.example").values(password_hash=own))
    assert again["created"] is False
    for part in ("logIns", "customerIds", "bookings"):
        assert [firm[part] for firm in again["businesses"]] == [firm[part] for firm in made["businesses"]]
    known = {person["email"]: person["password"] for person in run(clean, "--demo")["businesses"][0]["logIns"]}
    assert known["owner@majorna.example"] == "(changed since)"
    assert known["dispatcher@majorna.example"] == DEMO_PASSWORD


def counts() -> list[int]:
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in db.metadata.sorted_tables]


def has_every_role_and_state() -> None:
    assert set(db.session.scalars(select(Membership.role))) == set(Role)
    assert set(db.session.scalars(select(Booking.state))) == set(BookingState)
    assert set(db.session.scalars(select(EmailLog.state))) >= set(EmailState) - {EmailState.SENT}
    assert set(db.session.scalars(select(Job.state))) == {"done", "failed", "queued", "running"}
    first, last = db.session.execute(select(func.min(Booking.starts_at), func.max(Booking.starts_at))).one()
    assert (last - first).days in range(400, 425)
    ago = clock.now() - timedelta(days=363)
    assert (db.session.scalar(select(func.count()).where(Booking.starts_at < ago, Booking.state == "done")) or 0) > 40


def the_oldest_answers_at_any_host() -> None:
    found = db.session.scalars(select(Business).order_by(Business.id)).all()
    assert [(firm.slug, firm.hostname) for firm in found] == [("majorna", None), ("biler", "biler.localhost")]


def what_happened_is_told_in_order() -> None:
    for firm in db.session.scalars(select(Business.id)).all():
        times = db.session.scalars(select(Event.at).where(Event.business_id == firm).order_by(Event.id)).all()
        assert times == sorted(times)
        assert times[-1] <= clock.now()
    abouts = db.session.scalars(select(Event.about).where(Event.name == "booking.created"))
    told = Counter(marker for about in abouts for marker in about if marker.startswith("booking:"))
    assert set(told) == {f"booking:{number}" for number in db.session.scalars(select(Booking.id))}
    assert set(told.values()) == {1}


def what_a_crew_does_takes_its_time() -> None:
    assigned = select(Booking.id).where(Booking.state.in_(("assigned", "in_progress", "done")))
    assigned = assigned.union(select(Booking.id).where(Booking.service == "car"))
    linked = select(BookingClaim.booking_id).join(Claim, Claim.id == BookingClaim.claim_id)
    assert set(db.session.scalars(assigned)) <= set(db.session.scalars(linked))


def each_hire_has_its_car_and_its_hold() -> None:
    hired = set(db.session.scalars(select(Booking.id).where(Booking.service == "car")))
    assert set(db.session.scalars(select(Rental.booking_id))) == hired
    of_hires = select(Rental.hold_id)
    assert {hold.ended_how for hold in db.session.scalars(select(Hold).where(Hold.id.in_(of_hires)))} == {"confirmed"}
    others = db.session.scalars(select(Hold).where(Hold.id.not_in(of_hires))).all()
    assert {hold.ended_how for hold in others} == {"given_up", "expired"}
    assert len(hired) / 4 < len(others) < len(hired) / 2
    assert len(set(db.session.scalars(select(Car.plate)))) == 10
    assert db.session.scalar(select(func.count()).select_from(Driver).where(Driver.user_id.is_not(None))) == 1


def each_mail_can_be_read_as_it_was_sent() -> None:
    mails = db.session.scalars(select(EmailLog)).all()
    assert all(mail.subject and mail.text_body and mail.html_body and mail.sender for mail in mails)
    entries = select(EmailPart.email_id).where(EmailPart.content_type.startswith("text/calendar"))
    assert set(db.session.scalars(entries)) == {mail.id for mail in mails}


def what_came_back_waits_for_a_person() -> None:
    unhandled = select(EmailLog).where(EmailLog.state == "bounced", EmailLog.handled_at.is_(None))
    mail = db.session.scalars(unhandled).one()
    booking = db.session.get_one(Booking, int(mail.about[0].partition(":")[2]))
    customer = db.session.get_one(Customer, mail.customer_id)
    assert (booking.mail_trouble, customer.email_trouble) == ("bounced", "bounced")
    held = db.session.scalars(select(EmailLog).where(EmailLog.state == "held")).one()
    assert held.customer_id == customer.id
    resent = db.session.scalars(select(EmailLog).where(EmailLog.resend_of_id.is_not(None))).one()
    assert resent.state == "opened"


def test_half_a_demo_is_never_left_behind(clean: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(telling, "_write_mails", break_off)
        assert clean.test_cli_runner().invoke(args=["seed", "--demo"]).exit_code == 1
    with clean.app_context(), across_businesses():
        assert db.session.scalar(select(func.count()).select_from(Business)) == 0
        assert db.session.scalar(select(func.count()).select_from(Booking)) == 0
    assert run(clean, "--demo")["created"] is True


def test_the_diary_is_the_same_every_time() -> None:
    now = clock.now()
    one, other = (Diary(MAJORNA, now, telling.Random(telling.SEED)).fill() for _time in range(2))
    assert one == other


@pytest.mark.parametrize("firm", FIRMS, ids=lambda firm: firm.slug)
@pytest.mark.parametrize("hour", [0, 3, 9, 14, 22])
def test_the_diary_holds_at_any_hour(firm: Any, hour: int) -> None:
    now = clock.now().replace(hour=hour, minute=30)
    diary = Diary(firm, now, telling.Random(telling.SEED))
    planned = diary.fill()
    assert all(booking.created_at < now and booking.starts_at < booking.ends_at for booking in planned)
    taken = sorted((booking for booking in planned if booking.takes_time), key=lambda booking: booking.starts_at)
    for thing in firm.things:
        mine = [booking for booking in taken if thing in booking.things]
        assert all(one.ends_at <= other.starts_at for one, other in pairwise(mine))


def test_production_gets_invented_people_only_when_it_is_meant(
    clean: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "app_env", "production")
    refused = clean.test_cli_runner().invoke(args=["seed", "--demo"])
    assert refused.exit_code == 1
    assert "--yes" in refused.output
    made = run(clean, "--demo", "--yes")
    drawn = {person["password"] for firm in made["businesses"] for person in firm["logIns"]}
    assert len(drawn) == 1
    assert drawn != {DEMO_PASSWORD}


def test_a_plain_seed_makes_one_business_and_its_owner_once(clean: APIFlask) -> None:
    made = run(clean, "--name", "Flytt & Co", "--email", "eva@flytt.example", "--owner", "Eva Ek")
    [firm] = made["businesses"]
    [owner] = firm["logIns"]
    assert (made["created"], firm["name"], owner["role"], owner["email"]) == (
        True, "Flytt & Co", "owner", "eva@flytt.example",
    )  # fmt: skip
    with clean.app_context():
        stored = db.session.scalar(select(User.password_hash))
        assert passwords.matches(stored, owner["password"])
    again = run(clean)
    assert again["created"] is False
    assert again["businesses"][0]["logIns"] == [owner | {"password": None}]


def test_a_wrong_address_is_refused_in_words(clean: APIFlask) -> None:
    ended = clean.test_cli_runner().invoke(args=["seed", "--email", "nobody"])
    assert ended.exit_code == 1
    assert "email" in ended.output
    assert "Traceback" not in ended.output
