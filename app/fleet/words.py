"""What kinds, gears and fuels are called on pages."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.fleet.models import Car

CATEGORY_WORDS: dict[str, Any] = {
    "city": _l("City car"),
    "sedan": _l("Sedan"),
    "estate": _l("Estate"),
    "suv": _l("SUV"),
    "van": _l("Van"),
    "minibus": _l("Minibus"),
}
TRANSMISSION_WORDS: dict[str, Any] = {"automatic": _l("Automatic"), "manual": _l("Manual")}
FUEL_WORDS: dict[str, Any] = {
    "electric": _l("Electric"),
    "plug_in": _l("Plug-in hybrid"),
    "hybrid": _l("Hybrid"),
    "petrol": _l("Petrol"),
    "diesel": _l("Diesel"),
}
#: How a driver hears of jobs.
CHANNEL_WORDS: dict[str, Any] = {"sms": _l("Text message"), "whatsapp": _l("WhatsApp")}
#: Which drawing stands in where a car has no photo.
DRAWINGS = {"minibus": "van"}


def drawing_of(car: Car) -> str:
    """The name of the drawing for `art.car`."""
    return DRAWINGS.get(car.category, car.category)


def in_short(car: Car) -> str:
    """`5 seats · automatic · petrol`."""
    seats = ngettext("%(num)s seat", "%(num)s seats", car.seats)
    parts = (str(TRANSMISSION_WORDS[car.transmission]), str(FUEL_WORDS[car.fuel]))
    return " · ".join([seats, *(part[:1].lower() + part[1:] for part in parts)])


def with_kind(car: Car) -> str:
    """`Estate · 5 seats · automatic · petrol`."""
    return _("%(kind)s · %(rest)s", kind=CATEGORY_WORDS[car.category], rest=in_short(car))
