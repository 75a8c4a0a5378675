"""What is held about a person: features say what they hold, how it is taken along and how it is erased.

    personal_data.hold("bookings", _l("Bookings"), export=rows_of, erase=forget)    # at import, in a loaded module

`export` gives the rows of a customer, whole; `erase` joins the open transaction and leaves nothing that tells who it
was. `objection` says, in words, what must be done before somebody can be erased.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect

from app.customers.models import Customer


@dataclass(frozen=True)
class Person:
    """Who it is about: the customer, all that they are known by, and the markers of what belongs to them."""

    customer: Customer
    #: The customer's own, and those of customers who became part of this one.
    ids: tuple[int, ...]
    names: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    markers: list[str] = field(default_factory=list)

    @property
    def needles(self) -> list[str]:
        """What must not be found anywhere afterwards, the longest first."""
        found = {one for one in self.names | self.emails | self.numbers | self.places if len(one) > 3}
        return sorted(found, key=len, reverse=True)


Export = Callable[[Person], Iterable[dict[str, Any]]]
Erase = Callable[[Person], None]
Objection = Callable[[Person], str]
#: Completes what a person is known by: (names, emails, numbers, places, markers) as far as a feature knows.
Known = Callable[[Customer], "Traits"]


@dataclass(frozen=True)
class Traits:
    """What a feature knows a person by."""

    names: Iterable[str] = ()
    emails: Iterable[str] = ()
    numbers: Iterable[str] = ()
    places: Iterable[str] = ()
    markers: Iterable[str] = ()


@dataclass(frozen=True)
class Holding:
    """What one feature holds."""

    name: str
    title: Any
    export: Export
    erase: Erase
    objection: Objection | None = None
    known: Known | None = None


_holdings: dict[str, Holding] = {}


def hold(
    name: str,
    title: Any,
    *,
    export: Export,
    erase: Erase,
    objection: Objection | None = None,
    known: Known | None = None,
) -> None:
    """Take part in exports and erasures under that name."""
    _holdings[name] = Holding(name, title, export, erase, objection, known)


def holdings() -> list[Holding]:
    """All that was said so far, lowest floor first."""
    return list(_holdings.values())


def row_of(row: Any, *, without: Iterable[str] = ()) -> dict[str, Any]:
    """Every column of the row as plain values; bytes are told by their length."""
    left_out = {"business_id", "search", "name_key", "manage_hash", *without}
    columns = [column.key for column in inspect(type(row)).column_attrs if column.key not in left_out]
    return {name: plain(getattr(row, name)) for name in columns}


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    return value
