"""Reads about bookings for the office's lists: views, filters, counts, and who has which job."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import selectinload

from app.bookings.models import CALLED_OFF, OPEN, Booking, BookingClaim, BookingState
from app.bookings.search import Match
from app.customers.models import Customer
from app.fleet.models import Claim, Resource, ResourceKind
from app.kernel import clock
from app.kernel.access import STAFF, SYSTEM, current_actor
from app.kernel.db import db
from app.web.days import business_today, day_span

VIEWS = ("coming", "today", "no_crew", "attention", "done", "all")
#: What stands first in each view when nobody chose an order.
_USUAL_SORT = {"done": "-when", "all": "-when"}
SORTS = ("when", "-when", "name", "-name", "came", "-came", "price", "-price")
#: How long a booking may wait for the office's yes before it needs a person.
PATIENCE = timedelta(hours=24)
_S = BookingState


@dataclass(frozen=True)
class Filters:
    """What a list of bookings shows; days are the business's, both included."""

    view: str = "coming"
    service: str = ""
    state: str = ""
    crew: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = ""

    @property
    def order(self) -> str:
        """The order asked for, else the usual one of the view."""
        return self.sort or _USUAL_SORT.get(self.view, "when")

    @property
    def are_set(self) -> bool:
        """Whether anything but the view and the order narrows the list."""
        return replace(self, view="coming", sort="") != Filters()


def visible_bookings() -> Select[Booking]:
    """The bookings that whoever is at work may see: staff and the program itself all, customers their account's."""
    actor = current_actor()
    if actor.role in STAFF or actor.kind == SYSTEM.kind:
        return select(Booking)
    return select(Booking).where(Booking.booked_by == actor.user_id)


def listed(filters: Filters, match: Match | None = None) -> Select[Booking]:
    """The bookings that fit, in order, with their crews; a search looks in all of them."""
    rows = visible_bookings().options(selectinload(Booking.claims)).where(*_conditions(filters))
    if match is not None:
        rows = rows.where(match.condition)
        if match.is_close and not filters.sort:
            ranked = literal(list(match.ids), ARRAY(BigInteger))
            return rows.order_by(func.array_position(ranked, Booking.id))
    return _ordered(rows, filters.order)


def listed_after(filters: Filters, match: Match | None, last: Booking | None, count: int) -> Select[Booking]:
    """The next bookings of an export, by when they start: key-set pages, so that a long one holds no transaction."""
    rows = visible_bookings().options(selectinload(Booking.claims), selectinload(Booking.customer))
    rows = rows.where(*_conditions(filters))
    if match is not None:
        rows = rows.where(match.condition)
    if last is not None:
        rows = rows.where(tuple_(Booking.starts_at, Booking.id) > tuple_(last.starts_at, last.id))
    return rows.order_by(Booking.starts_at, Booking.id).limit(count)


def view_counts() -> dict[str, int]:
    """How many bookings the views hold that somebody may be waiting for; one statement."""
    counted = ("coming", "today", "no_crew", "attention")
    begin, end = day_span(business_today())
    figures = [func.count().filter(_view(name)).label(name) for name in counted]
    soon = or_(Booking.state.in_(OPEN), and_(Booking.starts_at >= begin, Booking.starts_at < end))
    row = db.session.execute(select(*figures).select_from(Booking).where(soon)).one()
    return {name: int(getattr(row, name)) for name in counted}


def waiting_count() -> Select[int]:
    """Counts the bookings that wait for the office's yes."""
    return select(func.count()).select_from(Booking).where(Booking.state == _S.RECEIVED)


def booking_by_reference(reference: str) -> Select[Booking]:
    """That booking with its customer and its claims, as it is now."""
    rows = visible_bookings().where(Booking.reference == reference.upper())
    return rows.options(selectinload(Booking.customer), selectinload(Booking.claims)).execution_options(
        populate_existing=True
    )


def crews() -> list[Resource]:
    """The crews at work, by name."""
    return resources(ResourceKind.CREW)


