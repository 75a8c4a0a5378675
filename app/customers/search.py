"""Forgiving search for customers, as bookings have it: exact first, then every word typed, then what comes closest."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Executable, false, func, or_, select, update

from app.customers.likeness import (
    LONGEST_PIECE,
    PHONE_TAIL,
    asked_pieces,
    digits_of,
    folded,
    likenesses,
    search_words,
    slips_of,
    stored_pieces,
    words_of,
)
from app.customers.models import Customer
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses

LONGEST_QUERY, MOST_WORDS = 100, 8
MOST_CANDIDATES, MOST_CLOSE, CLOSE_ENOUGH = 150, 50, 72.0
MOST_COMPARED = 300
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
    """The ids of those that come closest: those with one slip in each word, else those that share most pieces."""
    words = words_of(query)[:MOST_WORDS]
    slips = [[Customer.search.contains(right) for right in slips_of(word)] for word in words]
    almost = [or_(*each) for each in slips if each]
    columns = (Customer.id, Customer.name, Customer.email)
    if almost:
        rows = select(*columns).where(*almost).order_by(Customer.id.desc())
        if near := _near(query, rows.limit(MOST_CANDIDATES)):
            return near
    pieces = list(dict.fromkeys(piece for word in words for piece in stored_pieces(word)))
    # What shares a piece may be most of all there is; the latest are looked at.
    some = select(*columns, Customer.search).where(Customer.search.overlap(pieces))
    latest = some.order_by(Customer.id.desc()).limit(MOST_COMPARED).subquery()
    piece = func.unnest(latest.c.search).column_valued("piece")
    shared = select(func.count(piece)).where(piece.in_(pieces)).correlate(latest).scalar_subquery()
    ranked = select(latest).order_by(shared.desc(), latest.c.id.desc())
    return _near(query, ranked.limit(MOST_CANDIDATES))


def _near(query: str, rows: Executable) -> list[int]:
    """The ids of those rows that are near enough, the nearest first."""
    found = []
    for row in db.session.execute(rows):
        likely = likenesses(query, row.name, row.email)
        if min(likely, default=0.0) >= CLOSE_ENOUGH:
            found.append((sum(likely) / len(likely), row.id))
    return [found_id for _likeness, found_id in sorted(found, reverse=True)[:MOST_CLOSE]]
