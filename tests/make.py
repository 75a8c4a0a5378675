"""Builders for tests: plain functions with no chance in them, each through the program's own verbs where one exists."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from app.bookings import moves
from app.bookings.models import Booking
from app.bookings.orders import MoveOrder
from app.fleet import cars
from app.fleet.models import Car, Driver, Resource, ResourceKind
from app.fleet.orders import CarOrder, DriverOrder
from app.kernel import clock
from app.kernel.businesses import Business
from app.kernel.db import add, transaction

_numbers = count(1)


def make_business(slug: str = "majorna", **more: Any) -> Business:
    """A moving and cleaning firm in Gothenburg."""
    facts = {
        "name": "Majorna Flytt & Städ", "hostname": f"{slug}.localhost", "phone": "031-12 45 80",
        "email": "hej@majorna.example", "address": "Karl Johansgatan 47, 414 55 Göteborg",
    } | more  # fmt: skip
    with transaction():
        return add(Business(slug=slug, **facts))


def make_crew(name: str = "Crew 1", **more: Any) -> Resource:
    """A crew that can be given bookings."""
    with transaction():
        return add(Resource(kind=ResourceKind.CREW, name=name, **more))


def a_day_ahead(days: int = 7) -> date:
    """A day that can be booked."""
    return clock.today("Europe/Stockholm") + timedelta(days=days)


def move_body(**more: Any) -> dict[str, Any]:
    """A booking as JSON."""
    number = next(_numbers)
    return {
        "name": "Anna Lindqvist",
        "email": f"anna{number}@example.se",
        "phone": "070-123 45 67",
        "fromAddress": "Linnégatan 12, 413 04 Göteborg",
        "toAddress": "Strandvägen 4, 442 31 Kungälv",
        "date": a_day_ahead().isoformat(),
        "time": "08:00",
    } | more


def make_order(**more: Any) -> MoveOrder:
    """A checked order; needs a request's context for the business's country (use `in_request`)."""
    return MoveOrder.model_validate(move_body(**more), strict=False)


def make_booking(**more: Any) -> Booking:
    """A received booking."""
    return moves.book_move(make_order(**more), language=more.get("language", "en"))


def make_car(name: str = "Volvo V90", **more: Any) -> Car:
    """A car that can be rented; half an hour's buffer, 900 a day."""
    facts = {"plate": f"ABC {next(_numbers):03d}", "category": "estate", "price_day": "900"} | more
    return cars.add_car(CarOrder.model_validate({"name": name, **facts}, strict=False))


def make_driver(name: str = "Sara Lauridsen", **more: Any) -> Driver:
    """A driver who is on shift at any time of any day."""
    facts = {"shifts": [["00:00", "23:59"]] * 7, "licences": ["B"]} | more
    return cars.add_driver(DriverOrder.model_validate({"name": name, **facts}, strict=False))
