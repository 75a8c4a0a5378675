"""Export is complete and erasure leaves nobody, by a walk over the schema."""

from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.bookings import lifecycle
from app.bookings.models import Booking
from app.customers import erasure, forgotten, merging, people
from app.customers.models import Customer, Merge
from app.customers.personal_data import holdings
from app.jobs import queue
from app.jobs.models import Job
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import add, db, transaction
from app.kernel.errors import Conflict, Gone
from app.messaging import consent
from app.messaging.models import EmailLog, EmailPart, WebhookCall
from app.messaging.sms_models import SmsReceived
from tests.identity.people import make_member
from tests.make import make_booking
from tests.messaging.texting import an_invite, noon

NEEDLES = (
    "Zacharias Quist",
    "zquist",
    "zaq@",
    "+46705557788",
    "070-555 77 88",
    "Qvarnbygatan",
    "Zettergatan",
    "wombat",
)


def the_person() -> Customer:
    """Somebody of whom everything there is holds something."""
    noon()
    booked = make_booking(
        name="Zacharias Quist", email="zquist@example.se", phone="070-555 77 88",
        fromAddress="Qvarnbygatan 9, Göteborg", toAddress="Zettergatan 1, Kungälv", notes="The wombat bites",
    )  # fmt: skip
    make_member("zquist@example.se", Role.CUSTOMER, name="Zacharias Quist")
    other = make_booking(name="Zacharias Quist", email="zaq@example.se", phone="070-555 77 88")
    customer, twin = (
        db.session.scalars(select(Customer).where(Customer.public_id == one.customer_public_id)).one()
        for one in (booked, other)
    )
    merging.merge(customer.id, twin.id)
    people.change(customer.id, {"notes": "Has a wombat", "tags": ["wombat"]})
    people.add_note(customer.id, "wombat again")
    lifecycle.edit(booked.id, {"contact_name": "Zacharias Quist jr", "price": 1234})
    lifecycle.add_note(booked.id, "Mind the wombat")
    lifecycle.cancel(booked.id, reason="The wombat died")
    lifecycle.cancel(other.id)
    sms = an_invite(customer, "Hello {name}")
    consent.stop("+46705557788", source="sms", text="STOP wombat")
    with transaction():
        add(SmsReceived(provider_id="SM1", from_number="+46705557788", customer_id=customer.id, body="wombat here"))
        for mail in db.session.scalars(select(EmailLog)):
            mail.provider_id, mail.subject, mail.text_body = f"re_{mail.id}", "Zacharias Quist", "wombat"
            mail.html_body, mail.facts = "<p>wombat</p>", {"name": "Zacharias Quist"}
            add(EmailPart(email_id=mail.id, filename="wombat.ics", content_type="text/calendar", content=b"wombat"))
            body = '{"to": "zquist@example.se"}'
            add(WebhookCall(provider="resend", call_id=f"c{mail.id}", subject_id=mail.provider_id, body=body))
        job = db.session.scalars(select(Job).where(Job.about.contains([f"sms:{sms.id}"]))).one()
        job.note, job.words = "wombat owner", "zquist@example.se said no"
    return db.session.scalars(select(Customer).where(Customer.id == customer.id)).one()


def everything() -> dict[str, str]:
    """All that stands in the database, table by table, as text."""
    db.session.rollback()
    return {
        table.name: str(db.session.execute(text(f'select string_agg(t::text, chr(10)) from "{table.name}" t')).scalar())
        for table in db.metadata.sorted_tables
    }


def holding(needle: str) -> set[str]:
    found = {name for name, said in everything().items() if needle.lower() in said.lower()}
    # Bytes are told in hexadecimal.
    return found | {name for name, said in everything().items() if needle.encode().hex() in said}


def test_after_erasure_no_table_holds_the_person(business: Business, clock: object) -> None:
    customer = the_person()
    before = {needle: holding(needle) for needle in NEEDLES}
    assert all(before.values()), before
    assert before["Zacharias Quist"] >= {
        "customers",
        "bookings",
        "email_logs",
        "sms_messages",
        "customer_merges",
        "users",
    }
    sums = select(func.count(), func.sum(Booking.price), func.min(Booking.starts_at))
    old = db.session.execute(sums).one()
    erasure.erase(customer.id)
    assert {needle: holding(needle) for needle in NEEDLES} == {needle: set() for needle in NEEDLES}
    assert db.session.execute(sums).one() == old
    assert db.session.query(Merge).count() == 0


def test_without_one_feature_taking_part_something_is_left(
    business: Business, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = the_person()
    some = [one for one in holdings() if one.name != "texts"]
    monkeypatch.setattr(erasure, "holdings", lambda: some)
    erasure.erase(customer.id)
    assert "sms_messages" in holding("+46705557788")


def test_an_export_holds_a_row_of_every_table_that_points_at_the_customer(business: Business, clock: object) -> None:
    customer = the_person()
    said = str(erasure.held_about(customer))
    for needle in NEEDLES:
        assert needle in said, needle
    held: dict[str, list[Any]] = erasure.held_about(customer)
    rows = {(row.get("id"), tuple(sorted(row))) for part in held.values() for row in part}
    for table, model in merging.holders().items():
        for one in db.session.scalars(select(model).where(model.customer_id == customer.id)):
            assert any(its_id == one.id for its_id, _keys in rows), table
    assert {"bookings", "mails", "texts", "consents", "history", "jobs", "log", "accounts"} <= {
        name for name, part in held.items() if part
    }


def test_nobody_comes_back_by_an_import_or_an_invite(business: Business, clock: object) -> None:
    customer = the_person()
    assert not forgotten.is_forgotten(email="zquist@example.se")
    erasure.erase(customer.id)
    assert forgotten.is_forgotten(email="ZQuist@example.se")
    assert forgotten.is_forgotten(phone_number="+46705557788")
    assert not forgotten.is_forgotten(email="anna@example.se", phone_number="+46700000000")
    assert consent.is_stopped("+46705557788")
    consent.allow("+46705557788", source="sms")
    assert not consent.is_stopped("+46705557788")


def test_who_still_has_something_coming_is_not_erased(business: Business) -> None:
    booked = make_booking()
    customer = db.session.scalars(select(Customer).where(Customer.public_id == booked.customer_public_id)).one()
    with pytest.raises(Conflict):
        erasure.erase(customer.id)
    assert db.session.scalars(select(Customer.name)).one() == "Anna Lindqvist"
    lifecycle.cancel(booked.id)
    erasure.erase(customer.id)
    erasure.erase(customer.id)
    with pytest.raises(Gone):
        people.change(customer.id, {"name": "Anna"})


def test_a_colleague_of_the_same_address_keeps_the_account(business: Business) -> None:
    make_member("anna@example.se", Role.DISPATCHER)
    booked = make_booking(email="anna@example.se")
    lifecycle.cancel(booked.id)
    customer = db.session.scalars(select(Customer).where(Customer.public_id == booked.customer_public_id)).one()
    erasure.erase(customer.id)
    assert "anna@example.se" in everything()["users"]
    assert queue.offer_due() >= 0
