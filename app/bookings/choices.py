"""What the pages offer to choose: stored in English words, shown in the reader's; other words are kept as they come."""

from typing import Any

from flask_babel import lazy_gettext as _l

SIZES: dict[str, dict[str, Any]] = {
    "move": {
        "A few things": _l("A few things"),
        "1 room": _l("1 room"),
        "2 rooms": _l("2 rooms"),
        "3 rooms": _l("3 rooms"),
        "4 rooms": _l("4 rooms"),
        "5 rooms or more": _l("5 rooms or more"),
        "An office": _l("An office"),
    },
    "cleaning": {
        "Up to 50 m²": _l("Up to 50 m²"),
        "50 to 80 m²": _l("50 to 80 m²"),
        "80 to 120 m²": _l("80 to 120 m²"),
        "More than 120 m²": _l("More than 120 m²"),
    },
}
EXTRAS: dict[str, dict[str, Any]] = {
    "move": {
        "Piano": _l("Piano"),
        "Other heavy things": _l("Other heavy things"),
        "Packing": _l("Packing"),
        "Taking furniture apart": _l("Taking furniture apart"),
        "No lift, third floor or higher": _l("No lift, third floor or higher"),
    },
    "cleaning": {
        "Moving-out cleaning": _l("Moving-out cleaning"),
        "Windows": _l("Windows"),
        "Oven": _l("Oven"),
        "Fridge and freezer": _l("Fridge and freezer"),
        "Balcony": _l("Balcony"),
    },
}
#: How a customer can hear of a booking.
CHANNELS: dict[str, Any] = {
    "email": _l("By e-mail alone"),
    "sms": _l("By text message too"),
    "whatsapp": _l("By WhatsApp too"),
}
WITH_DRIVER = {"With a driver": _l("With a driver")}
_OFFERED = [*SIZES.values(), *EXTRAS.values(), WITH_DRIVER]
_ALL = {words: shown for offered in _OFFERED for words, shown in offered.items()}


def said(words: str) -> str:
    """One of our choices in the reader's language; anything else as it was written."""
    return str(_ALL.get(words, words))


def said_all(size: str, extras: list[str]) -> str:
    """Size and extras as one line: `3 rooms, Piano`."""
    return ", ".join(said(words) for words in [size, *extras] if words)
