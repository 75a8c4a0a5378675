"""The pages of the settings about the work itself: what is offered, days off, crews, prices."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings import offers as rules
from app.bookings import price_list, pricing
from app.bookings.models import SERVICES
from app.bookings.naming import service_words
from app.fleet import crews as members
from app.fleet.models import Resource, ResourceKind
from app.identity.history import history_of
from app.kernel.access import Can
from app.kernel.db import transaction
from app.kernel.errors import Invalid
from app.settings import days, firm
from app.settings.door import PAGE, bp
from app.settings.forms import ClosedForm, CrewForm, DaysForm, LimitsForm, OfferForm
from app.web.days import business_today
from app.web.doors import needs
from app.web.pages import go, one_or_404, render, toast
from app.web.security import checks_its_form

_MOST = Decimal(1_000_000)
#: What the suggested amounts, in Swedish kronor, are about in other currencies.
_WORTH = {"SEK": Decimal(1), "NOK": Decimal(1), "DKK": Decimal("0.7"), "EUR": Decimal("0.09")}


@bp.get(f"{PAGE}/offers")
@needs(Can.CHANGE_SETTINGS)
def offers() -> Response:
    """What is offered, with its rules, a form for each."""
    return _show_offers()


@bp.post(f"{PAGE}/offers/<any(move, cleaning, car):kind>")
@needs(Can.CHANGE_SETTINGS)
@checks_its_form
def save_offer(kind: str) -> Response:
    """Take over what is offered of a kind; where somebody else was faster, 409 with what stands now."""
    form = OfferForm(prefix=kind)
    order = form.checked()
    if order is None:
        return _show_offers(form, kind, status=422)
    try:
        days.set_offer(kind, order)
    except firm.Stale:
        form.version.data = _version_of(kind)
        return _show_offers(form, kind, status=409)
    except Invalid as refusal:
        form.blame(refusal)
        return _show_offers(form, kind, status=422)
    toast(_("Saved."))
    return go(url_for(".offers"))


@bp.post(f"{PAGE}/days/closed")
@needs(Can.CHANGE_SETTINGS)
@checks_its_form
def close() -> Response:
    """Nobody works on some days."""
    form = ClosedForm()
    order = form.checked()
    if order is None:
        now = firm.present()
        words = {"section": "days", "title": _("Days and hours"), "own": now, "form": DaysForm.of(now)}
        closed = days.closed_days(business_today())
        return render("settings/section.html", status=422, closed=closed, closed_form=form, **words)
    days.close(order)
    toast(_("Closed then. What is booked already stays."))
    return go(url_for(".section", section="days"))


@bp.post(f"{PAGE}/days/closed/<int:closed_id>/reopen")
@needs(Can.CHANGE_SETTINGS)
def reopen(closed_id: int) -> Response:
    """Work on these days after all."""
    days.reopen(closed_id)
    toast(_("Open again then."))
    return go(url_for(".section", section="days"))


@bp.get(f"{PAGE}/crews")
@needs(Can.CHANGE_SETTINGS)
def crews() -> Response:
    """The crews, and how many jobs at once."""
    return _show_crews()


@bp.post(f"{PAGE}/crews")
@needs(Can.CHANGE_SETTINGS)
@checks_its_form
def add_crew() -> Response:
    """A new crew."""
    form = CrewForm(prefix="new")
    order = form.checked()
    try:
        if order is not None:
            days.add_crew(order)
            toast(_("%(crew)s can be given jobs now.", crew=order.name))
            return go(url_for(".crews"))
    except Invalid as refusal:
        form.blame(refusal)
    return _show_crews(new=form, status=422)


@bp.post(f"{PAGE}/crews/<public_id>")
@needs(Can.CHANGE_SETTINGS)
@checks_its_form
def change_crew(public_id: str) -> Response:
    """Another name, or other people."""
    crew, form = _crew(public_id), CrewForm(prefix=public_id)
    order = form.checked()
    try:
        if order is not None:
            with transaction():
                days.change_crew(crew.id, order)
                members.set_members(crew.id, request.form.getlist(f"{public_id}-members"))
            toast(_("Saved."))
            return go(url_for(".crews"))
    except Invalid as refusal:
        form.blame(refusal)
    return _show_crews(changed=(crew.id, form), status=422)


@bp.post(f"{PAGE}/crews/<public_id>/retire")
@needs(Can.CHANGE_SETTINGS)
def retire_crew(public_id: str) -> Response:
    """The crew takes no more jobs."""
    days.retire_crew(_crew(public_id).id)
    toast(_("That crew takes no more jobs."))
    return go(url_for(".crews"))


@bp.post(f"{PAGE}/crews/limits")
@needs(Can.CHANGE_SETTINGS)
@checks_its_form
def limit_crews() -> Response:
    """How many jobs of each kind at once."""
    form = LimitsForm()
    order = form.checked()
    if order is None:
        return _show_crews(limits=form, status=422)
    days.set_limits(order)
    toast(_("Saved."))
    return go(url_for(".crews"))


@bp.get(f"{PAGE}/prices", defaults={"kind": ""})
@bp.get(f"{PAGE}/prices/<any(move, cleaning):kind>")
@needs(Can.CHANGE_SETTINGS)
def prices(kind: str) -> Response:
    """The amounts that prices come from; suggestions while none are set."""
    kind = kind or next((one for one in ("move", "cleaning") if one in firm.present().services), "move")
    stored = price_list.stored(kind)
    worth = _WORTH.get(firm.present().currency, Decimal(1))
    usual = {
        part: (amount if part == pricing.SPREAD else amount * worth) for part, amount in pricing.USUAL[kind].items()
    }
    typed = {part: _figure(amount) for part, amount in (stored or usual).items()}
    return _show_prices(kind, typed, are_set=bool(stored), read=firm.stamp(_plain(stored)))


@bp.post(f"{PAGE}/prices/<any(move, cleaning):kind>")
@needs(Can.CHANGE_SETTINGS)
def save_prices(kind: str) -> Response:
    """Set the amounts, or show no price any more."""
    if request.form.get("drop"):
        price_list.set_amounts(kind, {})
        toast(_("No price is shown any more."))
        return go(url_for(".prices", kind=kind))
    typed = {part: request.form.get(part, "").strip() for part in pricing.parts_of(kind)}
    found, faults = _amounts(typed)
    read = request.form.get("read", "")
    stored = price_list.stored(kind)
    if faults:
        return _show_prices(kind, typed, are_set=bool(stored), read=read, faults=faults, status=422)
    if read and read != firm.stamp(_plain(stored)):
        now = {part: _figure(amount) for part, amount in stored.items()}
        names = [part for part in pricing.parts_of(kind) if (now.get(part) or "0") != (typed[part] or "0")]
        beside = [(pricing.words_of(kind, part), now.get(part, ""), typed[part]) for part in names]
        again = firm.stamp(_plain(stored))
        return _show_prices(kind, typed, are_set=bool(stored), read=again, differences=beside, status=409)
    price_list.set_amounts(kind, found)
    toast(_("Saved. Customers see prices by these amounts from now on."))
    return go(url_for(".prices", kind=kind))


def _show_offers(form: OfferForm | None = None, kind: str = "", *, status: int = 200) -> Response:
    business, shown = firm.present(), []
    for name in SERVICES:
        if form is not None and name == kind:
            shown.append((name, form))
            continue
        offer = rules.of(name)
        facts = {field: getattr(offer, field) for field in ("minutes", "travel_minutes", "notice_hours")}
        facts |= {"version": _version_of(name), "is_offered": name in business.services}
        shown.append((name, OfferForm(formdata=None, prefix=name, data=facts)))
    return render(
        "settings/offers.html",
        status=status,
        offers=shown,
        service_words=service_words,
        is_stale=status == 409,
        kind=kind,
    )


def _version_of(kind: str) -> int:
    """Zero while the usual rules stand in for what was not said."""
    found = rules.of(kind)
    return found.version if found.id is not None else 0


def _show_crews(
    new: CrewForm | None = None,
    changed: tuple[int, CrewForm] | None = None,
    limits: LimitsForm | None = None,
    *,
    status: int = 200,
) -> Response:
    rows, found = [], days.crews()
    inside = members.members_of(crew.id for crew in found)
    for crew in found:
        is_typed = changed is not None and changed[0] == crew.id
        own = (
            changed[1] if changed is not None and is_typed else CrewForm(formdata=None, prefix=crew.public_id, obj=crew)
        )
        rows.append((crew, own, inside[crew.id]))
    return render(
        "settings/crews.html",
        status=status,
        rows=rows,
        people=members.people(),
        new=new or CrewForm(formdata=None, prefix="new"),
        limits=limits or LimitsForm(formdata=None, data=days.limits()),
    )


def _show_prices(kind: str, typed: dict[str, str], *, status: int = 200, **more: Any) -> Response:
    parts = pricing.parts_of(kind)
    groups = [
        (_("The basis"), [part for part in parts if ":" not in part]),
        (_("By size") if kind == "cleaning" else _("By size, where the volume is not known"), _group(parts, "size:")),
        (_("On top"), _group(parts, "extra:")),
    ]
    faults = more.pop("faults", {})
    fields = {
        part: {
            "name": part, "id": f"p{number}", "label": pricing.words_of(kind, part), "value": typed.get(part, ""),
            "error": faults.get(part, ""), "inputmode": "decimal",
        }
        for number, part in enumerate(parts)
    }  # fmt: skip
    offered = [one for one in ("move", "cleaning") if one in firm.present().services or one == kind]
    said = {part: pricing.words_of(kind, part) for part in parts}
    words = {"kind": kind, "groups": groups, "fields": fields, "offered": offered, "service_words": service_words}
    words["deeds"] = history_of(f"prices:{kind}", said)
    return render("settings/prices.html", status=status, **words, **more)


def _group(parts: list[str], group: str) -> list[str]:
    return [part for part in parts if part.startswith(group)]


def _amounts(typed: dict[str, str]) -> tuple[dict[str, Decimal], dict[str, str]]:
    """What was typed as amounts, and what is wrong with it."""
    found: dict[str, Decimal] = {}
    faults: dict[str, str] = {}
    for part, words in typed.items():
        if not words:
            continue
        try:
            amount = Decimal(words.replace(" ", "").replace("\u00a0", "").replace(",", "."))
        except InvalidOperation:
            faults[part] = _("This should be an amount like 1250 or 99,50.")
            continue
        if not amount.is_finite() or not 0 <= amount < _MOST or amount != round(amount, 2):
            faults[part] = _("This should be an amount like 1250 or 99,50.")
        elif amount:
            found[part] = amount
    if not faults and pricing.SPREAD in found and found[pricing.SPREAD] > 90:
        faults[pricing.SPREAD] = _("At most 90 per cent.")
    return found, faults


def _plain(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {part: _figure(amount) for part, amount in amounts.items()}


def _figure(amount: Decimal | int) -> str:
    """`1250`, `99.5`."""
    return f"{Decimal(amount).normalize():f}"


def _crew(public_id: str) -> Resource:
    return one_or_404(select(Resource).where(Resource.public_id == public_id, Resource.kind == ResourceKind.CREW))
