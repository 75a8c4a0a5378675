"""Reads about customers for the office: the list, and all that belongs to one of them."""

from collections.abc import Mapping, Sequence
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
from app.web.pages import Page, paged
from app.web.timeline import Story, story_of

SORTS = ("name", "-name", "came", "-came")
TROUBLES = ("mail", "number", "none")
MOST_SHOWN = 20
#: The lists on a customer's page, by the names of their pages in its address.
LISTS = ("bookings", "mails", "texts", "answers", "consents")


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
    """All that belongs to a customer, newest first, page by page."""

    bookings: Page[Booking]
    mails: Page[EmailLog]
    texts: Page[Sms]
    answers: Page[SmsReceived]
    consents: Page[ConsentEntry]
    merges: Sequence[Merge]
    story: Story


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


def belongings(customer: Customer, pages: Mapping[str, int], *, with_logs: bool, before: int | None) -> Belongings:
    """All that belongs to the customer, of each list the page asked for; mails and texts only for who may read logs.

    The timeline goes on `before` that event.
    """

    def page_of(name: str, model: Any, condition: ColumnElement[bool]) -> Page[Any]:
        rows = select(model).where(condition).order_by(model.id.desc())
        found = paged(rows, page=pages[name], per_page=MOST_SHOWN)
        return found if found.items or not found.total else paged(rows, per_page=MOST_SHOWN)

    def log_of(name: str, model: Any) -> Page[Any]:
        return page_of(name, model, model.customer_id == customer.id) if with_logs else Page([], 1, MOST_SHOWN, 0)

    said = ConsentEntry.customer_id == customer.id
    if customer.phone_number:
        said = or_(said, ConsentEntry.number == customer.phone_number)
    merges = db.session.scalars(select(Merge).where(Merge.customer_id == customer.id).order_by(Merge.id.desc())).all()
    return Belongings(
        bookings=page_of("bookings", Booking, Booking.customer_id == customer.id),
        mails=log_of("mails", EmailLog),
        texts=log_of("texts", Sms),
        answers=log_of("answers", SmsReceived),
        consents=page_of("consents", ConsentEntry, said),
        merges=merges,
        story=story_of([customer.marker, *(f"customer:{one.other_id}" for one in merges)], before=before),
    )


def tags_in_use() -> list[str]:
    """The tags that customers have, in order."""
    tag = func.unnest(Customer.tags).label("tag")
    return list(db.session.scalars(select(tag).where(func.cardinality(Customer.tags) > 0).distinct().order_by(tag)))


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
