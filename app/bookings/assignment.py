"""A driver for a rental: asked by a job, answered on the driver's page, passed on when nobody answers.

Who suits is on shift, holds the licence and is free with time to travel; of those the least loaded, and among equals
the one whose job before is nearest. The choice says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.ai.towns import town_in
from app.bookings import driver_texts, lifecycle, occupied
from app.bookings.events import BookingAssigned, BookingChanged, BookingFact
from app.bookings.jobs import ASSIGN_DRIVER, PASS_ON
from app.bookings.models import ANSWER_WITHIN, Booking, BookingClaim, BookingState, DriverState, Rental
from app.fleet import claims, queries
from app.fleet.models import Car, Claim, ClaimKind, Driver, Resource
from app.jobs.queue import enqueue
from app.kernel import clock
from app.kernel.businesses import get_business
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, NotFound
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id
from app.web.days import business_zone
from app.web.i18n import speaking

#: Between two jobs of one driver, for the way.
TRAVEL_GAP = timedelta(minutes=45)
#: Load is what a driver has in the week around the job.
AROUND = timedelta(days=7)


@dataclass(frozen=True)
class Candidate:
    """Somebody who could drive, with what decides between them."""

    driver: Driver
    load: timedelta
    is_near: bool

    @property
    def order(self) -> tuple[Any, ...]:
        """The least loaded first, then the nearest, then the longest known."""
        return self.load, not self.is_near, self.driver.id

    @property
    def why(self) -> dict[str, Any]:
        """Plain values that pages put into words."""
        return {"hours": round(self.load / timedelta(hours=1), 1), "near": self.is_near}


def works_then(driver: Driver, starts_at: datetime, ends_at: datetime, zone: str) -> bool:
    """Whether the driver is on shift: every day of the job is a working day, its start and its end lie inside."""
    begins, ends = (at.astimezone(ZoneInfo(zone)) for at in (starts_at, ends_at))
    day = begins.date()
    while day <= ends.date():
        shift = driver.shifts[day.weekday()] if len(driver.shifts) == 7 else None
        if shift is None:
            return day == ends.date() and ends.time() == time(0)
        opens, closes = (time.fromisoformat(part) for part in shift)
        if day == begins.date() and not opens <= begins.time() <= closes:
            return False
        if day == ends.date() and not opens <= ends.time() <= closes:
            return False
        day += timedelta(days=1)
    return True


def candidates(booking: Booking, car: Car, passed: Sequence[int] = ()) -> list[Candidate]:
    """Who could drive, the one who suits best first."""
    zone, town = business_zone(), town_in(booking.from_address)
    found = []
    for driver in db.session.scalars(queries.drivers()):
        if driver.id in passed or car.licence not in driver.licences:
            continue
        if not works_then(driver, booking.starts_at, booking.ends_at, zone) or not _is_free(driver.id, booking):
            continue
        near = _town_before(driver, booking)
        found.append(Candidate(driver, _load(driver.id, booking), bool(town) and near.casefold() == town.casefold()))
    return sorted(found, key=lambda one: one.order)


def find_driver(booking_id: int, turn: int) -> None:
    """Ask the driver who suits best; where nobody does, tell the dispatcher. A late or doubled call changes nothing."""
    with transaction():
        booking, rental = _locked(booking_id)
        if rental.turn != turn or rental.driver_state != DriverState.WANTED or booking.state != BookingState.CONFIRMED:
            return
        car = db.session.scalars(select(Car).where(Car.id == rental.car_id)).one()
        for candidate in candidates(booking, car, rental.passed):
            if _give(booking, rental, candidate.driver, DriverState.OFFERED, candidate.why):
                rental.answer_by = clock.now() + ANSWER_WITHIN
                enqueue(
                    PASS_ON, once=f"pass:{booking.id}:{rental.turn}", about=[booking.marker], run_at=rental.answer_by,
                    booking_id=booking.id, turn=rental.turn,
                )  # fmt: skip
                return
        rental.driver_state, rental.turn = DriverState.NOBODY, rental.turn + 1
        booking.updated_at = clock.now()
        announce(BookingChanged.of(booking, note=_("No driver is free. Somebody has to find one by hand.")))


def accept(booking_id: int, driver_id: int) -> None:
    """The driver says yes; asked twice, it stays. NotFound where another was asked."""
    with transaction():
        booking, rental = _locked(booking_id)
        if rental.driver_id != driver_id:
            raise NotFound()
        if rental.driver_state == DriverState.OFFERED:
            rental.driver_state, rental.answer_by, booking.updated_at = DriverState.ACCEPTED, None, clock.now()
            name = _name(driver_id)
            announce(_heard(BookingChanged.of(booking, note=_("%(driver)s drives.", driver=name)), driver_id))


def decline(booking_id: int, driver_id: int) -> None:
    """The driver says no, before or after having said yes; the next one is asked. NotFound where another was asked."""
    with transaction():
        booking, rental = _locked(booking_id)
        if rental.driver_id != driver_id:
            raise NotFound()
        _take_off(booking, rental, _("%(driver)s cannot drive.", driver=_name(driver_id)))


def pass_on(booking_id: int, turn: int) -> None:
    """The next driver, where the one who was asked has not answered; a late call changes nothing."""
    with transaction():
        booking, rental = _locked(booking_id)
        if rental.turn == turn and rental.driver_state == DriverState.OFFERED and rental.driver_id is not None:
            driver_texts.ask_to_tell(booking, rental.driver_id, "taken", rental.turn)
            _take_off(booking, rental, _("%(driver)s has not answered.", driver=_name(rental.driver_id)))


def give_by_hand(booking_id: int, driver_id: int) -> None:
    """A dispatcher's own choice, whatever shifts say; Taken when the driver has something else then."""
    with transaction():
        booking, rental = _locked(booking_id)
        driver = db.session.scalar(queries.drivers().where(Driver.id == driver_id))
        if driver is None:
            raise NotFound()
        if booking.state not in (BookingState.CONFIRMED, BookingState.ASSIGNED):
            raise lifecycle.ForbiddenMove(_("A booking that is %(now)s gets no driver.", now=booking.state))
        if rental.driver_id is not None:
            driver_texts.ask_to_tell(booking, rental.driver_id, "taken", rental.turn)
            _release(booking, rental)
        if not _give(booking, rental, driver, DriverState.ACCEPTED, {"byHand": True}, gap=timedelta(0)):
            raise claims.Taken(_("%(name)s is taken then.", name=driver.name))


