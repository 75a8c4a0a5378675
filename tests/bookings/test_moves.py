"""Booking a move: the one statement leaves exactly what the plain verbs would."""

from collections.abc import Callable
from typing import Any

import pytest
from apiflask import APIFlask
from flask import g
from sqlalchemy import select, text

from app.bookings import links, moves
from app.bookings.events import BookingReceived
from app.bookings.jobs import WRITE_CONFIRMATION
from app.bookings.models import Booking
from app.bookings.orders import MoveOrder
from app.bookings.search import search_words
from app.customers import register
from app.customers.models import Customer
from app.customers.orders import Person
from app.jobs.queue import enqueue
from app.kernel import ids
from app.kernel.access import Actor, Role, acting_as
from app.kernel.businesses import Business
from app.kernel.db import add, db, transaction
from app.kernel.events import announce
from app.messaging import emails
from tests.make import make_order

TABLES = ("customers", "bookings", "email_logs", "jobs", "events")
#: What is drawn by lot or by the clock.
DRAWN = {"id", "public_id", "reference", "manage_hash", "created_at", "updated_at", "at", "run_at", "patient_since"}


def book_plainly(order: MoveOrder, language: str) -> None:
    """The same, verb by verb."""
    public_id, reference = ids.public_id(), ids.reference()
    starts_at, ends_at = order.span(g.business)
    with transaction():
        customer = register.find_or_create(Person(name=order.name, email=order.email, phone=order.phone), language)
        booking = add(
            Booking(
                public_id=public_id,
                reference=reference,
                customer=customer,
                service=order.service_type,
                starts_at=starts_at,
                ends_at=ends_at,
                has_time=order.time is not None,
                contact_name=order.name,
                contact_phone=order.phone,
                from_address=order.from_address,
                to_address=order.to_address,
                size=order.size,
                extras=order.extras,
                notes=order.notes,
                language=language,
                currency=g.business.currency,
                manage_hash=links.hash_of(links.token_of(public_id)),
                search=search_words(
                    reference, order.name, order.email, order.phone, order.from_address, order.to_address
                ),
            )
        )
        email = emails.queue_email(
            moves.CONFIRMATION, to=customer, language=language, about=[booking.marker], send=False
        )
        enqueue(
            WRITE_CONFIRMATION,
            once=f"email:{email.id}",
            about=[booking.marker, f"email:{email.id}"],
            email_id=email.id,
            booking_id=booking.id,
        )
        announce(BookingReceived.of(booking))


def _left() -> dict[str, list[dict[str, Any]]]:
    found = {}
    with transaction():
        for table in TABLES:
            rows = db.session.execute(text(f"select * from {table} order by id")).mappings().all()
            found[table] = [_kept(dict(row)) for row in rows]
        tables = ", ".join(TABLES)
        db.session.execute(text(f"truncate {tables} restart identity cascade"))
    db.session.expunge_all()
    return found


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in DRAWN}
    if "detail" in kept:
        kept["detail"] = {name: value for name, value in kept["detail"].items() if name not in ("id", "reference")}
    if "search" in kept:  # the reference is drawn by lot, so its pieces are
        kept["search"] = len(kept["search"]) > 10
    return kept


@pytest.mark.parametrize("trouble", ["", "bounced", "complained"])
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("actor", [Actor("visitor"), Actor("user", 7, Role.DISPATCHER, "Karin")])
def test_one_statement_leaves_what_the_plain_verbs_leave(
    clean: APIFlask, business: Business, trouble: str, known: bool, actor: Actor
) -> None:
    with clean.test_request_context(), acting_as(actor):
        g.business = business
        order = make_order(
            email="Anna@Example.se", extras=["piano", "tvätt & städ"], notes="Ring på\n'O'Brien'", size="25 m³"
        )

        def prepare() -> None:
            if known:
                with transaction():
                    add(Customer(name="Anna L", email="anna@example.se", email_trouble=trouble, language="da"))

        prepare()
        book_plainly(order, "sv")
        plain = _left()
        prepare()
        moves.book_move(order, language="sv")
        assert _left() == plain
    assert len(plain["bookings"]) == len(plain["jobs"]) == len(plain["email_logs"]) == 1
    assert plain["email_logs"][0]["state"] == ("held" if known and trouble else "queued")


def test_a_known_customer_is_not_overwritten_by_a_form(clean: APIFlask, business: Business) -> None:
    with clean.test_request_context():
        g.business = business
        moves.book_move(make_order(email="anna@example.se", name="Anna Lindqvist"), language="sv")
        moves.book_move(make_order(email="ANNA@example.se", name="Somebody Else", phone="0700000000"), language="en")
        customer = db.session.scalars(select(Customer)).one()
        assert (customer.name, customer.phone, customer.language) == ("Anna Lindqvist", "070-123 45 67", "sv")
        assert list(db.session.scalars(select(Booking.contact_name).order_by(Booking.id))) == [
            "Anna Lindqvist",
            "Somebody Else",
        ]


def test_a_reference_drawn_twice_is_drawn_again(
    clean: APIFlask, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["AAAA-AAAA", "AAAA-AAAA", "BBBB-BBBB"])
    draw: Callable[[], str] = lambda: next(drawn)  # noqa: E731
    monkeypatch.setattr(ids, "reference", draw)
    with clean.test_request_context():
        g.business = business
        first = moves.book_move(make_order(), language="sv")
        second = moves.book_move(make_order(), language="sv")
    assert (first.reference, second.reference) == ("AAAA-AAAA", "BBBB-BBBB")
