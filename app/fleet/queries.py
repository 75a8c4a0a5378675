"""Reads about cars, drivers and holds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, cast, func, literal, select, union_all
from sqlalchemy.orm import contains_eager, joinedload

from app.fleet import prices, remembered, rules
from app.fleet.models import Car, Claim, ClaimKind, Driver, Hold, HoldEnd, Resource
from app.fleet.prices import Price, Seasons, Span
from app.fleet.remembered import Taken
from app.fleet.season_models import Season
from app.kernel import clock
from app.kernel.believed import Believed
from app.kernel.db import db, in_transaction
from app.kernel.tenancy import current_business_id
from app.web.days import business_zone

LONGEST_BUFFER = timedelta(days=1)
MOST_ALTERNATIVES, A_FEW = 3, 12
#: A search asks for them each time and only shows what they say; they hardly ever change.
_seasons: Believed[Seasons] = Believed()
SORTS = ("price", "-price", "name", "-name", "seats", "-seats")


@dataclass(frozen=True)
class Wish:
    """What somebody looks for; empty parts narrow nothing. `max_price` is a day's, with the driver if wanted."""

    starts_at: datetime
    ends_at: datetime
    with_driver: bool = False
    categories: tuple[str, ...] = ()
    seats: int = 0
    transmissions: tuple[str, ...] = ()
    fuels: tuple[str, ...] = ()
    max_price: Decimal | None = None
    q: str = ""
    sort: str = ""


@dataclass(frozen=True)
class Offer:
    """A car that is free for the whole time, with what that costs."""

    car: Car
    price: Price
    per_day: Decimal


def cars() -> Select[Car]:
    """The cars in use, by name."""
    rows = select(Car).join(Resource, (Resource.id == Car.id)).options(contains_eager(Car.resource))
    return rows.where(Resource.retired_at.is_(None)).order_by(Resource.name, Car.plate, Car.id)


def car_by_public_id(public_id: str) -> Select[Car]:
    """That car, in use."""
    return cars().where(Resource.public_id == public_id)


def car_in_use(car_id: int) -> Car | None:
    """That car; None where it is no longer in use. One that was just read is not asked for again."""
    found = db.session.get(Car, car_id, options=[joinedload(Car.resource)])
    return found if found is not None and found.resource.retired_at is None else None


def drivers() -> Select[Driver]:
    """The drivers in use, by name."""
    rows = select(Driver).join(Resource, (Resource.id == Driver.id)).options(contains_eager(Driver.resource))
    return rows.where(Resource.retired_at.is_(None)).order_by(Resource.name, Driver.id)


def driver_by_public_id(public_id: str) -> Select[Driver]:
    """That driver, in use."""
    return drivers().where(Resource.public_id == public_id)


def offers(wish: Wish) -> list[Offer]:
    """The cars that fit and are free for the whole time, buffers included, in the order asked for; two statements."""
    return _ordered(list(_priced(wish, free_cars(wish))), wish.sort)


def _priced(wish: Wish, found: Iterable[Car]) -> Iterator[Offer]:
    """Those of the cars that can be had then, with what that costs."""
    zone, now = business_zone(), clock.now()
    seasons = _seasons.get(current_business_id(), seasons_now)
    for car in found:
        if rules.faults_of_car(car, wish.starts_at, wish.ends_at, now, zone):
            continue
        price = prices.price_of(car, wish.starts_at, wish.ends_at, zone, with_driver=wish.with_driver, seasons=seasons)
        per_day = price.day + ((car.price_driver or 0) if wish.with_driver else 0)
        if wish.max_price is None or per_day <= wish.max_price:
            yield Offer(car, price, per_day)


def seasons_now() -> Seasons:
    """The seasons of the business in scope, as they stand in the database: what a hold costs is settled by them."""
    rows = select(Season.first, Season.last, Season.every_year, Season.percent).order_by(Season.first, Season.id)
    return tuple(Span(*row) for row in db.session.execute(rows))


def forget_seasons() -> None:
    """Read the seasons anew; called when one was changed here."""
    _seasons.forget()


def free_cars(wish: Wish, *, near: Car | None = None, most: int | None = None) -> Sequence[Car]:
    """The cars that fit and that nobody has then: no booking, live hold, buffer or time off the road.

    Those that are most like another one, which is left out, come first where one asks for `near`; at most so many.
    """
    # Two statements: the index on the time alone answers the first, whatever the planner knows of cars. How long each
    # car's own buffer is, is asked of what that finds. The first is remembered for a moment, unless something is being
    # changed just now.
    first = (
        _taken(wish.starts_at, wish.ends_at).begins
        if in_transaction()
        else remembered.taken(wish.starts_at, wish.ends_at, lambda: _taken(wish.starts_at, wish.ends_at))
    )
    out = [resource_id for resource_id, begins in first.items() if begins < wish.ends_at]
    # One array, not a parameter for each of hundreds of cars.
    is_in = Car.id != func.all(cast(out, ARRAY(BigInteger)))
    rows = cars().where(is_in, *_narrowed(wish))
    if near is not None:
        rows = rows.where(Car.id != near.id).order_by(None).order_by(*_unlike(near)).limit(most)
    return [
        car for car in db.session.scalars(rows) if car.id not in first or first[car.id] >= wish.ends_at + car.buffer
    ]


