"""Forgiving search for bookings: folded pieces in an array column, looked up by its GIN index, ranked by likeness.

What can be looked up exactly (a reference, a phone number, a mail address) is tried first. Then every word that was
typed must be part of a word of the booking; only where that finds nothing, the ones that come closest are shown.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Executable, false, func, or_, select, true

from app.bookings.models import Booking
from app.customers.likeness import (
    LONGEST_PIECE,
    PHONE_TAIL,
    asked_pieces,
    digits_of,
    folded,
    likeness,
    likenesses,
    search_words,
    slips_of,
    stored_pieces,
    words_of,
)
from app.customers.models import Customer
from app.kernel.db import db

LONGEST_QUERY, MOST_WORDS = 100, 8
__all__ = ["Match", "folded", "likeness", "matching", "meant_by", "reference_in", "search_words"]
MOST_CANDIDATES, MOST_CLOSE, CLOSE_ENOUGH = 150, 50, 72.0
MOST_COMPARED = 300
_REFERENCE = re.compile(r"\s*([2-9A-HJ-NP-TW-Z]{4})[\s-]?([2-9A-HJ-NP-TW-Z]{4})\s*", re.IGNORECASE)


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
    pieces = asked_pieces(words_of(query)[:MOST_WORDS])
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


def _exact(query: str) -> ColumnElement[bool] | None:
    if "@" in query:
        of_customer = Booking.customer_id.in_(select(Customer.id).where(func.lower(Customer.email) == query.lower()))
        return or_(of_customer, Booking.search.contains([folded(query)[:LONGEST_PIECE]]))
    if (reference := reference_in(query)) is not None:
        return Booking.reference == reference
    if len(digits := digits_of(query)) >= PHONE_TAIL:
        return Booking.search.contains([digits[-PHONE_TAIL:]])
    return None


def _finds(condition: ColumnElement[bool]) -> bool:
    return db.session.scalar(select(Booking.id).where(condition).limit(1)) is not None


def _closest(query: str) -> list[int]:
    """The ids of those that come closest: those with one slip in each word, else those that share most pieces."""
    words = words_of(query)[:MOST_WORDS]
    slips = [[Booking.search.contains(right) for right in slips_of(word)] for word in words]
    almost = [or_(*each) for each in slips if each]
    columns = (Booking.id, Booking.contact_name, Booking.from_address, Booking.to_address, Booking.reference)
    if almost:
        rows = select(*columns).where(*almost).order_by(Booking.starts_at.desc(), Booking.id.desc())
        if near := _near(query, rows.limit(MOST_CANDIDATES)):
            return near
    pieces = list(dict.fromkeys(piece for word in words for piece in stored_pieces(word)))
    # What shares a piece may be most of all there is; the latest are looked at.
    some = select(*columns, Booking.starts_at, Booking.search).where(Booking.search.overlap(pieces))
    latest = some.order_by(Booking.starts_at.desc(), Booking.id.desc()).limit(MOST_COMPARED).subquery()
    piece = func.unnest(latest.c.search).column_valued("piece")
    shared = select(func.count(piece)).where(piece.in_(pieces)).correlate(latest).scalar_subquery()
    ranked = select(latest).order_by(shared.desc(), latest.c.starts_at.desc())
    return _near(query, ranked.limit(MOST_CANDIDATES))


def _near(query: str, rows: Executable) -> list[int]:
    """The ids of those rows that are near enough, the nearest first."""
    found = []
    for row in db.session.execute(rows):
        likely = likenesses(query, *_texts(row))
        if min(likely, default=0.0) >= CLOSE_ENOUGH:
            found.append((sum(likely) / len(likely), row.id))
    return [found_id for _likeness, found_id in sorted(found, reverse=True)[:MOST_CLOSE]]


def _texts(row: Any) -> tuple[str, ...]:
    return row.contact_name, row.from_address, row.to_address, row.reference
