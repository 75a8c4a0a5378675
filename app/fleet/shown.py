"""Cars, drivers and holds as programs see them."""

from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import url_for

from app.fleet.cars import email_of
from app.fleet.models import Car, Driver, Hold
from app.fleet.queries import Offer
from app.kernel import clock
from app.kernel.money import Money
from app.web.doors import current_business
from app.web.schemas import Shown


class CarOffered(Shown):
    """A car that is free for the whole time."""

    id: str
    name: str
    category: str
    seats: int
    transmission: str
    fuel: str
    price_per_day: dict[str, str]
    total_price: dict[str, str]
    image_url: str
    image_alt: str


class HoldShown(Shown):
    """A hold."""

    hold_id: str
    expires_at: datetime
    seconds_left: int
    total_price: dict[str, str]


class CarShown(Shown):
    """A car as the office knows it."""

    id: str
    name: str
    plate: str
    category: str
    seats: int
    transmission: str
    fuel: str
    licence: str
    odometer: int
    price_hour: dict[str, str] | None
    price_day: dict[str, str]
    price_weekend: dict[str, str] | None
    price_week: dict[str, str] | None
    price_driver: dict[str, str] | None
    buffer_minutes: int
    notice_minutes: int
    shortest_minutes: int
    opens: str | None
    closes: str | None
    version: int


class DriverShown(Shown):
    """A driver as the office knows them."""

    id: str
    name: str
    email: str
    licences: list[str]
    phone: str
    channel: str
    home_area: str
    shifts: list[list[str] | None]
    version: int


def show_offer(offer: Offer) -> CarOffered:
    """A free car with its price; the drawing of its kind stands in for a photo."""
    car = offer.car
    return CarOffered(
        id=car.public_id,
        name=car.name,
        category=car.category,
        seats=car.seats,
        transmission=car.transmission,
        fuel=car.fuel,
        price_per_day=_money(offer.per_day),
        total_price=_money(offer.price.total),
        image_url=car.cover_url or url_for("static", filename=f"cars/{car.category}.svg"),
        image_alt=car.name,
    )


def show_hold(hold: Hold) -> HoldShown:
    """A hold with what is left of it, by the server's clock."""
    zone = ZoneInfo(current_business().time_zone)
    left = (hold.expires_at - clock.now()).total_seconds()
    return HoldShown(
        hold_id=hold.public_id,
        expires_at=hold.expires_at.astimezone(zone),
        seconds_left=max(0, round(left)),
        total_price=Money(hold.price, hold.currency).as_json(),
    )


def show_car(car: Car) -> CarShown:
    """A car for the office's programs."""
    plain = {
        name: getattr(car, name)
        for name in (
            "name", "plate", "category", "seats", "transmission", "fuel", "licence", "odometer", "buffer_minutes",
            "notice_minutes", "shortest_minutes", "version",
        )
    }  # fmt: skip
    prices = {
        name: _money_or_none(getattr(car, name))
        for name in ("price_hour", "price_weekend", "price_week", "price_driver")
    }
    return CarShown(
        id=car.public_id,
        price_day=_money(car.price_day),
        opens=_time(car.opens),
        closes=_time(car.closes),
        **plain,
        **prices,
    )


def show_driver(driver: Driver) -> DriverShown:
    """A driver for the office's programs."""
    return DriverShown(
        id=driver.public_id,
        name=driver.name,
        email=email_of(driver),
        licences=driver.licences,
        phone=driver.phone,
        channel=driver.channel,
        home_area=driver.home_area,
        shifts=driver.shifts,
        version=driver.version,
    )


def _money(amount: Decimal) -> dict[str, str]:
    return Money(amount, current_business().currency).as_json()


def _money_or_none(amount: Decimal | None) -> dict[str, str] | None:
    return None if amount is None else _money(amount)


def _time(at: time | None) -> str | None:
    return None if at is None else f"{at:%H:%M}"
