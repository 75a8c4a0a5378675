"""When the firm is closed, what it offers, its crews and how many jobs at once: verbs over their rows."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, select

from app.bookings import offers
from app.bookings.diary_models import ClosedDays, CrewLimit
from app.bookings.models import SERVICES
from app.bookings.offers import Offer
from app.fleet.models import Claim, Resource, ResourceKind
from app.identity.turns import take_turn
from app.kernel import audit, clock
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.tenancy import current_business_id
from app.settings.firm import Stale
from app.settings.orders import ClosedOrder, CrewOrder, LimitsOrder, OfferOrder


def close(order: ClosedOrder) -> None:
    """Nobody works on these days; what is booked already stays."""
    with transaction():
        closed = add(ClosedDays(first=order.first, last=order.last or order.first, reason=order.reason))
        audit.record("settings.closed", f"closed:{closed.id}", after=_of_closed(closed))


def reopen(closed_id: int) -> None:
    """Work on these days after all; NotFound for what is no closing of this business."""
    with transaction():
        closed = db.session.scalar(select(ClosedDays).where(ClosedDays.id == closed_id))
        if closed is None:
            raise NotFound()
        audit.record("settings.reopened", f"closed:{closed.id}", before=_of_closed(closed))
        db.session.delete(closed)


def closed_days(today: date) -> list[ClosedDays]:
    """The closings that are not over, in order."""
    rows = select(ClosedDays).where(ClosedDays.last >= today)
    return list(db.session.scalars(rows.order_by(ClosedDays.first, ClosedDays.id)))


def set_offer(kind: str, order: OfferOrder) -> None:
    """Take over what is offered of a kind; Stale when it was changed since `version` was read."""
    if order.is_offered and kind != "car" and order.minutes < 30:
        raise Invalid([("minutes", _("A job takes at least half an hour."))])
    with transaction():
        business = lock(Business, current_business_id())
        stored = db.session.scalar(select(Offer).where(Offer.kind == kind))
        if order.version != (stored.version if stored is not None else 0):
            raise Stale(_("Somebody else has changed this meanwhile."))
        offer = stored or offers.of(kind)
        before = _of_offer(offer, kind in business.services)
        offer.minutes, offer.travel_minutes = order.minutes, order.travel_minutes
        offer.notice_hours, offer.updated_at = order.notice_hours, clock.now()
        wanted = {*business.services, kind} if order.is_offered else {*business.services} - {kind}
        business.services = [one for one in SERVICES if one in wanted]
        if stored is None:
            add(offer)
        after = _of_offer(offer, order.is_offered)
        if after != before or stored is None:
            audit.record("settings.offer", f"offer:{kind}", before=before, after=after)
    offers.forget_rules()
    forget_believed()


def crews() -> list[Resource]:
    """The crews at work, by name."""
    rows = select(Resource).where(Resource.kind == ResourceKind.CREW, Resource.retired_at.is_(None))
    return list(db.session.scalars(rows.order_by(func.length(Resource.name), Resource.name)))


def add_crew(order: CrewOrder) -> Resource:
    """A new crew; one of that name that has left comes back. Invalid for a name that a crew bears."""
    with transaction():
        known = _named(order.name)
        if known is not None and known.retired_at is None:
            raise Invalid([("name", _("There is a crew of this name already."))])
        if known is not None:
            known.retired_at, known.label, crew = None, order.label, known
        else:
            crew = add(Resource(kind=ResourceKind.CREW, name=order.name, label=order.label))
        audit.record("settings.crew_added", f"crew:{crew.public_id}", after={"name": crew.name, "label": crew.label})
    return crew


def change_crew(crew_id: int, order: CrewOrder) -> None:
    """Call a crew something else, or say who is in it; Invalid for a name that another bears."""
    with transaction():
        crew = lock(Resource, crew_id)
        named = _named(order.name)
        if named is not None and named.id != crew.id:
            raise Invalid([("name", _("There is a crew of this name already."))])
        before = {"name": crew.name, "label": crew.label}
        crew.name, crew.label = order.name, order.label
        after = {"name": crew.name, "label": crew.label}
        if after != before:
            audit.record("settings.crew_changed", f"crew:{crew.public_id}", before=before, after=after)


def retire_crew(crew_id: int) -> None:
    """The crew takes no more jobs; Conflict while it has some ahead. Asked twice, it stays."""
    with transaction():
        crew = lock(Resource, crew_id)
        ahead = select(Claim.id).where(
            Claim.resource_id == crew.id, Claim.released_at.is_(None), func.upper(Claim.during) > clock.now()
        )
        if db.session.scalar(ahead.limit(1)) is not None:
            raise Conflict(_("%(crew)s has jobs ahead. Give them to another crew first.", crew=crew.name))
        if crew.retired_at is None:
            crew.retired_at = clock.now()
            audit.record("settings.crew_retired", f"crew:{crew.public_id}", before={"name": crew.name})


def limits() -> dict[str, int]:
    """How many jobs of each kind may be under way at once, where that was said."""
    return {row.kind: row.at_once for row in db.session.execute(select(CrewLimit.kind, CrewLimit.at_once))}


def set_limits(order: LimitsOrder) -> None:
    """Say how many jobs of each kind may be under way at once."""
    wanted = order.model_dump(exclude_none=True)
    with transaction():
        take_turn(f"limits {current_business_id()}")
        before = limits()
        if wanted == before:
            return
        change(delete(CrewLimit))
        for kind, at_once in wanted.items():
            add(CrewLimit(kind=kind, at_once=at_once))
        audit.record("settings.limits", "crews", before=dict(before), after=wanted)


def _named(name: str) -> Resource | None:
    rows = select(Resource).where(Resource.kind == ResourceKind.CREW, Resource.name == name)
    return db.session.scalar(rows)


def _of_closed(closed: ClosedDays) -> dict[str, Any]:
    return {"first": closed.first.isoformat(), "last": closed.last.isoformat(), "reason": closed.reason}


def _of_offer(offer: Offer, is_offered: bool) -> dict[str, Any]:
    return {
        "offered": is_offered, "minutes": offer.minutes, "travel_minutes": offer.travel_minutes,
        "notice_hours": offer.notice_hours,
    }  # fmt: skip
