"""The search against a slow reference that asks every car of every claim, over random data; and what it costs."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from app.fleet import queries
from app.fleet.claims import period
from app.fleet.models import Car, Claim, ClaimKind
from app.fleet.queries import Wish
from app.kernel import clock as the_clock
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from tests.bookings.test_statements import statements
from tests.fleet.test_holds import at
from tests.make import make_car

KINDS = ("city", "estate", "suv", "minibus")


def some_day(lot: Random) -> tuple[datetime, datetime]:
    start = at(0) + timedelta(minutes=15 * lot.randrange(4 * 24 * 10))
    return start, start + timedelta(minutes=15 * lot.randrange(1, 4 * 72))


def fill(lot: Random) -> None:
    """A dozen cars with buffers of their own, and what fits into their days; some of it lapsed or given back."""
    now = the_clock.now()
    for number in range(12):
        make_car(
            f"Car {number:02d}", category=KINDS[number % 4], seats=4 + number % 6, buffer_minutes=15 * lot.randrange(9),
            price_day=str(300 + 50 * lot.randrange(9)), transmission=("manual", "automatic")[number % 2],
        )  # fmt: skip
    with transaction():
        for car in db.session.scalars(queries.cars()).all():
            taken: list[Claim] = []
            for _ in range(14):
                during, fate = period(*some_day(lot)), lot.randrange(5)
                claim = Claim(resource_id=car.id, kind=lot.choice(list(ClaimKind)), during=during)
                claim.expires_at = now + timedelta(minutes=lot.choice((-5, 5))) if fate == 0 else None
                claim.released_at = now if fate == 1 or (claim.expires_at and claim.expires_at <= now) else None
                if claim.released_at is None and any(other.during.overlaps(during) for other in taken):
                    continue
                taken += [claim] if claim.released_at is None else []
                db.session.add(claim)


def plainly(wish: Wish) -> list[str]:
    """The same, car by car and claim by claim."""
    now, found = the_clock.now(), []
    for car in db.session.scalars(select(Car)):
        claims = db.session.scalars(select(Claim).where(Claim.resource_id == car.id)).all()
        wanted = period(wish.starts_at, wish.ends_at + timedelta(minutes=car.buffer_minutes))
        live = [one for one in claims if one.released_at is None and (one.expires_at is None or one.expires_at > now)]
        if any(one.during.overlaps(wanted) for one in live):
            continue
        if wish.categories and car.category not in wish.categories:
            continue
        if car.seats >= wish.seats and (not wish.transmissions or car.transmission in wish.transmissions):
            found.append(car.name)
    return sorted(found)


def test_the_search_equals_the_slow_reference(business: Business) -> None:
    lot = Random(7)
    fill(lot)
    sizes = set()
    for _ in range(60):
        starts_at, ends_at = some_day(lot)
        wish = Wish(
            starts_at,
            max(ends_at, starts_at + timedelta(hours=1)),
            categories=tuple(lot.sample(KINDS, lot.choice((0, 2)))),
            seats=lot.choice((0, 5, 7)),
            transmissions=lot.choice(((), ("manual",))),
        )
        names = sorted(offer.car.name for offer in queries.offers(wish))
        assert names == plainly(wish)
        sizes.add(len(names))
    assert len(sizes) > 4


def test_a_search_is_two_statements_at_most_however_many_cars(business: Business) -> None:
    for number in range(6):
        make_car(f"Car {number}")
    wish = Wish(at(10), at(14))
    queries.offers(Wish(at(10), at(16)))
    with statements() as sent:
        assert len(queries.offers(wish)) == 6
    assert len(sent) == 2, sent
    with statements() as sent:
        assert len(queries.offers(wish)) == 6
    assert len(sent) == 1, sent  # who has which time is remembered
