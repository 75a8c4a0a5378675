"""Search over everything: bookings, customers and mails."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.bookings.models import Booking
from app.bookings.queries import visible_bookings
from app.bookings.search import likeness, meant_by
from app.customers import search as customer_search
from app.customers.models import Customer
from app.kernel.db import db
from app.messaging import queries as mails
from app.messaging.models import EmailLog

MOST_OF_A_KIND = 8
MOST_CANDIDATES = 40


@dataclass(frozen=True)
class FoundCustomer:
    """A customer and how many bookings there are of them."""

    customer: Customer
    bookings: int


@dataclass(frozen=True)
class Findings:
    """What was found, the likeliest first."""

    bookings: Sequence[Booking] = ()
    are_close: bool = False
    customers: Sequence[FoundCustomer] = ()
    mails: Sequence[EmailLog] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.bookings or self.customers or self.mails)


def search_everything(typed: str, *, with_mails: bool) -> Findings:
    """Bookings, customers and mails that were meant; at most eight of each."""
    query = " ".join(typed.split())[: mails.LONGEST_QUERY]
    if len(query) < 2:
        return Findings()
    match = meant_by(query)
    bookings: list[Booking] = []
    if match is not None:
        rows = visible_bookings().where(match.condition).options(selectinload(Booking.claims))
        newest = db.session.scalars(rows.order_by(Booking.created_at.desc()).limit(MOST_CANDIDATES)).all()
        bookings = sorted(newest, key=lambda booking: likeness(query, *_texts(booking)), reverse=True)[:MOST_OF_A_KIND]
    letters: Sequence[EmailLog] = ()
    if with_mails:
        letters = db.session.scalars(mails.listed(mails.Filters(q=query)).limit(MOST_OF_A_KIND)).all()
    return Findings(bookings, match is not None and match.is_close, _customers(query), letters)


def _texts(booking: Booking) -> tuple[str, ...]:
    return booking.contact_name, booking.reference, booking.from_address, booking.to_address


def _customers(query: str) -> list[FoundCustomer]:
    match = customer_search.meant_by(query)
    if match is None:
        return []
    count = select(func.count()).select_from(Booking).where(Booking.customer_id == Customer.id).scalar_subquery()
    rows = select(Customer, count).where(match.condition, Customer.erased_at.is_(None))
    ranked = db.session.execute(rows.order_by(Customer.name_key, Customer.id).limit(MOST_CANDIDATES)).all()
    best = sorted(ranked, key=lambda row: likeness(query, row[0].name, row[0].email), reverse=True)[:MOST_OF_A_KIND]
    return [FoundCustomer(customer, number) for customer, number in best]
