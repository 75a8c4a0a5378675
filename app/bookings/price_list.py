"""The owner's amounts, and the price that they give for what somebody asks."""

from decimal import Decimal

from sqlalchemy import delete, select

from app.bookings import offers, pricing
from app.bookings.diary_models import PriceRule
from app.bookings.orders import MoveOrder
from app.bookings.pricing import Asked, Quote
from app.kernel import audit, clock
from app.kernel.believed import Believed
from app.kernel.db import add, change, db, transaction
from app.kernel.tenancy import current_business_id

_amounts: Believed[dict[str, dict[str, Decimal]]] = Believed()


def amounts(kind: str) -> dict[str, Decimal]:
    """What the owner has set for a kind, believed for some seconds; nothing while no price is shown."""
    return _amounts.get(current_business_id(), _read).get(kind, {})


def price_of(asked: Asked) -> Quote | None:
    """The price of what is asked, by the owner's amounts; None where none can be said."""
    known = amounts(asked.kind)
    return pricing.quote(asked, known, Decimal(offers.rules(asked.kind).minutes) / 60) if known else None


def asked_by(order: MoveOrder) -> Asked:
    """What a price depends on in an order."""
    return Asked(
        kind=order.service_type,
        size=order.size,
        extras=tuple(order.extras),
        volume=order.volume,
        floors=((order.floor, order.lift), (order.to_floor, order.to_lift)),
        distance=order.distance,
    )


def stored(kind: str) -> dict[str, Decimal]:
    """The same as it stands in the database now."""
    rows = db.session.execute(select(PriceRule.part, PriceRule.amount).where(PriceRule.kind == kind))
    return {row.part: row.amount for row in rows}


def set_amounts(kind: str, wanted: dict[str, Decimal]) -> None:
    """Set the amounts of a kind; with none, no price is shown any more. What changed stands in the audit log."""
    with transaction():
        before = stored(kind)
        if before == wanted:
            return
        change(delete(PriceRule).where(PriceRule.kind == kind))
        for part, amount in wanted.items():
            add(PriceRule(kind=kind, part=part, amount=amount, updated_at=clock.now()))
        parts = [part for part in {**before, **wanted} if before.get(part) != wanted.get(part)]
        audit.record(
            "settings.prices",
            f"prices:{kind}",
            before={part: str(before.get(part, "")) for part in parts},
            after={part: str(wanted.get(part, "")) for part in parts},
        )
    _amounts.forget()


def _read() -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    for row in db.session.execute(select(PriceRule.kind, PriceRule.part, PriceRule.amount)):
        found.setdefault(row.kind, {})[row.part] = row.amount
    return found
