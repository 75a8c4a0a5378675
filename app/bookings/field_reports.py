"""What whoever does a job says about it from the phone: each once, in the order in which it was said."""

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.bookings import assignment, handovers, lifecycle
from app.bookings.checklists import items_of
from app.bookings.events import BookingExtraAgreed, BookingNoted, BookingOnTheWay, BookingPhotographed
from app.bookings.field_models import FieldReport, Kind
from app.bookings.field_orders import ReportOrder
from app.bookings.handover_orders import HandoverOrder
from app.bookings.models import Booking, BookingClaim, BookingState, Rental
from app.files.stored import Placed
from app.fleet import crews
from app.fleet.models import Claim
from app.kernel import clock
from app.kernel.access import current_actor
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.events import announce

#: "On my way" that comes later than this, because the phone had no line, tells nobody any more.
STALE = timedelta(minutes=30)
MOST_PHOTOS = 60
PHOTO_KIND = "job_photo"
_S = BookingState


class NotNow(Conflict):
    """The job is not where that can be said of it."""


def report(
    booking_id: int, order: ReportOrder, user_id: int, *, picture: Placed | None = None, by_office: bool = False
) -> FieldReport:
    """What was said, as a row; the same key again answers the same row and does nothing.

    NotFound for jobs of others (the office has all of them), NotNow where it does not fit how far the job is.
    """
    with transaction():
        booking = lock(Booking, booking_id)
        known = db.session.scalar(
            select(FieldReport).where(FieldReport.user_id == user_id, FieldReport.key == order.key)
        )
        if known is not None:
            if known.booking_id != booking.id or known.kind != order.kind:
                raise Invalid([("key", _("This key was already used for something else."))])
            return known
        given_at = booking.created_at if by_office else own_since(booking.id, user_id)
        if given_at is None:
            raise NotFound()
        same = _said_already(booking, order.kind, given_at)
        return same if same is not None else _take(booking, order, user_id, picture)


def own_since(booking_id: int, user_id: int) -> datetime | None:
    """Since when the job is given to this user, alone or with a crew; None when it is not."""
    own = [resource.id for resource in crews.resources_of(user_id)]
    rows = select(func.max(Claim.created_at)).join(BookingClaim, BookingClaim.claim_id == Claim.id)
    rows = rows.where(BookingClaim.booking_id == booking_id, Claim.released_at.is_(None), Claim.resource_id.in_(own))
    return db.session.scalar(rows)


def reports_of(booking_id: int, kind: Kind) -> list[FieldReport]:
    """What was said of that kind, the first one first."""
    rows = select(FieldReport).where(FieldReport.booking_id == booking_id, FieldReport.kind == kind)
    return list(db.session.scalars(rows.order_by(FieldReport.id)))


def extras_of(booking_id: int) -> list[tuple[FieldReport, bool]]:
    """The extra work that was agreed, and whether the name was drawn as well as written."""
    rows = select(FieldReport, FieldReport.signature.is_not(None)).where(FieldReport.booking_id == booking_id)
    found = db.session.execute(rows.where(FieldReport.kind == Kind.EXTRA).order_by(FieldReport.id))
    return [(row[0], row[1]) for row in found]


def _said_already(booking: Booking, kind: Kind, given_at: datetime) -> FieldReport | None:
    """Steps are said once by a crew, whoever of it presses; what was said before it was given anew does not count."""
    if kind not in (Kind.ON_THE_WAY, Kind.STARTED, Kind.DONE):
        return None
    return next((one for one in reversed(reports_of(booking.id, kind)) if one.at >= given_at), None)


def _take(booking: Booking, order: ReportOrder, user_id: int, picture: Placed | None) -> FieldReport:
    now = clock.now()
    said_at = order.said(now)
    if order.kind == Kind.ON_THE_WAY:
        _only(booking, _S.ASSIGNED)
        if now - said_at <= STALE:
            announce(BookingOnTheWay.of(booking))
    elif order.kind == Kind.STARTED:
        if booking.state not in (_S.IN_PROGRESS, _S.DONE):
            lifecycle.move(booking.id, _S.IN_PROGRESS)
    elif order.kind == Kind.DONE:
        _only(booking, _S.IN_PROGRESS, _S.DONE)
        if booking.state != _S.DONE:
            lifecycle.move(booking.id, _S.DONE)
    elif order.kind == Kind.CANNOT:
        _give_back(booking, order.words)
    elif order.kind == Kind.NOTE:
        announce(BookingNoted.of(booking, note=order.words))
    elif order.kind == Kind.EXTRA:
        _only(booking, _S.IN_PROGRESS, _S.DONE)
        announce(BookingExtraAgreed.of(booking, words=order.words, minutes=order.minutes))
    elif order.kind == Kind.PHOTO:
        _photographed(booking, picture)
    elif isinstance(order, HandoverOrder):
        pass  # looked at below: it wants its report
    elif order.kind not in (Kind.TICKED, Kind.UNTICKED) or order.words not in items_of(booking.service):
        raise Invalid([("words", _("This is not one of the choices."))])
    made = add(
        FieldReport(
            booking_id=booking.id, user_id=user_id, key=order.key, kind=order.kind, words=order.words,
            minutes=order.minutes, signed_by=order.signed_by, signature=order.drawn(), stage=order.stage,
            file_id=picture.as_row(PHOTO_KIND).id if picture is not None else None, said_at=said_at, at=now,
        )
    )  # fmt: skip
    if isinstance(order, HandoverOrder):
        handovers.take(made, booking, order)
    return made


def _photographed(booking: Booking, picture: Placed | None) -> None:
    if picture is None:
        raise Invalid([("photo", _("Choose a picture first."))])
    if len(reports_of(booking.id, Kind.PHOTO)) >= MOST_PHOTOS:
        raise NotNow(_("A job has at most %(most)s photos.", most=MOST_PHOTOS))
    announce(BookingPhotographed.of(booking))


def _only(booking: Booking, *states: BookingState) -> None:
    if booking.state not in states:
        raise NotNow(_("Booking %(reference)s is not where this can be said of it.", reference=booking.reference))


def _give_back(booking: Booking, reason: str) -> None:
    """Off whoever has it: a driver's job is offered to the next, a crew's comes back to the office."""
    _only(booking, _S.ASSIGNED)
    words = _("%(name)s cannot do it: %(reason)s", name=current_actor().name, reason=reason)
    announce(BookingNoted.of(booking, note=words))
    driver_id = db.session.scalar(select(Rental.driver_id).where(Rental.booking_id == booking.id))
    if driver_id is not None:
        assignment.decline(booking.id, driver_id)
    else:
        lifecycle.move(booking.id, _S.CONFIRMED, reason=reason, tell=False)
