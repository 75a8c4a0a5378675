"""The pages of the settings about the work itself: what is offered, days off, crews."""

from flask import Response, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.bookings import offers as rules
from app.bookings.models import SERVICES
from app.bookings.naming import service_words
from app.fleet import crews as members
from app.fleet.models import Resource, ResourceKind
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


def _crew(public_id: str) -> Resource:
    return one_or_404(select(Resource).where(Resource.public_id == public_id, Resource.kind == ResourceKind.CREW))
