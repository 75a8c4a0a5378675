"""The pages of the settings that say something of the business itself: overview, one form a section, the logo."""

from flask import Flask, Response, make_response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.identity.again import asked_again
from app.kernel.access import Can
from app.kernel.errors import Invalid, NotFound
from app.settings import days, firm, price_views, text_views, work_views
from app.settings.checklist import checklist, is_incomplete
from app.settings.door import PAGE, bp
from app.settings.forms import SECTIONS, ClosedForm, DaysForm
from app.web.days import business_today
from app.web.doors import needs, public
from app.web.nav import Entry, add_entry
from app.web.pages import go, render, toast
from app.web.security import checks_its_form
from app.web.settings_pages import SettingsPage, add_page, settings_tabs

#: Doors that come with this module.
PARTS = (work_views, price_views, text_views)
SECTION = "settings/section.html"
_LABELS = {
    "firm": (1, _l("Firm")),
    "look": (2, _l("Look")),
    "days": (4, _l("Days and hours")),
    "mail": (7, _l("Languages and mail")),
    "safety": (8, _l("Safety")),
    "retention": (9, _l("How long we keep")),
}


@bp.get(PAGE)
@needs(Can.CHANGE_SETTINGS)
def index() -> Response:
    """What is said already and what is still missing, each with its page."""
    items = checklist()
    return render("settings/index.html", items=items, is_incomplete=is_incomplete(items))


@bp.get(f"{PAGE}/<any(firm, look, days, mail, safety, retention):section>")
@needs(Can.CHANGE_SETTINGS)
def section(section: str) -> Response:
    """One page of settings, as they are."""
    return _shown(section, SECTIONS[section].of(firm.present()))


@bp.post(f"{PAGE}/<any(firm, look, days, mail, safety, retention):section>")
@needs(Can.CHANGE_SETTINGS)
@checks_its_form
def save(section: str) -> Response:
    """Take them over; where somebody else was faster, 409 with both versions beside each other."""
    form = SECTIONS[section]()
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return _shown(section, form, status=422)
    if section == "safety" and (asked := asked_again()) is not None:
        return asked
    try:
        firm.change_firm(order.values(firm.present()), read=order.read or None)
    except firm.Stale:
        return _shown(section, form, status=409, differences=form.beside(firm.present()))
    toast(_("Saved."))
    return go(url_for(".section", section=section))


@bp.post(f"{PAGE}/logo")
@needs(Can.CHANGE_SETTINGS)
def logo() -> Response:
    """Take over a logo, or show the drawn mark again."""
    if request.form.get("drop"):
        firm.drop_logo()
        toast(_("Your logo is gone; the drawn mark is back."))
        return go(url_for(".section", section="look"))
    sent = request.files.get("logo")
    try:
        firm.set_logo(sent.read() if sent is not None else b"")
    except Invalid as refusal:
        form = SECTIONS["look"].of(firm.present())
        return _shown("look", form, status=422, logo_fault=refusal.errors[0][1])
    toast(_("Your logo is on all pages now."))
    return go(url_for(".section", section="look"))


@bp.get("/logo/<mark>")
@public
def picture(mark: str) -> Response:
    """The logo itself; its address changes with it, so that browsers may keep it."""
    found = firm.logo_of(mark)
    if found is None:
        raise NotFound()
    answer = make_response(found.content)
    answer.headers["Content-Type"] = found.content_type
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _shown(section: str, form: object, *, status: int = 200, **more: object) -> Response:
    business = firm.present()
    if isinstance(form, DaysForm):
        closed = more.pop("closed_form", None) or ClosedForm(formdata=None)
        more |= {"closed": days.closed_days(business_today()), "closed_form": closed}
    words = {"section": section, "title": _LABELS[section][1], "own": business}
    return render(SECTION, status=status, form=form, **words, **more)


def set_up(app: Flask) -> None:
    """Stand in the sidebar; each section is a page of the settings."""
    app.jinja_env.globals["settings_tabs"] = settings_tabs
    add_entry(Entry("system", _l("Settings"), "settings.index", icon="settings", right=Can.CHANGE_SETTINGS))
    add_page(SettingsPage(0, _l("Overview"), "settings.index"))
    for name, (place, label) in _LABELS.items():
        add_page(SettingsPage(place, label, "settings.section", values={"section": name}))
    add_page(SettingsPage(3, _l("What you offer"), "settings.offers"))
    add_page(SettingsPage(5, _l("Crews"), "settings.crews"))
    add_page(SettingsPage(6, _l("Prices"), "settings.prices", values={}))
    add_page(SettingsPage(7, _l("Messages"), "settings.messages"))
    add_page(SettingsPage(10, _l("Users"), "users.index", Can.MANAGE_USERS))
