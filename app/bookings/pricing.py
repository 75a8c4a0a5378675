"""What a move or a cleaning costs, as a range: pure arithmetic over the owner's amounts; same input, same price."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from app.bookings.choices import EXTRAS, SIZES

SPREAD, BASE, HOUR, VOLUME, FLOOR, CARRY = "spread", "base", "hour", "volume", "floor", "carry"
#: So many metres from door to van are part of every move; beyond them each ten begun cost.
CARRIED_FREE, CARRIED_STEP = 20, 10
#: Ranges are told in steps of this many kronor.
STEP = Decimal(50)
STAIRS = "No lift, third floor or higher"
_NONE = Decimal(0)
#: What the owner may set, beside one amount for each size and each extra.
PARTS: dict[str, dict[str, Any]] = {
    "move": {
        BASE: _l("For every move"),
        HOUR: _l("For each hour that it usually takes"),
        VOLUME: _l("For each m³, where the customer knows the volume"),
        FLOOR: _l("For each floor without a lift"),
        CARRY: _l("For each ten metres to carry beyond the first twenty"),
        SPREAD: _l("How wide the range is, in per cent up and down"),
    },
    "cleaning": {
        BASE: _l("For every cleaning"),
        HOUR: _l("For each hour that it usually takes"),
        SPREAD: _l("How wide the range is, in per cent up and down"),
    },
}
#: Amounts to begin with, in Swedish kronor; a suggestion in the form until the owner saves.
USUAL: dict[str, dict[str, int]] = {
    "move": {
        BASE: 1200, HOUR: 0, VOLUME: 190, FLOOR: 250, CARRY: 100, SPREAD: 12,
        "size:A few things": 900, "size:1 room": 2400, "size:2 rooms": 3800, "size:3 rooms": 5400,
        "size:4 rooms": 7200, "size:5 rooms or more": 9500, "size:An office": 9000,
        "extra:Piano": 1500, "extra:Other heavy things": 800, "extra:Packing": 2200,
        "extra:Taking furniture apart": 900, "extra:No lift, third floor or higher": 750,
    },
    "cleaning": {
        BASE: 300, HOUR: 0, SPREAD: 10,
        "size:Up to 50 m²": 900, "size:50 to 80 m²": 1300, "size:80 to 120 m²": 1900, "size:More than 120 m²": 2600,
        "extra:Moving-out cleaning": 1200, "extra:Windows": 500, "extra:Oven": 250, "extra:Fridge and freezer": 250,
        "extra:Balcony": 200,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a price depends on, as it was said; None where nothing was."""

    kind: str
    size: str = ""
    extras: tuple[str, ...] = ()
    volume: int | None = None
    #: (floor, whether there is a lift), at both ends of a move.
    floors: tuple[tuple[int | None, bool | None], ...] = ()
    distance: int | None = None


@dataclass(frozen=True)
class Quote:
    """A price as a range, and the lines it is made of: (part, how many, amount)."""

    low: Decimal
    high: Decimal
    lines: tuple[tuple[str, int, Decimal], ...]

    def basis(self, asked: Asked) -> dict[str, Any]:
        """How it came about, as plain values to keep."""
        lines = [{"part": part, "count": count, "amount": str(amount)} for part, count, amount in self.lines]
        said = {"size": asked.size, "extras": list(asked.extras), "volume": asked.volume, "distance": asked.distance}
        return {"lines": lines, "asked": said | {"floors": [list(one) for one in asked.floors]}}


def quote(asked: Asked, amounts: Mapping[str, Decimal], hours: Decimal = _NONE) -> Quote | None:
    """The price as a range; None while nothing says how much there is, or the owner has set no amount for it.

    >>> found = quote(Asked("move", volume=10), {"base": Decimal(1000), "volume": Decimal(200), "spread": Decimal(10)})
    >>> int(found.low), int(found.high)
    (2700, 3300)
    """
    counts = _counts(asked, amounts)
    if counts is None:
        return None
    lines = [(part, count, amounts.get(part, _NONE) * count) for part, count in counts.items()]
    if hours and amounts.get(HOUR):
        lines.append((HOUR, 1, amounts[HOUR] * hours))
    shown = tuple(line for line in lines if line[2])
    total = sum((amount for _part, _count, amount in shown), _NONE)
    if not total:
        return None
    spread = total * min(amounts.get(SPREAD, _NONE), Decimal(90)) / 100
    return Quote(_rounded(total - spread, ROUND_FLOOR), _rounded(total + spread, ROUND_CEILING), shown)


def parts_of(kind: str) -> list[str]:
    """The names of all amounts that the owner may set for a kind."""
    sizes = [f"size:{words}" for words in SIZES[kind]]
    extras = [f"extra:{words}" for words in EXTRAS[kind]]
    return [*(part for part in PARTS[kind] if part != SPREAD), *sizes, *extras, SPREAD]


def words_of(kind: str, part: str) -> str:
    """What people call that part of a price."""
    group, _colon, name = part.partition(":")
    if name:
        return str((SIZES if group == "size" else EXTRAS)[kind].get(name, name))
    return str(PARTS[kind].get(part, part))


def _counts(asked: Asked, amounts: Mapping[str, Decimal]) -> dict[str, int] | None:
    """How many of each part; None while nobody has said how much there is."""
    counts = {BASE: 1}
    if asked.kind == "move" and asked.volume and amounts.get(VOLUME):
        counts[VOLUME] = asked.volume
    elif asked.size and amounts.get(f"size:{asked.size}"):
        counts[f"size:{asked.size}"] = 1
    else:
        return None
    stairs = sum(abs(floor) for floor, has_lift in asked.floors if floor and not has_lift)
    # Whoever says the floor pays by the floor, not for the stairs as a whole beside it.
    extras = set(asked.extras) - ({STAIRS} if stairs else set())
    counts |= {f"extra:{extra}": 1 for extra in sorted(extras)}
    if asked.kind == "move":
        far = max(0, (asked.distance or 0) - CARRIED_FREE)
        counts |= {FLOOR: stairs, CARRY: -(-far // CARRIED_STEP)}
    return counts


def _rounded(amount: Decimal, way: str) -> Decimal:
    return (amount / STEP).to_integral_value(way) * STEP
