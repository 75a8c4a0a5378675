"""Forgiving search for customers, as bookings have it: exact first, then every word typed, then what comes closest."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, func, or_, select, update

from app.customers.likeness import (
    LONGEST_PIECE,
    PHONE_TAIL,
    asked_pieces,
    digits_of,
    folded,
    likeness,
    likenesses,
    search_words,
    stored_pieces,
    words_of,
)
from app.customers.models import Customer
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses

LONGEST_QUERY, MOST_WORDS = 100, 8
MOST_CANDIDATES, MOST_CLOSE, CLOSE_ENOUGH = 300, 50, 72.0
INDEXED_AT_ONCE = 500


@dataclass(frozen=True)
class Match:
    """What a search means: a condition for any list; `ids`, the best first, where only close spellings were found."""

    condition: ColumnElement[bool]
    ids: tuple[int, ...] = ()

    @property
    def is_close(self) -> bool:
        """Whether nothing is written as it was typed, so that these are guesses."""
        return bool(self.ids)


def words_for(name: str, email: str, phone: str) -> list[str]:
    """What a customer is found by."""
    return search_words(name, email, phone)


def index(customer: Customer) -> None:
    """Let the customer be found by what is written now; joins the open transaction."""
    customer.search = words_for(customer.name, customer.email, customer.phone)


def index_missing() -> int:
    """Make the words of those who have none yet; how many."""
    count = 0
    while True:
        with across_businesses(), transaction():
            rows = db.session.execute(
                select(Customer.id, Customer.name, Customer.email, Customer.phone)
                .where(db.text("customers.search = '{}'"))
                .limit(INDEXED_AT_ONCE)
            ).all()
            for row in rows:
                words = words_for(row.name, row.email, row.phone) or [" "]
                db.session.execute(update(Customer).where(Customer.id == row.id).values(search=words))
        count += len(rows)
        if len(rows) < INDEXED_AT_ONCE:
            return count


def meant_by(typed: str) -> Match | None:
    """What was meant; None when nothing was typed yet that could be looked for."""
    query = " ".join(typed.split())[:LONGEST_QUERY]
    if not query:
        return None
    exact = _exact(query)
    if exact is not None and _finds(exact):
        return Match(exact)
    pieces = asked_pieces(words_of(query)[:MOST_WORDS])
    if not pieces:
        return None
    all_of_it = Customer.search.contains(pieces)
    if _finds(all_of_it):
        return Match(all_of_it)
    ids = _closest(query)
    return Match(Customer.id.in_(ids), tuple(ids)) if ids else Match(false())


def _exact(query: str) -> ColumnElement[bool] | None:
    if "@" in query:
        whole = Customer.search.contains([folded(query)[:LONGEST_PIECE]])
        return or_(func.lower(Customer.email) == query.lower(), whole)
    if len(digits := digits_of(query)) >= PHONE_TAIL:
        return Customer.search.contains([digits[-PHONE_TAIL:]])
    return None


def _finds(condition: ColumnElement[bool]) -> bool:
    return db.session.scalar(select(Customer.id).where(condition).limit(1)) is not None


def _closest(query: str) -> list[int]:
    pieces = list(dict.fromkeys(piece for word in words_of(query)[:MOST_WORDS] for piece in stored_pieces(word)))
    piece = func.unnest(Customer.search).column_valued("piece")
    shared = select(func.count(piece)).where(piece.in_(pieces)).correlate(Customer).scalar_subquery()
    rows = db.session.execute(
        select(Customer.id, Customer.name, Customer.email)
        .where(Customer.search.overlap(pieces))
        .order_by(shared.desc(), Customer.id.desc())
        .limit(MOST_CANDIDATES)
    ).all()
    near = [row for row in rows if min(likenesses(query, row.name, row.email), default=0.0) >= CLOSE_ENOUGH]
    near.sort(key=lambda row: (likeness(query, row.name, row.email), row.id), reverse=True)
    return [row.id for row in near[:MOST_CLOSE]]
