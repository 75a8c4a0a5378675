"""Reads about customers for the office: the list, and all that belongs to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from app.bookings.models import Booking
from app.customers.models import Customer, Merge
from app.customers.search import Match
from app.kernel.db import db
from app.messaging.consent_models import ConsentEntry
from app.messaging.models import EmailLog
from app.messaging.sms_models import Sms, SmsReceived
from app.web.timeline import Moment, moments_of

SORTS = ("name", "-name", "came", "-came")
TROUBLES = ("mail", "number", "none")
MOST_SHOWN = 20


@dataclass(frozen=True)
class Filters:
    """What a list of customers shows."""

    tag: str = ""
    trouble: str = ""
    sort: str = ""

    @property
    def order(self) -> str:
        """The order asked for, else by name."""
        return self.sort or "name"

    @property
    def are_set(self) -> bool:
        """Whether anything but the order narrows the list."""
        return replace(self, sort="") != Filters()


@dataclass(frozen=True)
class Belongings:
    """All that belongs to a customer, newest first; of each kind the latest."""

    bookings: Sequence[Booking]
    bookings_in_all: int
    mails: Sequence[EmailLog]
    texts: Sequence[Sms]
    answers: Sequence[SmsReceived]
    consents: Sequence[ConsentEntry]
    merges: Sequence[Merge]
    moments: Sequence[Moment]


def listed(filters: Filters, match: Match | None = None) -> Select[Customer]:
    """The customers that fit, in order; those who were erased are on no list."""
    rows = select(Customer).where(*_conditions(filters))
    if match is not None:
        rows = rows.where(match.condition)
        if match.is_close and not filters.sort:
            ranked = literal(list(match.ids), ARRAY(BigInteger))
            return rows.order_by(func.array_position(ranked, Customer.id))
    down, name = filters.order.startswith("-"), filters.order.removeprefix("-")
    column: Any = {"name": Customer.name_key, "came": Customer.created_at}[name]
    return rows.order_by(column.desc() if down else column.asc(), Customer.id.desc() if down else Customer.id)


def listed_after(filters: Filters, match: Match | None, last: Customer | None, count: int) -> Select[Customer]:
    """The next customers of an export, by name: key-set pages, so that a long one holds no transaction."""
    rows = select(Customer).where(*_conditions(filters))
    if match is not None:
        rows = rows.where(match.condition)
    if last is not None:
        rows = rows.where(tuple_(Customer.name_key, Customer.id) > tuple_(last.name_key, last.id))
    return rows.order_by(Customer.name_key, Customer.id).limit(count)


def bookings_of_each(ids: Sequence[int]) -> dict[int, int]:
    """How many bookings there are of each of these customers; one statement."""
    rows = (
        select(Booking.customer_id, func.count().label("number"))
        .where(Booking.customer_id.in_(ids))
        .group_by(Booking.customer_id)
    )
    return {row.customer_id: row.number for row in db.session.execute(rows)}


def belongings(customer: Customer, *, with_logs: bool) -> Belongings:
    """All that belongs to the customer; mails and texts only for who may read logs."""
    mails: Sequence[EmailLog] = ()
    texts: Sequence[Sms] = ()
    answers: Sequence[SmsReceived] = ()
    if with_logs:
        mails = _latest(EmailLog, EmailLog.customer_id == customer.id)
        texts = _latest(Sms, Sms.customer_id == customer.id)
        answers = _latest(SmsReceived, SmsReceived.customer_id == customer.id)
    said = ConsentEntry.customer_id == customer.id
    if customer.phone_number:
        said = or_(said, ConsentEntry.number == customer.phone_number)
    merges = db.session.scalars(select(Merge).where(Merge.customer_id == customer.id).order_by(Merge.id.desc())).all()
    count = select(func.count()).select_from(Booking).where(Booking.customer_id == customer.id)
    return Belongings(
        bookings=_latest(Booking, Booking.customer_id == customer.id),
        bookings_in_all=db.session.scalar(count) or 0,
        mails=mails,
        texts=texts,
        answers=answers,
        consents=_latest(ConsentEntry, said),
        merges=merges,
        moments=moments_of([customer.marker, *(f"customer:{one.other_id}" for one in merges)]),
    )


def tags_in_use() -> list[str]:
    """The tags that customers have, in order."""
    tag = func.unnest(Customer.tags).label("tag")
    return list(db.session.scalars(select(tag).where(func.cardinality(Customer.tags) > 0).distinct().order_by(tag)))


def _latest(model: Any, condition: ColumnElement[bool]) -> Sequence[Any]:
    return db.session.scalars(select(model).where(condition).order_by(model.id.desc()).limit(MOST_SHOWN)).all()


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Customer.erased_at.is_(None)]
    if filters.tag:
        found.append(Customer.tags.contains([filters.tag]))
    if filters.trouble == "mail":
        found.append(Customer.email_trouble != "")
    elif filters.trouble == "number":
        found.append(Customer.phone_number == "")
    elif filters.trouble == "none":
        found.extend([Customer.email_trouble == "", Customer.phone_number != "", Customer.email != ""])
    return found


def customer_with(public_id: str) -> Customer | None:
    """The customer with that id, if there is one."""
    return db.session.scalar(select(Customer).where(Customer.public_id == public_id))
