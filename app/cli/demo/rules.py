"""What the demo's firms say in their settings: what they offer, with which amounts, and how much of it at once."""

from datetime import date
from decimal import Decimal

from app.bookings.diary_models import CrewLimit, PriceRule
from app.bookings.offers import USUAL_MINUTES, USUAL_NOTICE_HOURS, Offer
from app.bookings.pricing import USUAL
from app.cli.demo.firms import Firm
from app.fleet.models import ResourceKind
from app.fleet.season_models import Season
from app.kernel.db import add

_SEASONS = (
    ("Sommer", date(2026, 6, 20), date(2026, 8, 16), 20),
    ("Jul og nytår", date(2026, 12, 19), date(2027, 1, 3), 15),
    ("Lavsæson", date(2026, 1, 11), date(2026, 2, 28), -10),
)


def write_rules(firm: Firm) -> None:
    """Write the firm's rules as rows, in the open transaction."""
    services = [str(kind) for kind in firm.facts["services"]]  # type: ignore[attr-defined]  # a list in each firm
    for kind in services:
        add(Offer(kind=kind, minutes=USUAL_MINUTES[kind], travel_minutes=30, notice_hours=USUAL_NOTICE_HOURS[kind]))
    for kind in (one for one in services if one in USUAL):
        for part, amount in USUAL[kind].items():
            if amount:
                add(PriceRule(kind=kind, part=part, amount=Decimal(amount)))
        able = [thing for thing in firm.things if thing.kind == ResourceKind.CREW and thing.does == kind]
        if able:
            add(CrewLimit(kind=kind, at_once=len(able)))
    if "car" in services:
        for name, first, last, percent in _SEASONS:
            add(Season(name=name, first=first, last=last, every_year=True, percent=percent))