def look_again(booking_id: int) -> None:
    """Ask the jobs for a driver once more, also those who said no before."""
    with transaction():
        booking, rental = _locked(booking_id)
        if rental.driver_state not in (DriverState.NOBODY, DriverState.NONE):
            raise Conflict(_("A driver is being looked for already."))
        rental.passed = []
        _want(booking, rental)


def follow_dates(booking_id: int, starts_at: datetime, ends_at: datetime, *, keeps_driver: bool = True) -> None:
    """Before a rental gets those dates: who has said yes and can come then stays; else somebody is looked for anew."""
    with transaction():
        booking, rental = _locked(booking_id)
        if rental.driver_state == DriverState.NONE:
            return
        if rental.driver_id is not None:
            keeps_driver = keeps_driver and rental.driver_state == DriverState.ACCEPTED
            if keeps_driver and can_come(booking, rental, starts_at, ends_at):
                return
            _part(booking, rental, rental.driver_id)
        rental.passed = []  # who said no to those dates has said nothing about others
        _want(booking, rental)


def can_come(booking: Booking, rental: Rental, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether the rental's driver is free at another time of it; on shift too, unless somebody chose by hand."""
    driver = db.session.scalar(queries.drivers().where(Driver.id == rental.driver_id))
    is_by_hand = bool(rental.why.get("byHand"))
    if driver is None or not (is_by_hand or works_then(driver, starts_at, ends_at, business_zone())):
        return False
    gap = timedelta(0) if is_by_hand else TRAVEL_GAP
    own = {link.claim_id for link in lifecycle.claims_of(booking)}
    return occupied.rival(driver.id, claims.period(starts_at - gap, ends_at + gap), but=own) is None


def _part(booking: Booking, rental: Rental, driver_id: int) -> None:
    driver_texts.ask_to_tell(booking, driver_id, "moved", rental.turn)
    _release(booking, rental)
    with speaking(get_business(current_business_id()).language):  # the office reads it, whoever pressed
        words = _("%(driver)s no longer drives: the dates are changed.", driver=_name(driver_id))
    announce(_heard(BookingChanged.of(booking, note=words), driver_id))


def _locked(booking_id: int) -> tuple[Booking, Rental]:
    booking = lock(Booking, booking_id)
    rental = db.session.scalar(
        select(Rental).where(Rental.booking_id == booking_id).execution_options(populate_existing=True)
    )
    if rental is None:
        raise NotFound()
    return booking, rental


def _give(
    booking: Booking,
    rental: Rental,
    driver: Driver,
    state: DriverState,
    why: dict[str, Any],
    gap: timedelta = TRAVEL_GAP,
) -> bool:
    """Take the driver's time, under the driver's lock; False when somebody was faster."""
    lock(Resource, driver.id)
    if not _is_free(driver.id, booking, gap):
        return False
    try:
        taken = claims.claim(driver.id, claims.period(booking.starts_at, booking.ends_at), ClaimKind.BOOKING)
    except claims.Taken:
        return False
    add(BookingClaim(booking_id=booking.id, claim_id=taken.id))
    before = booking.state
    booking.state, booking.updated_at = BookingState.ASSIGNED, clock.now()
    rental.driver_id, rental.driver_state, rental.why, rental.turn = driver.id, state, why, rental.turn + 1
    db.session.flush()
    driver_texts.ask_to_tell(booking, driver.id, "offered" if state is DriverState.OFFERED else "given", rental.turn)
    after = {"state": "assigned", "driver": driver.name, "why": why}
    announce(_heard(BookingAssigned.of(booking, before={"state": before}, after=after), driver.id))
    return True


def _take_off(booking: Booking, rental: Rental, words: str) -> None:
    driver_id = rental.driver_id
    _release(booking, rental)
    if driver_id is not None:
        rental.passed = [*rental.passed, driver_id]
        announce(_heard(BookingChanged.of(booking, note=words), driver_id))
    _want(booking, rental)


def _release(booking: Booking, rental: Rental) -> None:
    for link in lifecycle.claims_of(booking):
        if link.claim.resource_id == rental.driver_id:
            claims.release(link.claim_id)
    rental.driver_id, rental.answer_by = None, None
    if booking.state == BookingState.ASSIGNED:
        booking.state = BookingState.CONFIRMED
    booking.updated_at = clock.now()
    db.session.flush()


def _want(booking: Booking, rental: Rental) -> None:
    rental.driver_state, rental.turn = DriverState.WANTED, rental.turn + 1
    once = f"driver:{booking.id}:{rental.turn}"
    enqueue(ASSIGN_DRIVER, once=once, about=[booking.marker], booking_id=booking.id, turn=rental.turn)


def _is_free(driver_id: int, booking: Booking, gap: timedelta = TRAVEL_GAP) -> bool:
    return claims.overlapping(driver_id, claims.period(booking.starts_at - gap, booking.ends_at + gap)) is None


def _load(driver_id: int, booking: Booking) -> timedelta:
    around = func.tstzrange(booking.starts_at - AROUND, booking.ends_at + AROUND, "[)")
    length = func.sum(func.upper(Claim.during) - func.lower(Claim.during))
    rows = select(length).where(
        Claim.resource_id == driver_id, Claim.kind == ClaimKind.BOOKING, Claim.released_at.is_(None),
        Claim.during.op("&&")(around),
    )  # fmt: skip
    return db.session.scalar(rows) or timedelta(0)


def _town_before(driver: Driver, booking: Booking) -> str:
    """Where the driver is before: the town of the job that ends last before this one, else where the driver lives."""
    before = (
        select(Booking.to_address, Booking.from_address)
        .join(BookingClaim, BookingClaim.booking_id == Booking.id)
        .join(Claim, Claim.id == BookingClaim.claim_id)
        .where(
            Claim.resource_id == driver.id, Claim.released_at.is_(None), Booking.ends_at <= booking.starts_at,
            Booking.ends_at > booking.starts_at - timedelta(days=1),
        )
        .order_by(Booking.ends_at.desc())
    )  # fmt: skip
    row = db.session.execute(before.limit(1)).first()
    return town_in(row.to_address or row.from_address) if row is not None else driver.home_area


def _heard(fact: BookingFact, driver_id: int) -> BookingFact:
    user_id = db.session.scalar(select(Driver.user_id).where(Driver.id == driver_id))
    return replace(fact, also=(user_id,)) if user_id is not None else fact


def _name(driver_id: int) -> str:
    return db.session.scalar(select(Resource.name).where(Resource.id == driver_id)) or ""
