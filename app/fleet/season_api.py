"""Seasons for the office's programs: when cars cost more or less."""

from datetime import date
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import AfterValidator, Field, StringConstraints, ValidationError
from sqlalchemy import select

from app.customers.orders import needed, one_line
from app.fleet import seasons
from app.fleet.cars import Stale
from app.fleet.orders import AdminListing
from app.fleet.season_models import Season
from app.fleet.seasons import SeasonOrder
from app.kernel.access import Can
from app.web.doors import needs
from app.web.idempotency import idempotent
from app.web.limits import per_api
from app.web.pages import one_or_404, paged
from app.web.schemas import Listed, Order, Shown, as_invalid

bp = APIBlueprint("season_api", __name__, url_prefix="/api/v1/admin/seasons", tag="Fleet")


class SeasonShown(Shown):
    """A season: from a day to a day, both included, of one year or of every year."""

    id: str
    name: str
    first: date
    last: date
    every_year: bool
    percent: int
    version: int


class SeasonEdit(Order):
    """What is to be changed of a season, with the version that was read."""

    version: int | None = None
    name: Annotated[str, StringConstraints(max_length=60), AfterValidator(one_line), AfterValidator(needed)] = ""
    first: date = date.min
    last: date = date.min
    every_year: bool = False
    percent: Annotated[int, Field(ge=-90, le=500)] = 0

    def over(self, season: Season) -> SeasonOrder:
        """The whole season as it is to be; Invalid where its parts do not fit."""
        sent = {name: getattr(self, name) for name in self.model_fields_set if name != "version"}
        now = {name: getattr(season, name) for name in ("name", "first", "last", "every_year", "percent")}
        try:
            return SeasonOrder.model_validate(now | sent)
        except ValidationError as error:
            raise as_invalid(error) from None


@bp.get("")
@needs(Can.READ_BOOKINGS)
@per_api
@bp.input(AdminListing, location="query", arg_name="listing")
@bp.output(Listed[SeasonShown])
def list_seasons(listing: AdminListing) -> Any:
    """The seasons, by their first day."""
    rows = select(Season).order_by(Season.every_year, Season.first, Season.id)
    if listing.q:
        rows = rows.where(Season.name.icontains(listing.q, autoescape=True))
    page = paged(rows, page=max(listing.page, 1), per_page=listing.per_page)
    items = [_shown(season) for season in page]
    return Listed[SeasonShown](items=items, page=page.page, per_page=page.per_page, total=page.total)


@bp.post("")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@idempotent
@bp.input(SeasonOrder, arg_name="order")
@bp.output(SeasonShown, status_code=201)
def add_season(order: SeasonOrder) -> Any:
    """Bring a season in; 422 where it shares a day with one of its kind."""
    return _shown(seasons.add_season(order)), 201


@bp.get("/<season_id>")
@needs(Can.READ_BOOKINGS)
@per_api
@bp.output(SeasonShown)
def show_season(season_id: str) -> Any:
    """One season."""
    return _shown(_season(season_id))


@bp.patch("/<season_id>")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@bp.input(SeasonEdit, arg_name="edit")
@bp.output(SeasonShown)
def change_season(season_id: str, edit: SeasonEdit) -> Any:
    """Change a season. With a `version` that is not the present one: 409 with the present state."""
    season = _season(season_id)
    try:
        seasons.change_season(season.id, edit.over, version=edit.version)
    except Stale as stale:
        now = _shown(_season(season_id)).model_dump(mode="json", by_alias=True)
        raise Stale(stale.detail, current=now) from None
    return _shown(_season(season_id))


@bp.delete("/<season_id>")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@bp.output({}, status_code=204)
def drop_season(season_id: str) -> Any:
    """Let its days cost as usual again."""
    seasons.drop_season(_season(season_id).id)
    return ""


def _shown(season: Season) -> SeasonShown:
    facts = {name: getattr(season, name) for name in ("name", "first", "last", "every_year", "percent", "version")}
    return SeasonShown(id=season.public_id, **facts)


def _season(public_id: str) -> Season:
    return one_or_404(select(Season).where(Season.public_id == public_id).execution_options(populate_existing=True))