def _taken(starts_at: datetime, ends_at: datetime) -> Taken:
    """From when on each resource is taken then or in the longest buffer behind it."""
    rows = (
        select(Claim.resource_id, func.min(func.lower(Claim.during)), func.min(Claim.expires_at))
        .where(_is_live(), Claim.during.op("&&")(_range(starts_at, ends_at + LONGEST_BUFFER)))
        .group_by(Claim.resource_id)
    )
    found = db.session.execute(rows).all()
    return Taken({row[0]: row[1] for row in found}, min((row[2] for row in found if row[2] is not None), default=None))


def is_free(car: Car, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether nobody has the car then, its buffer included."""
    rival = select(Claim.id).where(
        Claim.resource_id == car.id, _is_live(), Claim.during.op("&&")(_range(starts_at, ends_at + car.buffer))
    )
    return db.session.scalar(rival.limit(1)) is None


def alternatives(car: Car, starts_at: datetime, ends_at: datetime, *, with_driver: bool) -> list[Offer]:
    """Up to three free cars instead of that one: its own kind first, then those that cost most nearly the same."""
    wish, found = Wish(starts_at, ends_at, with_driver=with_driver), list[Offer]()
    for most in (A_FEW, None):  # nearly always there are three among the first; a crowd asks for them
        found = list(islice(_priced(wish, free_cars(wish, near=car, most=most)), MOST_ALTERNATIVES))
        if len(found) == MOST_ALTERNATIVES:
            break
    return found


def _unlike(car: Car) -> tuple[Any, ...]:
    """How far other cars are from that one: kind, room, price."""
    return (
        Car.category != car.category, Car.seats < car.seats, func.abs(Car.price_day - car.price_day),
        Car.price_day, Resource.name, Car.id,
    )  # fmt: skip


def hold_by_public_id(public_id: str) -> Hold | None:
    """That hold, as it is now."""
    rows = select(Hold).where(Hold.public_id == public_id).execution_options(populate_existing=True)
    return db.session.scalar(rows)


def live_holds(client: str) -> Select[Hold]:
    """What that client holds now, the newest first."""
    rows = select(Hold).where(Hold.client == client, Hold.ended_at.is_(None), Hold.expires_at > clock.now())
    return rows.order_by(Hold.id.desc())


def holds_made(begin: datetime, end: datetime, *, booked: bool = False) -> Select[Hold]:
    """The holds that were made in that time, or those of them that became a booking; the earliest first."""
    rows = select(Hold).where(Hold.created_at >= begin, Hold.created_at < end)
    return (rows.where(_became_booking()) if booked else rows).order_by(Hold.created_at, Hold.id)


def hold_counts(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[int, int]]:
    """How many holds were made in each of those times, and how many of them became a booking; one statement."""
    booked = func.count().filter(_became_booking()).label("booked")
    parts = [
        select(literal(place).label("place"), func.count().label("made"), booked)
        .select_from(Hold)
        .where(Hold.created_at >= begin, Hold.created_at < end)
        for place, (begin, end) in enumerate(spans)
    ]
    rows = {row.place: row for row in db.session.execute(union_all(*parts))}
    return [(int(rows[place].made), int(rows[place].booked)) for place in range(len(spans))]


def _became_booking() -> ColumnElement[bool]:
    return Hold.ended_how == HoldEnd.CONFIRMED


def blocks(resource_id: int) -> Sequence[Claim]:
    """When it is off the road (or off duty), now or later."""
    rows = select(Claim).where(
        Claim.resource_id == resource_id, Claim.kind == ClaimKind.BLOCK, Claim.released_at.is_(None),
        func.upper(Claim.during) > clock.now(),
    )  # fmt: skip
    return db.session.scalars(rows.order_by(func.lower(Claim.during))).all()


def off_now() -> set[int]:
    """Who or what is off the road or off duty at this moment."""
    rows = select(Claim.resource_id).where(
        Claim.kind == ClaimKind.BLOCK, Claim.released_at.is_(None), Claim.during.contains(clock.now())
    )
    return set(db.session.scalars(rows))


def has_claims_ahead(resource_id: int) -> bool:
    """Whether it is booked or held now or later."""
    rows = select(Claim.id).where(
        Claim.resource_id == resource_id, Claim.kind.in_((ClaimKind.BOOKING, ClaimKind.HOLD)), _is_live(),
        func.upper(Claim.during) > clock.now(),
    )  # fmt: skip
    return db.session.scalar(rows.limit(1)) is not None


def _is_live() -> ColumnElement[bool]:
    return Claim.released_at.is_(None) & (Claim.expires_at.is_(None) | (Claim.expires_at > clock.now()))


def _range(starts_at: datetime, ends_at: datetime) -> ColumnElement[object]:
    return func.tstzrange(starts_at, ends_at, "[)")


def _narrowed(wish: Wish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.categories:
        found.append(Car.category.in_(wish.categories))
    if wish.seats:
        found.append(Car.seats >= wish.seats)
    if wish.transmissions:
        found.append(Car.transmission.in_(wish.transmissions))
    if wish.fuels:
        found.append(Car.fuel.in_(wish.fuels))
    if wish.with_driver:
        found.append(Car.price_driver.is_not(None))
    if wish.q:
        found.append(func.lower(Resource.name).contains(wish.q.lower(), autoescape=True))
    return found


def _ordered(found: list[Offer], sort: str) -> list[Offer]:
    known = sort if sort in SORTS else "price"
    key = {
        "price": lambda offer: (offer.price.total, offer.car.name, offer.car.id),
        "name": lambda offer: (offer.car.name, offer.price.total, offer.car.id),
        "seats": lambda offer: (offer.car.seats, offer.price.total, offer.car.id),
    }[known.removeprefix("-")]
    return sorted(found, key=key, reverse=known.startswith("-"))
