"""How many parts a text message is cut into, and which single character doubles its price.

A message of GSM-7 letters holds 160 of them, or 153 in each of several parts; any other character makes all of it
UCS-2, with 70 and 67. The tables are those of GSM 03.38.
"""

import unicodedata
from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Behind an escape: each takes two places.
_EXTENSION = "\f^{}\\[~]|€"
BASIC, EXTENSION = frozenset(_BASIC), frozenset(_EXTENSION)
ONE_GSM, MORE_GSM, ONE_UCS, MORE_UCS = 160, 153, 70, 67
#: What Twilio takes at most.
LONGEST = 1600
#: What stands for a character that is not in the table, where plain unaccenting does not find it.
_SWAPS = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "…": "...", "•": "*", "·": "*", "\u00a0": " ", "\u202f": " ",
    "\u2009": " ", "\u200b": "", "\ufeff": "", "\t": " ", "×": "x", "™": "TM", "©": "(c)", "®": "(R)",
    "ð": "d", "Ð": "D", "þ": "th", "ł": "l", "Ł": "L", "œ": "oe", "Œ": "OE", "½": "1/2", "¼": "1/4", "¾": "3/4",
}  # fmt: skip


@dataclass(frozen=True)
class Odd:
    """A character outside GSM-7, how often it stands there, and what could stand there instead (None: nothing)."""

    char: str
    count: int
    swap: str | None


@dataclass(frozen=True)
class Parts:
    """What a text costs: `count` parts, `units` places of `room` in use (letters of GSM-7, or halves of UCS-2)."""

    encoding: str
    count: int
    units: int
    room: int
    odd: tuple[Odd, ...]
    #: How many parts it would be with every odd character swapped; `count` where that changes nothing.
    swapped_count: int

    @property
    def is_dearer(self) -> bool:
        """Whether swapping odd characters makes it cheaper."""
        return self.swapped_count < self.count


def measured(text: str) -> Parts:
    """The parts of that text; an empty one is one part of nothing."""
    odd = _odd_ones(text)
    if not odd:
        lengths = [2 if char in EXTENSION else 1 for char in text]
        count, units, room = _cut(lengths, ONE_GSM, MORE_GSM)
        return Parts("GSM-7", count, units, room, (), count)
    count, units, room = _cut([len(char.encode("utf-16-be")) // 2 for char in text], ONE_UCS, MORE_UCS)
    cheaper = swapped(text)
    better = measured(cheaper).count if cheaper != text else count
    return Parts("UCS-2", count, units, room, odd, min(count, better))


def swapped(text: str) -> str:
    """The text with each odd character replaced by its twin, as far as it has one."""
    return "".join(char if (twin := swap_of(char)) is None else twin for char in text)


def swap_of(char: str) -> str | None:
    """What of GSM-7 can stand for that character: itself, a twin, or None."""
    if char in BASIC or char in EXTENSION:
        return char
    if char in _SWAPS:
        return _SWAPS[char]
    plain = "".join(part for part in unicodedata.normalize("NFD", char) if not unicodedata.combining(part))
    return plain if plain and all(part in BASIC for part in plain) else None


def _odd_ones(text: str) -> tuple[Odd, ...]:
    counts: dict[str, int] = {}
    for char in text:
        if char not in BASIC and char not in EXTENSION:
            counts[char] = counts.get(char, 0) + 1
    return tuple(Odd(char, count, swap_of(char)) for char, count in counts.items())


def _cut(lengths: list[int], one: int, more: int) -> tuple[int, int, int]:
    """Parts, places in use, places there are. No character is torn: what does not fit begins the next part."""
    total = sum(lengths)
    if total <= one:
        return 1, total, one
    count, used = 1, 0
    for length in lengths:
        if used + length > more:
            count, used = count + 1, 0
        used += length
    return count, total, count * more
