"""Keeping a car for ten minutes: one winner, whatever the crowd; over at that second, not when a sweep comes."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.fleet import claims, prices, queries, rules
from app.fleet.claims import Taken, period
from app.fleet.events import HoldCreated, HoldReleased
from app.fleet.jobs import RELEASE_HOLD
from app.fleet.models import Car, Claim, ClaimKind, Hold, HoldEnd, Resource
from app.identity.turns import take_turn
from app.jobs.queue import enqueue
from app.kernel import clock
from app.kernel.businesses import get_business
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Conflict, Gone, Invalid, NotFound, TooMany
from app.kernel.events import announce
from app.kernel.lines import Line
from app.kernel.money import Money
from app.kernel.tenancy import across_businesses, current_business_id, within

TEN_MINUTES, FIVE_MINUTES = timedelta(minutes=10), timedelta(minutes=5)
#: How many cars one client may hold at once.
MOST_LIVE = 3
_line = Line()


class CarTaken(Conflict):
    """Somebody else has the car then; `alternatives` are up to three that are free."""

    title = _l("That car has just been taken")


class HoldOver(Gone):
    """The hold ran out, or was given up."""

    title = _l("The time is over")


class ExtendedAlready(Conflict):
    """A hold is extended once."""

    title = _l("That was extended already")


class TooManyHolds(TooMany):
    """A client holds three cars at most."""

    title = _l("You hold three cars already")


def hold(car_id: int, starts_at: datetime, ends_at: datetime, *, client: str, with_driver: bool = False) -> Hold:
    """Keep the car for ten minutes. Refuses with Invalid (its rules), CarTaken, TooManyHolds, NotFound."""
    business, now = get_business(current_business_id()), clock.now()
    car = queries.car_in_use(car_id)
    if car is None:
        raise NotFound()
    faults = rules.faults_of_period(starts_at, ends_at, now)
    faults = faults or rules.faults_of_car(car, starts_at, ends_at, now, business.time_zone)
    if with_driver and car.price_driver is None:
        faults = [*faults, ("withDriver", _("This car is let without a driver."))]
    if faults:
        raise Invalid(faults)
    # A look without the lock turns nearly all of a crowd away at once; who passes it is asked again under the lock.
    if not queries.is_free(car, starts_at, ends_at):
        raise _taken(car, starts_at, ends_at, with_driver)
    try:
        with _line.turn(car.id):
            if not queries.is_free(car, starts_at, ends_at):
                raise Taken()
            return _hold(car, starts_at, ends_at, client, with_driver, business.time_zone, business.currency)
    except Taken:
        raise _taken(car, starts_at, ends_at, with_driver) from None


def _hold(
    car: Car, starts_at: datetime, ends_at: datetime, client: str, with_driver: bool, zone: str, currency: str
) -> Hold:
    with transaction():
        take_turn(f"holds {current_business_id()} {client}")
        now = clock.now()
        live = db.session.scalars(queries.live_holds(client)).all()
        if len(live) >= MOST_LIVE:
            soonest = min(found.expires_at for found in live) - now
            words = _("You hold %(most)s cars at once at most. Book one of them, or give one up.", most=MOST_LIVE)
            raise TooManyHolds(words, retry_after=max(1, int(soonest.total_seconds()) + 1))
        expires_at = now + TEN_MINUTES
        wanted = [(period(starts_at, ends_at), ClaimKind.HOLD)]
        if car.buffer_minutes:
            wanted.append((period(ends_at, ends_at + car.buffer), ClaimKind.BUFFER))
        taken = claims.claim_all(car.id, wanted, expires_at=expires_at)
        seasons = queries.seasons_now()
        price = prices.price_of(car, starts_at, ends_at, zone, with_driver=with_driver, seasons=seasons)
        held = add(
            Hold(
                client=client, car_id=car.id, claim_id=taken[0].id,
                buffer_claim_id=taken[1].id if len(taken) > 1 else None, starts_at=starts_at, ends_at=ends_at,
                with_driver=with_driver, price=price.total, currency=currency, expires_at=expires_at, created_at=now,
            )
        )  # fmt: skip
        held.car = car
        _ask_to_release(held)
        announce(HoldCreated.of(held))
    return held


def extend(public_id: str, clients: set[str]) -> Hold:
    """Five minutes more, once; HoldOver, ExtendedAlready, or NotFound where it is not one of these clients'."""
    with transaction():
        held = _own(public_id, clients)
        if not held.is_live(clock.now()):
            raise HoldOver(_("The time is over. Hold the car again if it is still free."))
        if held.extended_at is not None:
            raise ExtendedAlready(_("A hold can be extended once only."))
        held.extended_at = clock.now()
        held.expires_at = held.expires_at + FIVE_MINUTES
        _set_claims(held, expires_at=held.expires_at)
        _ask_to_release(held)
    return held


