"""Free cars and holds for programs, by the contract."""

from typing import Any

from apiflask import APIBlueprint

from app.fleet import holds, queries
from app.fleet.models import CATEGORIES, FUELS, TRANSMISSIONS
from app.fleet.orders import CarSearch, HoldOrder, one_of
from app.fleet.queries import Wish
from app.fleet.shown import CarOffered, HoldShown, show_hold, show_offer
from app.web.doors import caller, callers, public
from app.web.idempotency import idempotent
from app.web.limits import per_booking, per_search
from app.web.pages import one_or_404
from app.web.schemas import Listed

bp = APIBlueprint("fleet_api", __name__, url_prefix="/api/v1", tag="Cars")
MOST_ON_A_PAGE = 100


@bp.get("/cars")
@public
@per_search
@bp.input(CarSearch, location="query", arg_name="search")
@bp.output(Listed[CarOffered])
def search(search: CarSearch) -> Any:
    """The cars that are free for the whole time, buffers included, the cheapest first unless `sort` says otherwise.

    A day without a time means 10:00 for `from` and 18:00 for `to`; several kinds are parted by commas.
    """
    found = queries.offers(
        Wish(
            search.starts_at,
            search.ends_at,
            with_driver=search.with_driver,
            categories=one_of(search.category, CATEGORIES, "category"),
            seats=search.seats,
            transmissions=one_of(search.transmission, TRANSMISSIONS, "transmission"),
            fuels=one_of(search.fuel, FUELS, "fuel"),
            max_price=search.max_price,
            q=search.q,
            sort=search.sort,
        )
    )
    per_page = min(max(search.per_page, 1), MOST_ON_A_PAGE)
    page = max(search.page, 1)
    items = [show_offer(offer) for offer in found[(page - 1) * per_page : page * per_page]]
    return Listed[CarOffered](items=items, page=page, per_page=per_page, total=len(found))


@bp.post("/bookings/precheck")
@public
@per_booking
@idempotent
@bp.input(HoldOrder, arg_name="order")
@bp.output(HoldShown, status_code=201)
def hold(order: HoldOrder) -> Any:
    """Keep a car for ten minutes. 409 names up to three free alternatives; a client holds three cars at most (429)."""
    car = one_or_404(queries.car_by_public_id(order.car_id))
    kept = holds.hold(car.id, order.starts_at, order.ends_at, client=caller(), with_driver=order.with_driver)
    return show_hold(kept), 201


@bp.post("/bookings/precheck/<hold_id>/extend")
@public
@per_booking
@bp.output(HoldShown)
def extend(hold_id: str) -> Any:
    """Keep it five minutes longer, once; 409 the second time, 410 when it ran out."""
    return show_hold(holds.extend(hold_id, callers()))


@bp.delete("/bookings/precheck/<hold_id>")
@public
@per_booking
@bp.output({}, status_code=204)
def release(hold_id: str) -> Any:
    """Give it up at once; asked twice, it answers the same."""
    holds.release(hold_id, callers())
    return ""
