"""The diary as rows: customers, bookings, the time they take, and what happened to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from app.bookings import links, offers
from app.bookings.events import (
    BookingAssigned,
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    BookingExpired,
    BookingFact,
    BookingReceived,
)
from app.bookings.models import Booking, BookingClaim, BookingState
from app.bookings.search import search_words
from app.cli.demo.diary import Planned
from app.cli.demo.firms import Firm, Thing
from app.cli.demo.names import Somebody, code
from app.customers.contact import checked_phone, sort_key
from app.customers.events import CustomerCreated
from app.customers.models import Customer
from app.fleet.claims import period
from app.fleet.models import Claim, ClaimKind, Resource
from app.kernel.access import SYSTEM, Actor
from app.kernel.db import db
from app.kernel.events import Event, Fact

_OPAQUE = "0123456789abcdefghijkmnpqrstvwxyz"
_SPOKEN = "23456789ABCDEFGHJKMNPQRSTWXYZ"
VISITOR = Actor("visitor")
_S = BookingState
#: What the office sorts its customers by; most have none.
_TAGS: tuple[list[str], ...] = (
    [], [], ["stamkund"], [], [], [], ["företag"], [], [], [], ["höstbrev"], [], [],
)  # fmt: skip
_NOTES = {3: "Nyckeln finns hos grannen på nedre botten.", 9: "Vill helst bli uppringd efter klockan 16."}


@dataclass
class Written:
    """A booking of the demo as a row, with what it was made from."""

    planned: Planned
    row: Booking
    request_id: str
    #: When it was confirmed, given to a crew, and brought to where it stands.
    confirmed_at: datetime | None = None
    assigned_at: datetime | None = None
    over_at: datetime | None = None


@dataclass
class Happened:
    """Facts with the times at which they happened; written in order, as timelines read them."""

    facts: list[tuple[datetime, Fact, Actor, str]] = field(default_factory=list)

    def note(self, at: datetime, fact: Fact, who: Actor, request_id: str = "") -> None:
        """Remember one."""
        self.facts.append((at, fact, who, request_id))

    def events(self) -> list[Event]:
        """Their rows, the oldest first."""
        return [
            Event(
                name=fact.name,
                about=fact.about(),
                hears=fact.heard_by(),
                detail=fact.detail(),
                actor_kind=who.kind,
                actor_user_id=who.user_id,
                actor_name=who.name,
                request_id=request_id,
                at=at,
            )
            for at, fact, who, request_id in sorted(self.facts, key=lambda entry: entry[0])
        ]


def write(rows: Iterable[Any]) -> None:
    """Write rows of one kind in a few statements; they have their ids afterwards."""
    db.session.add_all(rows)
    db.session.flush()


def as_booking(planned: Planned, firm: Firm, chance: Random) -> Written:
    """The row of a booking that is not written yet: without the ids of its customer and itself."""
    public_id = code(chance, _OPAQUE, 20)
    letters = code(chance, _SPOKEN, 8)
    reference, who = f"{letters[:4]}-{letters[4:]}", planned.who
    row = Booking(
        public_id=public_id,
        reference=reference,
        service=planned.service,
        state=planned.state,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        has_time=planned.has_time,
        contact_name=who.name,
        contact_phone=who.phone,
        from_address=planned.from_address,
        to_address=planned.to_address,
        size=planned.size,
        extras=planned.extras,
        notes=planned.notes,
        language=who.language,
        price=Decimal(planned.price) if planned.price else None,
        currency=str(firm.facts["currency"]),
        manage_hash=links.hash_of(links.token_of(public_id)),
        search=search_words(
            reference, who.name, who.email, who.phone, planned.from_address, planned.to_address, *_of_car(planned)
        ),
        mail_trouble="",
        sequence=0,
        created_at=planned.created_at,
        updated_at=planned.created_at,
        cancelled_reason=planned.reason if planned.state is _S.CANCELLED else "",
    )
    return Written(planned, row, code(chance, "0123456789abcdef", 16))


def _of_car(planned: Planned) -> list[str]:
    return [planned.things[0].name, planned.things[0].label] if planned.service == "car" else []


def as_customers(people: Sequence[Somebody], firm: Firm, first_seen: dict[str, datetime]) -> dict[str, Customer]:
    """The rows of those who ever booked, by mail address."""
    country, language = str(firm.facts["country"]), str(firm.facts["language"])
    return {
        person.email: Customer(
            name=person.name,
            name_key=sort_key(person.name, language),
            email=person.email,
            phone=person.phone,
            phone_number=checked_phone(person.phone, country)[1],
            language=person.language,
            tags=_TAGS[number % len(_TAGS)],
            notes=_NOTES.get(number % 17, ""),
            search=search_words(person.name, person.email, person.phone),
            created_at=first_seen[person.email],
            updated_at=first_seen[person.email],
        )
        for number, person in enumerate(people)
        if person.email in first_seen
    }


def as_claims(written: Iterable[Written], resources: dict[Thing, Resource]) -> list[tuple[Written, Claim]]:
    """The time that bookings take of crews; nothing overlaps, or the database would refuse it."""
    return [
        (
            found,
            Claim(
                resource_id=resources[thing].id,
                kind=ClaimKind.BOOKING,
                during=period(found.row.starts_at, found.row.ends_at),
                created_at=found.assigned_at or found.row.created_at,
            ),
        )
        for found in written
        if found.planned.takes_time and found.row.service != "car"
        for thing in found.planned.things
    ]


def as_links(claimed: Iterable[tuple[Written, Claim]]) -> list[BookingClaim]:
    """Which booking has which claim."""
    return [BookingClaim(booking_id=found.row.id, claim_id=claim.id) for found, claim in claimed]


def tell_customers(customers: Iterable[Customer], happened: Happened) -> None:
    """Somebody new, each time."""
    for customer in customers:
        happened.note(customer.created_at, CustomerCreated(customer.id), VISITOR)


def set_times(found: Written, now: datetime, chance: Random) -> None:
    """When the office said yes, gave it to a crew, and when it was over: in that order, before now."""
    row, is_car = found.row, found.row.service == "car"
    reached = {_S.CONFIRMED: 1, _S.ASSIGNED: 2, _S.IN_PROGRESS: 2, _S.DONE: 2, _S.NO_SHOW: 2}.get(_S(row.state), 0)
    latest = min(now, row.starts_at)
    at = row.created_at
    if is_car:
        found.confirmed_at = at
    elif reached >= 1:
        at = found.confirmed_at = _between(at, latest, timedelta(hours=chance.uniform(0.3, 5)))
    if reached >= 2 and (found.planned.driver or not is_car):
        at = found.assigned_at = _between(at, latest, timedelta(hours=chance.uniform(0.5, 20)))
    if row.state == _S.CANCELLED:
        at = found.over_at = _between(at, latest, timedelta(hours=chance.uniform(2, 60)))
        row.cancelled_late = at > offers.changeable_until(row.service, row.starts_at)
    elif row.state in (_S.DONE, _S.NO_SHOW):
        at = found.over_at = min(now, row.ends_at + timedelta(minutes=chance.uniform(-12, 9)))
    elif row.state == _S.EXPIRED:
        at = found.over_at = row.starts_at
    row.updated_at = at


def _between(start: datetime, end: datetime, step: timedelta) -> datetime:
    return start + min(step, (end - start) * 0.8)


def tell_booking(found: Written, happened: Happened, office: Actor, driver: Actor, chance: Random) -> None:
    """The booking's own line of facts, as the program's verbs would have announced them."""
    row, state = found.row, _S.RECEIVED.value

    def note(at: datetime | None, fact: type[BookingFact], after: str, who: Actor, **what: Any) -> None:
        nonlocal state
        if at is not None:
            reason = {"reason": what.pop("reason")} if what.get("reason") else {}
            moved = {"before": {"state": state}, "after": {"state": after} | what}
            happened.note(at, fact.of(row, **moved, **reason), who)
            state = after

    happened.note(row.created_at, BookingReceived.of(row), VISITOR, found.request_id)
    note(found.confirmed_at, BookingConfirmed, "confirmed", VISITOR if row.service == "car" else office)
    note(found.assigned_at, BookingAssigned, "assigned", office, crew=found.planned.things[-1].name)
    if found.assigned_at and row.notes and chance.random() < 0.4:
        at = found.assigned_at + timedelta(minutes=2)
        happened.note(at, BookingChanged.of(row, note="Called and went through it once more."), office)
    if row.state in (_S.IN_PROGRESS, _S.DONE):
        note(row.starts_at + timedelta(minutes=3), BookingChanged, "in_progress", driver)
    if row.state == _S.CANCELLED:
        who = VISITOR if chance.random() < 0.5 else office
        note(found.over_at, BookingCancelled, "cancelled", who, reason=row.cancelled_reason)
    elif row.state == _S.EXPIRED:
        note(found.over_at, BookingExpired, "expired", SYSTEM)
    elif row.state in (_S.DONE, _S.NO_SHOW):
        note(found.over_at, BookingChanged, row.state, driver)
