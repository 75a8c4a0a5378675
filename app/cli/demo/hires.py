"""The demo's cars: what is known of them and of who drives, and how each hire came to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from app.bookings.models import BookingClaim, BookingState, DriverState, Rental
from app.cli.demo.diary import DRIVER_A_DAY
from app.cli.demo.firms import Thing
from app.cli.demo.names import code
from app.cli.demo.rows import Written, write
from app.fleet.claims import period
from app.fleet.models import Car, Claim, ClaimKind, Driver, Hold, HoldEnd, Resource, ResourceKind
from app.identity.models import User

BUFFER = timedelta(minutes=45)
TEN_MINUTES = timedelta(minutes=10)
_WEEKDAYS: list[list[str] | None] = [["08:00", "18:00"]] * 5
_OPAQUE = "0123456789abcdefghijkmnpqrstvwxyz"


@dataclass
class Hire:
    """A hire with the time that it takes."""

    about: Written
    car: Resource
    driver: Resource | None
    claims: list[Claim]
    hold: Hold | None = None


def write_fleet(resources: dict[Thing, Resource], login: User, chance: Random) -> None:
    """What is known of the cars and the drivers; one of them has the log-in."""
    cars = [
        Car(
            id=resource.id,
            category=thing.category,
            seats=thing.seats,
            transmission=thing.transmission,
            fuel=thing.fuel,
            plate=thing.label,
            licence="D1" if thing.category == "minibus" else "B",
            odometer=chance.randrange(6_000, 90_000),
            price_day=Decimal(thing.price),
            price_week=Decimal(thing.price * 6),
            price_driver=Decimal(DRIVER_A_DAY),
            buffer_minutes=int(BUFFER.total_seconds() // 60),
        )
        for thing, resource in resources.items()
        if thing.kind == ResourceKind.CAR
    ]
    drivers = [
        Driver(
            id=resource.id,
            user_id=login.id if thing.name == login.name else None,
            licences=thing.label.split(", "),
            home_area="Aarhus",
            shifts=[*_WEEKDAYS, ["09:00", "16:00"], None],
        )
        for thing, resource in resources.items()
        if thing.kind == ResourceKind.DRIVER
    ]
    write([*cars, *drivers])


def write_hires(
    written: Iterable[Written], resources: dict[Thing, Resource], currency: str, chance: Random
) -> list[Hire]:
    """The holds that became bookings, the time they take and who drives."""
    hires = [_hire(found, resources) for found in written if found.row.service == "car"]
    write(claim for hire in hires for claim in hire.claims)
    for hire in hires:
        hire.hold = _hold(hire, currency, chance)
    write(hire.hold for hire in hires)
    write(BookingClaim(booking_id=hire.about.row.id, claim_id=claim.id) for hire in hires for claim in hire.claims)
    write(_rental(hire) for hire in hires)
    _write_given_up(hires, currency)
    return hires


def _hire(found: Written, resources: dict[Thing, Resource]) -> Hire:
    row, driver = found.row, found.planned.driver
    car = resources[found.planned.things[0]]
    free_again = None if found.planned.takes_time else found.over_at
    claims = [
        _claim(car, row.starts_at, row.ends_at, ClaimKind.BOOKING, free_again, row.created_at),
        _claim(car, row.ends_at, row.ends_at + BUFFER, ClaimKind.BUFFER, free_again, row.created_at),
    ]
    chosen = resources[driver] if driver is not None and found.assigned_at is not None else None
    if chosen is not None and found.assigned_at is not None:
        claims.append(_claim(chosen, row.starts_at, row.ends_at, ClaimKind.BOOKING, free_again, found.assigned_at))
    return Hire(found, car, chosen, claims)


def _claim(
    resource: Resource, start: datetime, end: datetime, kind: ClaimKind, released_at: datetime | None, at: datetime
) -> Claim:
    return Claim(
        resource_id=resource.id, kind=kind, during=period(start, end), released_at=released_at, created_at=at
    )  # fmt: skip


def _hold(hire: Hire, currency: str, chance: Random) -> Hold:
    row = hire.about.row
    began = row.created_at - timedelta(minutes=chance.uniform(1, 7))
    return Hold(
        public_id=code(chance, _OPAQUE, 20),
        client=f"visitor:{code(chance, _OPAQUE, 16)}",
        car_id=hire.car.id,
        claim_id=hire.claims[0].id,
        buffer_claim_id=hire.claims[1].id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        with_driver=hire.about.planned.driver is not None,
        price=row.price or Decimal(0),
        currency=currency,
        expires_at=began + timedelta(minutes=10),
        ended_at=row.created_at,
        ended_how=HoldEnd.CONFIRMED,
        created_at=began,
    )


def _write_given_up(hires: list[Hire], currency: str) -> None:
    """Every third car was held once before by somebody who then did not book it."""
    chance = Random("given up")
    others = [hire for place, hire in enumerate(hires) if place % 3 == 0]
    begins = [hire.about.row.created_at - timedelta(minutes=chance.uniform(30, 300)) for hire in others]
    claims = [
        _claim(hire.car, hire.about.row.starts_at, hire.about.row.ends_at, ClaimKind.HOLD, began + TEN_MINUTES, began)
        for hire, began in zip(others, begins, strict=True)
    ]
    write(claims)
    holds = []
    for hire, began, claim in zip(others, begins, claims, strict=True):
        held = _hold(hire, currency, chance)
        held.claim_id, held.buffer_claim_id = claim.id, None
        held.created_at, held.expires_at, held.ended_at = began, began + TEN_MINUTES, began + TEN_MINUTES
        held.ended_how = chance.choice((HoldEnd.GIVEN_UP, HoldEnd.EXPIRED, HoldEnd.EXPIRED))
        holds.append(held)
    write(holds)


def _rental(hire: Hire) -> Rental:
    if hire.hold is None:
        raise ValueError("a hire begins with a hold")
    state = DriverState.NONE
    if hire.about.planned.driver is not None:
        is_open = hire.about.row.state == BookingState.CONFIRMED
        state = DriverState.ACCEPTED if hire.driver is not None else DriverState.WANTED if is_open else DriverState.NONE
    return Rental(
        booking_id=hire.about.row.id,
        hold_id=hire.hold.id,
        car_id=hire.car.id,
        driver_state=state,
        driver_id=hire.driver.id if hire.driver is not None else None,
    )
