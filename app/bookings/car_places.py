"""Places on a car seen from above, in hundredths of the drawing: to choose from a list, and to name a press."""

from typing import Any

from flask_babel import lazy_gettext as _l

#: Left and right are the driver's own; the front is up.
PLACES: dict[str, tuple[int, int, Any]] = {
    "front": (50, 5, _l("Front bumper")),
    "bonnet": (50, 18, _l("Bonnet")),
    "windscreen": (50, 33, _l("Windscreen")),
    "roof": (50, 52, _l("Roof")),
    "rear_window": (50, 74, _l("Rear window")),
    "boot": (50, 86, _l("Boot")),
    "rear": (50, 96, _l("Rear bumper")),
    "left_front": (17, 19, _l("Front wing, left")),
    "left_door": (14, 43, _l("Front door, left")),
    "left_back_door": (14, 60, _l("Back door, left")),
    "left_back": (17, 82, _l("Rear wing, left")),
    "right_front": (83, 19, _l("Front wing, right")),
    "right_door": (86, 43, _l("Front door, right")),
    "right_back_door": (86, 60, _l("Back door, right")),
    "right_back": (83, 82, _l("Rear wing, right")),
}


def place_words(x: int, y: int) -> str:
    """What the place nearest to that point is called."""
    nearest = min(PLACES.values(), key=lambda place: (place[0] - x) ** 2 + (2 * (place[1] - y)) ** 2)
    return str(nearest[2])
