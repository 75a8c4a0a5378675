"""Towns: which one an address names, whether that can be a town at all, and what we know about it."""

import re
import unicodedata

from app.ai.town_facts import TOWNS, Town

_POSTCODE = re.compile(r"(?:^|\s)(?:[A-Z]{1,2}-?\s?)?(\d{3}\s?\d{2}|\d{4})\s+(?P<town>\D.*)$")
#: A Danish district behind the town: `Aarhus C`, `København NV`.
_DISTRICT = re.compile(r"\s+(?:[CKNSVØ]|NV|NØ|SV|SØ)$", re.IGNORECASE)
_WORD = r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?"
_TOWN = re.compile(rf"{_WORD}(?: {_WORD}){{0,2}}")
_LONGEST = 40
_COUNTRIES = frozenset(
    {"sverige", "sweden", "se", "danmark", "denmark", "dk", "norge", "norway", "no", "suomi", "finland", "fi"}
)


def folded(text: str) -> str:
    """The text for comparing: small letters, without accents, å ä ö æ ø as a o and ae."""
    plain = text.casefold().replace("ø", "o").replace("æ", "ae").replace("ß", "ss")
    return "".join(mark for mark in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(mark)).strip()


_KNOWN: dict[str, Town] = {
    folded(name): town for town in TOWNS for name in (town.name, town.english, *town.others) if name
}


def known_town(name: str) -> Town | None:
    """What we know of a town by any of its names."""
    return _KNOWN.get(folded(name))


def plain_town(text: str) -> str:
    """The name tidied, or empty when it cannot be a town's: one to three words of letters, nothing else.

    It is what goes to other services, so what somebody typed into an address field can't speak to them.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if town := known_town(_DISTRICT.sub("", name)):
        return town.name
    if not name or len(name) > _LONGEST or not _TOWN.fullmatch(name):
        return ""
    if any(not unicodedata.name(mark, "").startswith("LATIN") for mark in name if mark.isalpha()):
        return ""
    return name.title() if name.isupper() or name.islower() else name


def town_in(address: str) -> str:
    """The town that an address names, tidied; empty when none can be told apart from the street.

    >>> town_in("Storgatan 1, 411 24 Göteborg")
    'Göteborg'
    """
    parts = [part.strip() for part in re.split(r"[,;\n]", address) if part.strip()]
    while len(parts) > 1 and folded(parts[-1]) in _COUNTRIES:
        parts.pop()
    for part in reversed(parts):
        if found := _POSTCODE.search(part):
            return plain_town(found["town"])
    if not parts:
        return ""
    last = parts[-1]
    if any(mark.isdigit() for mark in last):
        # "Storgatan 1 Göteborg": only a town that we know can be told from the street here.
        words = last.split()
        tails = (" ".join(words[-count:]) for count in (2, 1) if len(words) >= count)
        return next((town.name for tail in tails if (town := known_town(tail)) is not None), "")
    return plain_town(last)
