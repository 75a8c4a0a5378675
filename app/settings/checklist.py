"""What a new firm still has to say before customers can book well, each with the page where it is said."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import literal, select, union_all

from app.bookings import price_list
from app.bookings.offers import Offer
from app.fleet.models import Resource, ResourceKind
from app.identity.models import Invitation, Membership
from app.kernel.access import STAFF
from app.kernel.businesses import Business
from app.kernel.db import db
from app.settings.firm import present


@dataclass(frozen=True)
class Item:
    """One thing to say; what is `optional` may stay unsaid."""

    title: str
    words: str
    url: str
    is_done: bool
    optional: bool = False


@dataclass(frozen=True)
class Said:
    """What was said already: which services have their rules, whether there are crews and colleagues."""

    offers: set[str]
    has_crews: bool
    has_colleagues: bool


def checklist() -> list[Item]:
    """All of it, in the order in which it is best done."""
    business, said = present(), _said()
    jobs = [kind for kind in ("move", "cleaning") if kind in business.services]
    items = [
        Item(
            _("Name and contact"), _("How customers find and reach you."), _page("firm"),
            bool(business.name and business.address and (business.phone or business.email)),
        ),
        Item(_("Logo and colour"), _("So that your pages look like you."), _page("look"), _has_look(business), True),
        Item(
            _("What you offer"), _("Moves, cleaning, cars: how long each takes, until when it may be changed."),
            url_for("settings.offers"), bool(business.services) and said.offers >= set(business.services),
        ),
    ]  # fmt: skip
    if jobs:
        items += [
            Item(_("When you work"), _("Hours by weekday, holidays, days off."), _page("days"), bool(business.hours)),
            Item(_("Crews"), _("How many jobs you can do at once."), url_for("settings.crews"), said.has_crews),
        ]
    for kind in jobs:
        title = _("Prices of moves") if kind == "move" else _("Prices of cleaning")
        page = url_for("settings.prices", kind=kind)
        words = _("So that customers see a price while they ask.")
        items.append(Item(title, words, page, bool(price_list.amounts(kind)), True))
    colleagues = Item(
        _("Your colleagues"),
        _("Invite them by mail, each with a role."),
        url_for("users.index"),
        said.has_colleagues,
        True,
    )
    return [*items, colleagues]


def is_incomplete(items: list[Item]) -> bool:
    """Whether something that matters is still unsaid."""
    return any(not item.is_done and not item.optional for item in items)


def _page(section: str) -> str:
    return url_for("settings.section", section=section)


def _has_look(business: Business) -> bool:
    return bool(business.logo_mark) or (business.hue, round(business.chroma, 3)) != (214, 0.078)


def _said() -> Said:
    """What is there already; one statement."""
    crews = select(Resource.id).where(Resource.kind == ResourceKind.CREW, Resource.retired_at.is_(None))
    invited = select(Invitation.id)
    staff = select(Membership.id).where(Membership.role.in_(STAFF), Membership.disabled_at.is_(None))
    parts = [
        select(literal("offer"), Offer.kind),
        *(
            select(literal(name), literal("")).select_from(rows.subquery())
            for name, rows in (("crew", crews.limit(1)), ("staff", staff.limit(2)), ("invited", invited.limit(1)))
        ),
    ]
    found = [(what, kind) for what, kind in db.session.execute(union_all(*parts))]
    names = [what for what, _kind in found]
    return Said(
        offers={kind for what, kind in found if what == "offer"},
        has_crews="crew" in names,
        has_colleagues=names.count("staff") > 1 or "invited" in names,
    )
