"""The office's seasons: when cars cost more or less."""

from typing import Any, ClassVar

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, IntegerField, StringField
from wtforms.widgets import DateInput

from app.fleet import seasons
from app.fleet.cars import Stale
from app.fleet.cars_views import bp
from app.fleet.season_models import Season
from app.fleet.seasons import SeasonOrder
from app.identity.history import history_of
from app.kernel.access import Can
from app.kernel.errors import Invalid
from app.web.doors import needs
from app.web.forms import CheckedForm
from app.web.pages import go, one_or_404, render, toast
from app.web.schemas import Order
from app.web.security import checks_its_form

_PAGE = "fleet/seasons.html"


class SeasonForm(CheckedForm[SeasonOrder]):
    """A time of the year with its own prices."""

    checks: ClassVar[type[Order]] = SeasonOrder
    size: ClassVar[str] = "input-sm"

    name = StringField(_l("Name"), render_kw={"maxlength": 60})
    first = StringField(_l("First day"), widget=DateInput())
    last = StringField(_l("Last day"), widget=DateInput())
    percent = IntegerField(_l("Per cent more"), description=_l("Below zero for less, like -20."))
    every_year = BooleanField(_l("Every year"))


_WORDS = {
    "name": _l("Name"), "first": _l("First day"), "last": _l("Last day"), "percent": _l("Per cent more"),
    "every_year": _l("Every year"),
}  # fmt: skip


@bp.get("/seasons")
@needs(Can.READ_BOOKINGS)
def show_seasons() -> Response:
    """All of them, with the form of another."""
    return render(_PAGE, **_context())


@bp.post("/seasons")
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def add_season() -> Response:
    """Another one."""
    return _save(SeasonForm(), None)


@bp.get("/seasons/<int:season_id>")
@needs(Can.READ_BOOKINGS)
def show_season(season_id: int) -> Response:
    """One, as a form."""
    season = _find(season_id)
    return render(_PAGE, **_context(SeasonForm(formdata=None, obj=season), season))


@bp.post("/seasons/<int:season_id>")
@needs(Can.CHANGE_BOOKINGS)
@checks_its_form
def change_season(season_id: int) -> Response:
    """Change it."""
    return _save(SeasonForm(), _find(season_id))


@bp.post("/seasons/<int:season_id>/drop")
@needs(Can.CHANGE_BOOKINGS)
def drop_season(season_id: int) -> Response:
    """Let its days cost as usual again."""
    seasons.drop_season(_find(season_id).id)
    toast(_("Those days cost as usual again."))
    return go(url_for(".show_seasons"))


def _save(form: SeasonForm, season: Season | None) -> Response:
    if request.args.get("check"):
        return form.shown_field()
    order = form.checked()
    if order is None:
        return render(_PAGE, status=422, **_context(form, season))
    try:
        if season is None:
            seasons.add_season(order)
        else:
            seen = request.form.get("version", type=int)
            seasons.change_season(season.id, lambda _now: order, version=seen)
    except Stale as stale:
        form.say(str(stale.detail))
        return render(_PAGE, status=409, **_context(form, season and _find(season.id)))
    except Invalid as refusal:
        form.blame(refusal)
        return render(_PAGE, status=422, **_context(form, season))
    toast(_("Saved. New searches cost by it from now on; what is held or booked keeps its price."))
    return go(url_for(".show_seasons"))


def _find(season_id: int) -> Season:
    rows = select(Season).where(Season.id == min(season_id, 2**62))
    return one_or_404(rows.execution_options(populate_existing=True))


def _context(form: SeasonForm | None = None, season: Season | None = None) -> dict[str, Any]:
    return {
        "form": form or SeasonForm(formdata=None, data={"every_year": True}),
        "season": season,
        "rows": seasons.all_seasons(),
        "deeds": history_of(seasons.SUBJECT, _WORDS),
    }
