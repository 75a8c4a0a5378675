"""How a handover is said: how full it is, where a mark is, what changed between two looks."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app.bookings import field_photos, handovers
from app.bookings.car_places import PLACES, place_words
from app.bookings.handover_orders import EIGHTHS, MOST_MARKS
from app.bookings.handovers import Hire
from app.bookings.models import Booking
from app.fleet.models import Car
from app.web.presentation import number

_BY_PERCENT = ("electric", "plug_in")


def level_words(car: Car, level: int) -> str:
    """`5/8` of a tank, `63 %` of a battery."""
    if car.fuel in _BY_PERCENT:
        return f"{level} %"
    eighths = round(level * EIGHTHS / 100)
    return {0: _("empty"), EIGHTHS: _("full")}.get(eighths, f"{eighths}/{EIGHTHS}")


def level_choices(car: Car) -> list[tuple[int, str]]:
    """From full to empty."""
    steps = range(20, -1, -1) if car.fuel in _BY_PERCENT else range(EIGHTHS, -1, -1)
    levels = [round(step * 100 / steps[0]) for step in steps]
    return [(level, level_words(car, level)) for level in levels]


def mark_words(mark: dict[str, Any]) -> str:
    """`Back door, left: scratch`."""
    place = place_words(int(mark["x"]), int(mark["y"]))
    return f"{place}: {mark['words']}" if mark["words"] else place


def differences(hire: Hire) -> list[tuple[str, str]]:
    """What changed between going out and coming back, name by name; nothing while either is missing."""
    if hire.out is None or hire.back is None or hire.kilometres is None:
        return []
    fresh = hire.back.fresh
    level = f"{level_words(hire.car, hire.out.level)} → {level_words(hire.car, hire.back.level)}"
    return [
        (_("Driven"), _("%(km)s km", km=number(hire.kilometres))),
        (_("Charge") if hire.car.fuel in _BY_PERCENT else _("Fuel"), level),
        (_("New marks"), ngettext("%(num)s new mark", "%(num)s new marks", len(fresh)) if fresh else _("none")),
    ]


def for_customer(booking: Booking, token: str) -> dict[str, Any] | None:
    """What the customer sees of the handover, with photos that their own link opens; None while nothing was said."""
    hire = handovers.hire_of(booking.id) if booking.service == "car" else None
    if hire is None or hire.out is None:
        return None
    key = f"?t={token}" if token else ""
    taken = field_photos.photos_of([booking.id])[booking.id]
    pictures = [f"{one.file.url}{key}" for one in taken if one.stage and one.file is not None]
    return {"hire": hire, "pictures": pictures, **words()}


def words() -> dict[str, Any]:
    """How templates speak of handovers."""
    return {
        "level_words": level_words,
        "level_choices": level_choices,
        "mark_words": mark_words,
        "differences": differences,
        "car_spots": PLACES,
        "mark_lines": range(1, MOST_MARKS + 1),
        "by_percent": _BY_PERCENT,
    }
