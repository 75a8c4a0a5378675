"""Customers give the car that they rent other dates: its time, its price and its driver go along in one commit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.bookings import assignment, lifecycle, occupied, own_changes, rentals, standing
from app.bookings.cars_search import MOST_NEAR, NEAR_DAYS
from app.bookings.models import Booking, Rental
from app.fleet import claims, prices, queries, rules
from app.fleet.claims import Taken
from app.fleet.models import Car, ClaimKind
from app.fleet.prices import Seasons
from app.fleet.rules import Fault
from app.kernel import clock
from app.kernel.db import lock, transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.web.days import business_zone


class DatesTaken(Conflict):
    """Somebody else has the car then."""

    title = _l("The car is already taken then")


class CostsOtherwise(Conflict):
    """It costs something else than what the customer has seen."""

    title = _l("The price is another one now")


@dataclass(frozen=True)
class Quote:
    """What other dates would mean: what stands against them, and what they cost in all (None where they make no sense).

    Faults are told at `from` and `to`.
    """

    starts_at: datetime
    ends_at: datetime
    total: Decimal | None
    faults: list[Fault]
    is_free: bool
    is_same: bool

    @property
    def can_be_had(self) -> bool:
        """Whether the booking can be moved there."""
        return self.is_free and not self.faults and not self.is_same


@dataclass(frozen=True)
class Hire:
    """A rental with all that its other dates depend on."""

    booking: Booking
    rental: Rental
    car: Car
    with_driver: bool
    own_claims: frozenset[int]
    buffer: timedelta
    seasons: Seasons

    def quote(self, starts_at: datetime, ends_at: datetime) -> Quote:
        """What those dates would mean now; the rental's own time is in nobody's way."""
        now, zone, booking = clock.now(), business_zone(), self.booking
        faults = rules.faults_of_period(starts_at, ends_at, now)
        total, is_free = None, False
        if not faults:
            faults = rules.faults_of_car(self.car, starts_at, ends_at, now, zone)
            if self.with_driver and self.car.price_driver is None:
                faults = [*faults, ("withDriver", _("This car is let without a driver."))]
            total = prices.price_of(
                self.car, starts_at, ends_at, zone, with_driver=self.with_driver, seasons=self.seasons
            ).total
            during = claims.period(starts_at, ends_at + self.buffer)
            is_free = occupied.rival(self.car.id, during, but=self.own_claims) is None
        if starts_at == booking.starts_at:  # the start was agreed; what stands against a new one no longer matters
            faults = [fault for fault in faults if fault[0] != "from"]
        is_same = (starts_at, ends_at) == (booking.starts_at, booking.ends_at)
        return Quote(starts_at, ends_at, total, faults, is_free, is_same)

    def nearest(self, wanted: Quote) -> list[Quote]:
        """Up to three other dates for just as long on which the car can be had, in the order of the calendar."""
        return sorted(self._near(wanted), key=lambda found: found.starts_at)

    def instead(self, wanted: Quote) -> list[queries.Offer]:
        """Up to three other cars that are free on those dates."""
        return queries.alternatives(self.car, wanted.starts_at, wanted.ends_at, with_driver=self.with_driver)

    def driver_then(self, wanted: Quote) -> tuple[str, bool] | None:
        """Who has said yes to driving it, and whether they can come on those dates too; None where nobody has yet."""
        name = standing.driver_of(self.booking)
        if not name:
            return None
        return name, assignment.can_come(self.booking, self.rental, wanted.starts_at, wanted.ends_at)

    def _near(self, wanted: Quote) -> Iterator[Quote]:
        found = 0
        for days in NEAR_DAYS:
            other = self.quote(_days_on(wanted.starts_at, days), _days_on(wanted.ends_at, days))
            if other.can_be_had and found < MOST_NEAR:
                found += 1
                yield other


def hire_of(booking: Booking) -> Hire:
    """The rental behind that booking; NotFound for a booking of anything else."""
    rental = rentals.rental_of(booking.id)
    if rental is None:
        raise NotFound()
    own = [link.claim for link in lifecycle.claims_of(booking)]
    buffers = [
        claim.during.upper - claim.during.lower
        for claim in own
        if claim.kind == ClaimKind.BUFFER and claim.during.upper is not None and claim.during.lower is not None
    ]
    return Hire(
        booking=booking,
        rental=rental,
        car=rentals.car_of(rental),
        with_driver=rentals.WITH_DRIVER in booking.extras,
        own_claims=frozenset(claim.id for claim in own),
        buffer=sum(buffers, timedelta(0)),
        seasons=queries.seasons_now(),
    )


def change(
    booking_id: int, starts_at: datetime, ends_at: datetime, *, seen: Decimal, version: int | None = None
) -> Booking:
    """Give the rental those dates at the price that was `seen`; asked twice, it answers the same.

    Refuses with DatesTaken, Invalid (the car's rules), CostsOtherwise, TooLate (the firm's rule), ForbiddenMove, Stale
    (changed since that version). A driver who cannot come then gives it back, and another one is looked for.
    """
    for keeps_driver in (True, False):
        try:
            return _change(booking_id, starts_at, ends_at, seen, version, keeps_driver=keeps_driver)
        except Taken:  # the car; or the driver, who got something else a moment ago: then once more without
            continue
    raise _taken()


def _change(
    booking_id: int, starts_at: datetime, ends_at: datetime, seen: Decimal, version: int | None, *, keeps_driver: bool
) -> Booking:
    with transaction():
        booking = lock(Booking, booking_id)
        hire = hire_of(booking)
        if (starts_at, ends_at) == (booking.starts_at, booking.ends_at):
            return booking
        own_changes.refuse_if_late(booking)
        if version is not None and version != booking.version:
            words = _("This booking has changed in the meantime. Look at it again.")
            raise lifecycle.Stale(words, current={"version": booking.version})
        quote = hire.quote(starts_at, ends_at)
        if quote.faults:
            raise Invalid(quote.faults)
        if not quote.is_free:
            raise _taken()
        if quote.total != seen:
            raise CostsOtherwise(_("The price has just changed. Look at the new one."))
        assignment.follow_dates(booking_id, starts_at, ends_at, keeps_driver=keeps_driver)
        return lifecycle.edit(booking_id, {"starts_at": starts_at, "ends_at": ends_at, "price": quote.total})


def _taken() -> DatesTaken:
    return DatesTaken(_("Somebody else has the car then. Your old dates are still yours."))


def _days_on(at: datetime, days: int) -> datetime:
    """So many days later at the same time by the clock on the wall."""
    zone = business_zone()
    here = at.astimezone(ZoneInfo(zone))
    return clock.wall_time(here.date() + timedelta(days=days), here.hour, here.minute, zone)
