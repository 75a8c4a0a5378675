"""Forgiving search for bookings: folded pieces in an array column, looked up by its GIN index, ranked by likeness.

What can be looked up exactly (a reference, a phone number, a mail address) is tried first. Then every word that was
typed must be part of a word of the booking; only where that finds nothing, the ones that come closest are shown.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, false, func, or_, select, true

from app.bookings.models import Booking
from app.customers.models import Customer
from app.kernel.db import db

LONGEST_QUERY, MOST_WORDS = 100, 8
MOST_CANDIDATES, MOST_CLOSE, CLOSE_ENOUGH = 300, 50, 72.0
LONGEST_PIECE = 40
#: The digits by which a number is known again, however its country was written.
PHONE_TAIL = 8
FEWEST_DIGITS = 5
_LETTERS = str.maketrans({"æ": "a", "ø": "o", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "t"})
_PAIRS = (("aa", "a"), ("ae", "a"), ("oe", "o"))
_REFERENCE = re.compile(r"\s*([2-9A-HJ-NP-TW-Z]{4})[\s-]?([2-9A-HJ-NP-TW-Z]{4})\s*", re.IGNORECASE)
_PHONE = re.compile(r"[\d\s()+/.-]+")
_WORD = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Small letters without accents; å ä æ are a, ö ø are o, and so are the ways to write them without (aa, ae, oe)."""
    plain = unicodedata.normalize("NFD", text.casefold().translate(_LETTERS))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    for pair, letter in _PAIRS:
        kept = kept.replace(pair, letter)
    return kept


def search_words(*texts: str) -> list[str]:
    """What a booking is found by: the pieces of its reference, names, mail address, phone and addresses."""
    found: dict[str, None] = {}
    for text in texts:
        whole = _whole(text)
        if whole:
            found[whole] = None
        for word in _words(text):
            found.update(dict.fromkeys(_stored(word)))
    return list(found)


@dataclass(frozen=True)
class Match:
    """What a search means: a condition for any list; `ids`, the best first, where only close spellings were found."""

    condition: ColumnElement[bool]
    ids: tuple[int, ...] = ()

    @property
    def is_close(self) -> bool:
        """Whether nothing is written as it was typed, so that these are guesses."""
        return bool(self.ids)


def matching(typed: str) -> ColumnElement[bool]:
    """The condition for bookings that were meant; all of them when nothing was typed yet."""
    found = meant_by(typed)
    return found.condition if found is not None else true()


def meant_by(typed: str) -> Match | None:
    """What was meant; None when nothing was typed yet that could be looked for. One to three statements."""
    query = " ".join(typed.split())[:LONGEST_QUERY]
    if not query:
        return None
    exact = _exact(query)
    if exact is not None and _finds(exact):
        return Match(exact)
    pieces = _asked(_words(query)[:MOST_WORDS])
    if not pieces:
        return None
    all_of_it = Booking.search.contains(pieces)
    if _finds(all_of_it):
        return Match(all_of_it)
    ids = _closest(query)
    return Match(Booking.id.in_(ids), tuple(ids)) if ids else Match(false())


def reference_in(typed: str) -> str | None:
    """The reference that was typed, as it is written (`k7qf 2m9x` is `K7QF-2M9X`), or None."""
    found = _REFERENCE.fullmatch(typed)
    return f"{found[1]}-{found[2]}".upper() if found is not None else None


def likeness(typed: str, *texts: str) -> float:
    """How well the words that were typed are found among the texts' words, 0 to 100."""
    found = _likenesses(typed, *texts)
    return sum(found) / len(found) if found else 0.0


def _likenesses(typed: str, *texts: str) -> list[float]:
    there = {word for text in texts for word in _words(text)}
    return [max((_alike(word, other) for other in there), default=0.0) for word in _words(typed)]


def _alike(word: str, other: str) -> float:
    if other.startswith(word):
        return 100.0
    return max(fuzz.ratio(word, other), 90.0 if len(word) > 2 and word in other else 0.0)


def _exact(query: str) -> ColumnElement[bool] | None:
    if "@" in query:
        of_customer = Booking.customer_id.in_(select(Customer.id).where(func.lower(Customer.email) == query.lower()))
        return or_(of_customer, Booking.search.contains([folded(query)[:LONGEST_PIECE]]))
    if (reference := reference_in(query)) is not None:
        return Booking.reference == reference
    if len(digits := _digits(query)) >= PHONE_TAIL:
        return Booking.search.contains([digits[-PHONE_TAIL:]])
    return None


def _finds(condition: ColumnElement[bool]) -> bool:
    return db.session.scalar(select(Booking.id).where(condition).limit(1)) is not None


def _closest(query: str) -> list[int]:
    pieces = list(dict.fromkeys(piece for word in _words(query)[:MOST_WORDS] for piece in _stored(word)))
    piece = func.unnest(Booking.search).column_valued("piece")
    shared = select(func.count(piece)).where(piece.in_(pieces)).correlate(Booking).scalar_subquery()
    rows = db.session.execute(
        select(Booking.id, Booking.contact_name, Booking.from_address, Booking.to_address, Booking.reference)
        .where(Booking.search.overlap(pieces))
        .order_by(shared.desc(), Booking.starts_at.desc())
        .limit(MOST_CANDIDATES)
    ).all()
    near = [row for row in rows if min(_likenesses(query, *_texts(row)), default=0.0) >= CLOSE_ENOUGH]
    near.sort(key=lambda row: (likeness(query, *_texts(row)), row.id), reverse=True)
    return [row.id for row in near[:MOST_CLOSE]]


def _texts(row: Any) -> tuple[str, ...]:
    return row.contact_name, row.from_address, row.to_address, row.reference


def _whole(text: str) -> str:
    """What is looked up in one piece: a reference, a number's last digits, a mail address."""
    if "@" in text and " " not in text.strip():
        return folded(text.strip())[:LONGEST_PIECE]
    digits = _digits(text)
    return digits[-PHONE_TAIL:] if len(digits) >= PHONE_TAIL else ""


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit()) if _PHONE.fullmatch(text.strip()) else ""


def _words(text: str) -> list[str]:
    """The folded words; the digits of a phone number are one word, of a mail address only what stands before the @."""
    digits = _digits(text)
    if len(digits) >= FEWEST_DIGITS:
        return [digits[-PHONE_TAIL:]]
    before_at = text.rpartition("@")[0] if "@" in text else text
    return _WORD.findall(folded(before_at))


def _pieces(word: str) -> list[str]:
    """All three letters that stand together."""
    return [word[at : at + 3] for at in range(len(word) - 2)]


def _stored(word: str) -> list[str]:
    """The pieces of a word and how it begins; single letters are not worth a key in the index."""
    return [f" {word[:2]}", *_pieces(word)] if len(word) > 1 else []


def _asked(words: list[str]) -> list[str]:
    """The pieces that a booking must have to hold all of the words, each as a part of one of its own."""
    return [piece for word in words for piece in (_pieces(word) or _stored(word))]