def resources(kind: ResourceKind) -> list[Resource]:
    """The crews, cars or drivers in use, by name: Crew 2 before Crew 10."""
    rows = select(Resource).where(Resource.kind == kind, Resource.retired_at.is_(None))
    return list(db.session.scalars(rows.order_by(func.length(Resource.name), Resource.name)))


def crew_of(booking: Booking) -> Resource | None:
    """The crew that has the booking now; its claims must have been loaded."""
    return resource_of(booking, ResourceKind.CREW)


def holder_of(booking: Booking) -> Resource | None:
    """Who or what has it: the car of a rental, else the crew."""
    return resource_of(booking, ResourceKind.CAR if booking.service == "car" else ResourceKind.CREW)


def resource_of(booking: Booking, kind: ResourceKind) -> Resource | None:
    """The crew, car or driver that it has now; its claims must have been loaded."""
    for link in booking.claims:
        if link.claim.released_at is None and link.claim.resource.kind == kind:
            return link.claim.resource
    return None


def is_without_crew(booking: Booking) -> bool:
    """Whether it still has to be given to a crew."""
    return booking.service != "car" and booking.state in (_S.RECEIVED, _S.CONFIRMED)


def has_waited_long(booking: Booking) -> bool:
    """Whether it has waited for the office's yes for more than a day."""
    return booking.state == _S.RECEIVED and booking.created_at < clock.now() - PATIENCE


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found = [_view(filters.view)] if filters.view != "all" else []
    if filters.service:
        found.append(Booking.service == filters.service)
    if filters.state:
        found.append(Booking.state == filters.state)
    if filters.crew:
        found.append(_has_crew(filters.crew))
    if filters.since is not None:
        found.append(Booking.starts_at >= day_span(filters.since)[0])
    if filters.until is not None:
        found.append(Booking.starts_at < day_span(filters.until)[1])
    return found


def _view(name: str) -> ColumnElement[bool]:
    begin, end = day_span(business_today())
    today = and_(Booking.starts_at >= begin, Booking.starts_at < end, Booking.state.not_in(CALLED_OFF))
    without_crew = and_(
        Booking.state.in_((_S.RECEIVED, _S.CONFIRMED)), Booking.service != "car", Booking.starts_at >= begin
    )
    if name == "coming":
        return and_(Booking.state.in_(OPEN), Booking.ends_at >= clock.now())
    if name == "today":
        return today
    if name == "no_crew":
        return without_crew
    if name == "attention":
        return and_(
            Booking.state.in_(OPEN),
            or_(Booking.mail_trouble != "", _has_waited_long(), and_(without_crew, Booking.starts_at < end)),
        )
    return Booking.state == _S.DONE


def _has_waited_long() -> ColumnElement[bool]:
    return and_(Booking.state == _S.RECEIVED, Booking.created_at < clock.now() - PATIENCE)


def longest_waiting(count: int) -> tuple[list[Booking], int]:
    """The bookings that have waited longest of those that wait for more than a day, and how many these are."""
    rows = visible_bookings().where(_has_waited_long()).order_by(Booking.created_at, Booking.id).limit(count)
    found = db.session.execute(rows.add_columns(func.count().over())).all()
    return [row[0] for row in found], int(found[0][1]) if found else 0


def _has_crew(public_id: str) -> ColumnElement[bool]:
    links = (
        select(BookingClaim.booking_id)
        .join(Claim, Claim.id == BookingClaim.claim_id)
        .join(Resource, Resource.id == Claim.resource_id)
        .where(Resource.public_id == public_id, Claim.released_at.is_(None))
    )
    return Booking.id.in_(links)


def _ordered(rows: Select[Booking], order: str) -> Select[Booking]:
    down, name = order.startswith("-"), order.removeprefix("-")
    if name == "name":
        rows = rows.join(Customer, Customer.id == Booking.customer_id)
    by_name: dict[str, Any] = {"when": Booking.starts_at, "came": Booking.created_at, "name": Customer.name_key}
    column = by_name.get(name, Booking.price)
    first = column.desc() if down else column.asc()
    # Only prices may be missing; saying it of the others would keep their indexes from being used.
    first = first.nulls_last() if name == "price" else first
    return rows.order_by(first, Booking.id.desc() if down else Booking.id)
