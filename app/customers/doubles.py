"""Customers who may be one person: same number, same address in another spelling, or much the same name and place.

They are only suggested; a person says whether they are one.
"""

from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import func, or_, select, tuple_

from app.customers.likeness import folded
from app.customers.models import Customer
from app.kernel.db import db

MOST_PAIRS = 100
MOST_LOOKED_AT = 2_000
ALIKE = 88.0
#: Hosts that take `anna.berg+x@` and `annaberg@` for one mailbox.
_DOTS_MEAN_NOTHING = ("gmail.com", "googlemail.com")


@dataclass(frozen=True)
class Double:
    """Two who may be one, and why: `phone`, `email` or `name`."""

    one: Customer
    other: Customer
    why: str


def same_mailbox(email: str) -> str:
    """What two spellings of one mailbox have in common."""
    name, _at, host = email.lower().rpartition("@")
    name = name.partition("+")[0]
    if host in _DOTS_MEAN_NOTHING:
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}@{host}" if name else ""


def suggested() -> list[Double]:
    """The pairs to look at, the surest first."""
    found: dict[tuple[int, int], Double] = {}
    for why, group in [*_by_number(), *_by_mailbox()]:
        first, *others = sorted(group, key=lambda one: one.id)
        for other in others:
            if why == "phone" and not _may_be_one(first, other):
                continue  # a family shares a number
            found.setdefault((first.id, other.id), Double(first, other, why))
        if len(found) >= MOST_PAIRS:
            break
    return list(found.values())[:MOST_PAIRS]


def doubles_of(customer: Customer) -> list[Double]:
    """Who may be the same person as this one."""
    ways = []
    if customer.phone_number:
        ways.append(Customer.phone_number == customer.phone_number)
    if customer.email:
        mailbox = same_mailbox(customer.email)
        ways.append(func.lower(Customer.email).like(f"{mailbox[:4].replace('%', '').replace('_', '')}%"))
    if customer.name_key:
        ways.append(Customer.name_key == customer.name_key)
    if not ways:
        return []
    rows = select(Customer).where(or_(*ways), Customer.id != customer.id, Customer.erased_at.is_(None)).limit(200)
    found = [(other, _why(customer, other)) for other in db.session.scalars(rows)]
    return [Double(customer, other, why) for other, why in found if why]


def _why(one: Customer, other: Customer) -> str:
    if one.email and same_mailbox(one.email) == same_mailbox(other.email):
        return "email"
    if not _may_be_one(one, other):
        return ""
    if one.phone_number and one.phone_number == other.phone_number:
        return "phone"
    lacks_one = not (one.email and other.email) or not (one.phone_number and other.phone_number)
    return "name" if lacks_one and _names_alike(one, other) else ""


def _may_be_one(one: Customer, other: Customer) -> bool:
    """Much the same name, or one surname with the same initial: families share numbers."""
    if _names_alike(one, other):
        return True
    mine, theirs = folded(one.name).split(), folded(other.name).split()
    return bool(mine and theirs) and (mine[0][0], mine[-1]) == (theirs[0][0], theirs[-1])


def _names_alike(one: Customer, other: Customer) -> bool:
    return fuzz.token_sort_ratio(folded(one.name), folded(other.name)) >= ALIKE


def _by_number() -> list[tuple[str, list[Customer]]]:
    shared = (
        select(Customer.phone_number)
        .where(Customer.phone_number != "", Customer.erased_at.is_(None))
        .group_by(Customer.phone_number)
        .having(func.count() > 1)
        .order_by(func.max(Customer.id).desc())
        .limit(MOST_PAIRS)
    )
    rows = db.session.scalars(
        select(Customer).where(Customer.phone_number.in_(shared)).order_by(Customer.id.desc()).limit(MOST_LOOKED_AT)
    )
    return _groups("phone", [(one.phone_number, one) for one in rows])


def _by_mailbox() -> list[tuple[str, list[Customer]]]:
    plain = func.split_part(func.split_part(func.lower(Customer.email), "@", 1), "+", 1)
    name, host = func.replace(plain, ".", ""), func.split_part(func.lower(Customer.email), "@", 2)
    shared = (
        select(name, host)
        .where(Customer.email != "", Customer.erased_at.is_(None))
        .group_by(name, host)
        .having(func.count() > 1)
        .limit(MOST_PAIRS)
    )
    rows = db.session.scalars(select(Customer).where(tuple_(name, host).in_(shared)).limit(MOST_LOOKED_AT))
    return _groups("email", [(same_mailbox(one.email), one) for one in rows])


def _groups(why: str, keyed: list[tuple[str, Customer]]) -> list[tuple[str, list[Customer]]]:
    groups: dict[str, list[Customer]] = defaultdict(list)
    for key, one in keyed:
        if key:
            groups[key].append(one)
    return [(why, group) for group in groups.values() if len(group) > 1]