def release(public_id: str, clients: set[str]) -> Hold:
    """Give the car back at once; asked twice, done once. HoldOver when it ran out or was booked before."""
    with transaction():
        held = _own(public_id, clients)
        if held.ended_how == HoldEnd.GIVEN_UP:
            return held
        if not held.is_live(clock.now()):
            raise HoldOver(_("The time is over."))
        _end(held, HoldEnd.GIVEN_UP)
    return held


def take(public_id: str, clients: set[str]) -> tuple[Hold, bool]:
    """Turn a live hold into a booking's time, inside the verb that writes the booking: (the hold, whether it is new).

    A second call answers the same hold with False. HoldOver when its time ran out: then nothing of it is left.
    """
    with transaction():
        held = _own(public_id, clients)
        if held.ended_how == HoldEnd.CONFIRMED:
            return held, False
        if not held.is_live(clock.now()):
            raise HoldOver(_("The time is over. Hold the car again if it is still free."))
        held.ended_at, held.ended_how = clock.now(), HoldEnd.CONFIRMED
        _set_claims(held, expires_at=None)
        booked = update(Claim).where(Claim.id == held.claim_id).values(kind=ClaimKind.BOOKING)
        db.session.execute(booked.execution_options(synchronize_session="fetch"))
    return held, True


def expire(hold_id: int) -> bool:
    """Note that a hold's time is over, when it is; whether this call did. Its car has been free since that second."""
    with transaction():
        found = db.session.scalar(select(Hold).where(Hold.id == hold_id))
        if found is None:
            return False
        held = _locked(found)
        if held.ended_at is not None or held.expires_at > clock.now():
            return False
        _end(held, HoldEnd.EXPIRED)
    return True


def expire_lapsed(most: int = 1_000) -> int:
    """Note it of all holds of all businesses whose time is over; how many."""
    with across_businesses():
        lapsed = select(Hold.business_id, Hold.id).where(Hold.ended_at.is_(None), Hold.expires_at <= clock.now())
        found = db.session.execute(lapsed.order_by(Hold.expires_at).limit(most)).all()
    count = 0
    for business_id, hold_id in found:
        with within(business_id):
            count += expire(hold_id)
    return count


def _own(public_id: str, clients: set[str]) -> Hold:
    found = queries.hold_by_public_id(public_id)
    if found is None or found.client not in clients:
        raise NotFound()
    return _locked(found)


def _locked(held: Hold) -> Hold:
    """The hold as it is now, its car locked: whoever wants the car's time, or this hold, waits."""
    lock(Resource, held.car_id)
    return lock(Hold, held.id)


def _end(held: Hold, how: HoldEnd) -> None:
    now = clock.now()
    held.ended_at, held.ended_how = now, how
    free = update(Claim).where(Claim.id.in_(held.claim_ids), Claim.released_at.is_(None)).values(released_at=now)
    db.session.execute(free.execution_options(synchronize_session="fetch"))
    announce(HoldReleased.of(held))


def _set_claims(held: Hold, *, expires_at: datetime | None) -> None:
    kept = update(Claim).where(Claim.id.in_(held.claim_ids), Claim.released_at.is_(None)).values(expires_at=expires_at)
    if change(kept.execution_options(synchronize_session="fetch")) != len(held.claim_ids):
        raise AssertionError(f"hold {held.id} lost its time")


def _ask_to_release(held: Hold) -> None:
    enqueue(
        RELEASE_HOLD, once=f"hold:{held.id}:{held.expires_at.isoformat()}", about=[f"hold:{held.id}"],
        run_at=held.expires_at, hold_id=held.id,
    )  # fmt: skip


def _taken(car: Car, starts_at: datetime, ends_at: datetime, with_driver: bool) -> CarTaken:
    others = queries.alternatives(car, starts_at, ends_at, with_driver=with_driver)
    currency = get_business(current_business_id()).currency
    shown: list[dict[str, Any]] = [
        {"id": offer.car.public_id, "name": offer.car.name, "totalPrice": Money(offer.price.total, currency).as_json()}
        for offer in others
    ]
    words = _("Somebody else was faster: %(car)s is taken then.", car=car.name)
    return CarTaken(words, alternatives=shown)
