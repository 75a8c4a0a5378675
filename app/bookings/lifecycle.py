"""Moving bookings through their states, and changing what they say."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from app.bookings import offers
from app.bookings.events import (
    BookingAssigned,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    BookingExpired,
    BookingFact,
    BookingNoted,
)
from app.bookings.models import CALLED_OFF, MOVES, Booking, BookingClaim, BookingState
from app.bookings.search import search_words
from app.customers.models import Customer
from app.fleet import claims
from app.fleet.models import Claim, ClaimKind, Resource, ResourceKind
from app.kernel import clock
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.events import announce

_FACTS: dict[BookingState, type[BookingFact]] = {
    BookingState.CONFIRMED: BookingConfirmed,
    BookingState.ASSIGNED: BookingAssigned,
    BookingState.CANCELLED: BookingCancelled,
    BookingState.EXPIRED: BookingExpired,
}
#: What staff may change of a booking.
CHANGEABLE = frozenset(
    {
        "starts_at",
        "ends_at",
        "from_address",
        "to_address",
        "size",
        "extras",
        "notes",
        "contact_name",
        "contact_phone",
        "price",
    }
)
#: Whose time a booking has because somebody gave it to them; its car is its own from the beginning.
GIVEN_KINDS = (ResourceKind.CREW, ResourceKind.DRIVER)


class Stale(Conflict):
    """Somebody else changed it in the meantime."""


class ForbiddenMove(Conflict):
    """The table of states does not allow this move."""


def _take(booking_id: int, version: int | None) -> Booking:
    booking = lock(Booking, booking_id)
    if version is not None and version != booking.version:
        raise Stale(
            _("Somebody else has changed this booking. Look at it again."), current={"version": booking.version}
        )
    return booking


def move(
    booking_id: int, state: BookingState, *, reason: str = "", version: int | None = None, tell: bool = True
) -> Booking:
    """Bring the booking into that state; ForbiddenMove when the table says no, Stale when it was changed since.

    Its customer hears of it where that is usual, unless told not to `tell`.
    """
    with transaction():
        booking = _take(booking_id, version)
        if booking.state == state:
            return booking
        if not booking.may_become(state):
            allowed = ", ".join(sorted(MOVES[BookingState(booking.state)])) or _("nothing")
            raise ForbiddenMove(
                _("A booking that is %(now)s cannot become %(then)s.", now=booking.state, then=state.value),
                state=booking.state,
                allowed=allowed,
            )
        before, booking.state, booking.updated_at = booking.state, state, clock.now()
        if state is BookingState.CANCELLED:
            booking.cancelled_reason = reason[:300]
            booking.cancelled_late = clock.now() > offers.changeable_until(booking.service, booking.starts_at)
        if state in CALLED_OFF:
            _give_time_back(booking)
        elif state is BookingState.CONFIRMED and before == BookingState.ASSIGNED:
            _give_time_back(booking, GIVEN_KINDS)
        what = {"before": {"state": before}, "after": {"state": state.value}} | ({"reason": reason} if reason else {})
        announce(_FACTS.get(state, BookingChanged).of(booking, **what, **_telling(tell)))
    return booking


def cancel(booking_id: int, *, reason: str = "", version: int | None = None, tell: bool = True) -> Booking:
    """Cancel it and give its time back at once."""
    return move(booking_id, BookingState.CANCELLED, reason=reason, version=version, tell=tell)


def assign(booking_id: int, crew_id: int, *, version: int | None = None) -> Booking:
    """Give the booking to a crew; Taken when the crew is busy then."""
    with transaction():
        booking = _take(booking_id, version)
        crew = db.session.scalar(select(Resource).where(Resource.id == crew_id, Resource.kind == ResourceKind.CREW))
        if crew is None or crew.retired_at is not None:
            raise NotFound()
        if booking.state != BookingState.ASSIGNED and not booking.may_become(BookingState.ASSIGNED):
            raise ForbiddenMove(_("A booking that is %(now)s cannot be given to a crew.", now=booking.state))
        _give_time_back(booking, GIVEN_KINDS)
        taken = claims.claim(crew.id, claims.period(booking.starts_at, booking.ends_at), ClaimKind.BOOKING)
        add(BookingClaim(booking_id=booking.id, claim_id=taken.id))
        before, booking.state, booking.updated_at = booking.state, BookingState.ASSIGNED, clock.now()
        announce(BookingAssigned.of(booking, before={"state": before}, after={"state": "assigned", "crew": crew.name}))
    return booking


def edit(booking_id: int, changes: dict[str, Any], *, version: int | None = None, tell: bool = True) -> Booking:
    """Change what the booking says; its crew's time moves along, or Taken. Unknown names are Invalid.

    Its customer hears of another time or place, unless told not to `tell`.
    """
    unknown = changes.keys() - CHANGEABLE
    if unknown:
        raise Invalid([(name, _("This cannot be changed.")) for name in sorted(unknown)])
    with transaction():
        booking = _take(booking_id, version)
        if not booking.is_open:
            raise ForbiddenMove(_("A booking that is %(now)s is not changed any more.", now=booking.state))
        before = {name: getattr(booking, name) for name in changes}
        real = {name: value for name, value in changes.items() if before[name] != value}
        if not real:
            return booking
        for name, value in real.items():
            setattr(booking, name, value)
        # Whoever sets a start has settled the time, where the customer had named a day only.
        booking.has_time = booking.has_time or "starts_at" in real
        if booking.ends_at <= booking.starts_at:
            raise Invalid([("endsAt", _("The end must be after the start."))])
        if real.keys() & {"starts_at", "ends_at"}:
            _move_claims(booking)
        _index(booking)
        booking.sequence += 1
        booking.updated_at = clock.now()
        announce(
            BookingChanged.of(
                booking,
                before={name: _plain(before[name]) for name in real},
                after={name: _plain(value) for name, value in real.items()},
                **_telling(tell),
            )
        )
    return booking


def add_note(booking_id: int, words: str) -> None:
    """A note for colleagues, on the booking's timeline."""
    with transaction():
        booking = lock(Booking, booking_id)
        announce(BookingNoted.of(booking, note=words))


