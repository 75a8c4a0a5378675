"""The fleet for the office's programs: cars and drivers."""

from typing import Any

from apiflask import APIBlueprint
from sqlalchemy import func

from app.fleet import cars, queries
from app.fleet.models import Car, Driver, Resource
from app.fleet.orders import AdminListing, CarEdit, CarOrder, DriverEdit, DriverOrder
from app.fleet.shown import CarShown, DriverShown, show_car, show_driver
from app.kernel.access import Can
from app.web.doors import needs
from app.web.idempotency import idempotent
from app.web.limits import per_api
from app.web.pages import one_or_404, paged
from app.web.schemas import Listed

bp = APIBlueprint("fleet_admin_api", __name__, url_prefix="/api/v1/admin", tag="Fleet")


@bp.get("/cars")
@needs(Can.READ_BOOKINGS)
@per_api
@bp.input(AdminListing, location="query", arg_name="listing")
@bp.output(Listed[CarShown])
def list_cars(listing: AdminListing) -> Any:
    """The cars in use, by name."""
    rows = queries.cars()
    if listing.q:
        rows = rows.where(func.lower(Resource.name + " " + Car.plate).contains(listing.q.lower(), autoescape=True))
    page = paged(rows, page=max(listing.page, 1), per_page=listing.per_page)
    return Listed[CarShown](
        items=[show_car(car) for car in page], page=page.page, per_page=page.per_page, total=page.total
    )


@bp.post("/cars")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@idempotent
@bp.input(CarOrder, arg_name="order")
@bp.output(CarShown, status_code=201)
def add_car(order: CarOrder) -> Any:
    """Bring a car in."""
    return show_car(cars.add_car(order)), 201


@bp.get("/cars/<car_id>")
@needs(Can.READ_BOOKINGS)
@per_api
@bp.output(CarShown)
def show_one_car(car_id: str) -> Any:
    """One car."""
    return show_car(_car(car_id))


@bp.patch("/cars/<car_id>")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@bp.input(CarEdit, arg_name="edit")
@bp.output(CarShown)
def change_car(car_id: str, edit: CarEdit) -> Any:
    """Change what is known of a car. With a `version` that is not the present one: 409 with the present state."""
    car = _car(car_id)
    try:
        cars.change_car(car.id, edit.changes(), version=edit.version)
    except cars.Stale as stale:
        raise cars.Stale(stale.detail, current=show_car(_car(car_id)).model_dump(mode="json", by_alias=True)) from None
    return show_car(_car(car_id))


@bp.delete("/cars/<car_id>")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@bp.output({}, status_code=204)
def retire_car(car_id: str) -> Any:
    """Take a car out of use; 409 while it is booked or held ahead."""
    cars.retire(_car(car_id).id)
    return ""


@bp.get("/drivers")
@needs(Can.READ_BOOKINGS)
@per_api
@bp.input(AdminListing, location="query", arg_name="listing")
@bp.output(Listed[DriverShown])
def list_drivers(listing: AdminListing) -> Any:
    """The drivers in use, by name."""
    rows = queries.drivers()
    if listing.q:
        rows = rows.where(func.lower(Resource.name).contains(listing.q.lower(), autoescape=True))
    page = paged(rows, page=max(listing.page, 1), per_page=listing.per_page)
    items = [show_driver(driver) for driver in page]
    return Listed[DriverShown](items=items, page=page.page, per_page=page.per_page, total=page.total)


@bp.post("/drivers")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@idempotent
@bp.input(DriverOrder, arg_name="order")
@bp.output(DriverShown, status_code=201)
def add_driver(order: DriverOrder) -> Any:
    """Bring a driver in; `email` is the log-in of a driver of this business."""
    return show_driver(cars.add_driver(order)), 201


@bp.get("/drivers/<driver_id>")
@needs(Can.READ_BOOKINGS)
@per_api
@bp.output(DriverShown)
def show_one_driver(driver_id: str) -> Any:
    """One driver."""
    return show_driver(_driver(driver_id))


@bp.patch("/drivers/<driver_id>")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@bp.input(DriverEdit, arg_name="edit")
@bp.output(DriverShown)
def change_driver(driver_id: str, edit: DriverEdit) -> Any:
    """Change what is known of a driver. With a `version` that is not the present one: 409 with the present state."""
    driver = _driver(driver_id)
    try:
        cars.change_driver(driver.id, edit.changes(), version=edit.version)
    except cars.Stale as stale:
        now = show_driver(_driver(driver_id)).model_dump(mode="json", by_alias=True)
        raise cars.Stale(stale.detail, current=now) from None
    return show_driver(_driver(driver_id))


@bp.delete("/drivers/<driver_id>")
@needs(Can.CHANGE_BOOKINGS)
@per_api
@bp.output({}, status_code=204)
def retire_driver(driver_id: str) -> Any:
    """Take a driver out of use; 409 while something is given to them."""
    cars.retire(_driver(driver_id).id)
    return ""


def _car(public_id: str) -> Car:
    return one_or_404(queries.car_by_public_id(public_id).execution_options(populate_existing=True))


def _driver(public_id: str) -> Driver:
    return one_or_404(queries.driver_by_public_id(public_id).execution_options(populate_existing=True))
