"""What is to be ticked off on each kind of job before it is done."""

from flask_babel import gettext as _

_ITEMS = {
    "move": ("protected", "looked_around", "keys", "shown"),
    "cleaning": ("rooms", "bath_kitchen", "windows", "keys"),
    "car": ("clean", "keys"),
}


def items_of(service: str) -> tuple[str, ...]:
    """The names of the items, in order."""
    return _ITEMS.get(service, ())


def words_of(item: str) -> str:
    """An item in words."""
    return {
        "protected": _("Furniture and floors protected"),
        "looked_around": _("Nothing left behind"),
        "keys": _("Keys handed over"),
        "shown": _("Customer has looked at everything"),
        "rooms": _("All rooms done"),
        "bath_kitchen": _("Bathroom and kitchen done"),
        "windows": _("Windows closed, lights off"),
        "clean": _("Car clean, nothing left in it"),
    }.get(item, item)