def mark_mail_trouble(booking_id: int, trouble: str) -> None:
    """Note on the booking that its latest mail needs a person, or with an empty word that it no longer does."""
    with transaction():
        booking = lock(Booking, booking_id)
        if booking.mail_trouble != trouble:
            booking.mail_trouble = trouble


def claims_of(booking: Booking) -> list[BookingClaim]:
    """The live claims of the booking."""
    links = db.session.scalars(select(BookingClaim).where(BookingClaim.booking_id == booking.id)).all()
    return [link for link in links if link.claim.released_at is None]


def _give_time_back(booking: Booking, kinds: tuple[ResourceKind, ...] = tuple(ResourceKind)) -> None:
    for link in claims_of(booking):
        if link.claim.resource.kind in kinds:
            claims.release(link.claim_id)


def _move_claims(booking: Booking) -> None:
    moving = claims_of(booking)
    for link in moving:
        claims.release(link.claim_id)
    db.session.flush()
    for resource_id in sorted({link.claim.resource_id for link in moving}):
        own = [link.claim for link in moving if link.claim.resource_id == resource_id]
        for taken in claims.claim_all(resource_id, [_moved(one, booking) for one in own]):
            add(BookingClaim(booking_id=booking.id, claim_id=taken.id))


def _moved(own: Claim, booking: Booking) -> tuple[Range[datetime], ClaimKind]:
    """Where a claim of the booking belongs now: the time itself, or the buffer behind it, as long as it was."""
    begins, ends = booking.starts_at, booking.ends_at
    if own.kind == ClaimKind.BUFFER and own.during.upper is not None and own.during.lower is not None:
        begins, ends = ends, ends + (own.during.upper - own.during.lower)
    return claims.period(begins, ends), ClaimKind(own.kind)


def _telling(tell: bool) -> dict[str, Any]:
    return {} if tell else {"tell": False}


def _index(booking: Booking) -> None:
    customer = db.session.get(Customer, booking.customer_id)
    email = customer.email if customer is not None else ""
    # A rental is found by its car too, which stands where a move has its size.
    car = booking.size if booking.service == "car" else ""
    booking.search = search_words(
        booking.reference, booking.contact_name, email, booking.contact_phone, booking.from_address,
        booking.to_address, car,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
