"""Two customers who are one person become one customer, and can be parted again.

Whatever table points at a customer moves along, those of later features too. The row that goes is kept whole in the
merge, so that parting puts everything back where it was; what was changed since is left as it is, and named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, inspect, select, update
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.exc import IntegrityError

from app.customers import search
from app.customers.contact import sort_key
from app.customers.events import CustomersMerged, CustomersParted
from app.customers.models import Customer, Merge
from app.customers.register import find_by_email
from app.kernel import audit, clock
from app.kernel.businesses import get_business
from app.kernel.db import Base, add, change, db, lock, transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id

#: What may be taken from either of the two; the rest stays as it is with the one that stays.
CHOICES = ("name", "email", "phone", "language", "channel")
#: What comes with a choice.
_ALONG = {
    "phone": ("phone_number",),
    "email": ("email_trouble", "email_trouble_at"),
}
_KEPT = (
    "name",
    "email",
    "email_trouble",
    "email_trouble_at",
    "phone",
    "phone_number",
    "language",
    "channel",
    "notes",
    "tags",
)


@dataclass(frozen=True)
class Parted:
    """The two again, and which fields were changed since, so that they stayed as they are."""

    kept: Customer
    other: Customer
    changed_since: tuple[str, ...]


def merge(kept_id: int, other_id: int, *, take: Mapping[str, str] | None = None) -> Merge:
    """Let `other` become part of `kept`; `take` names the fields whose value comes from `other` (`{"email": "other"}`).

    What `kept` has no value for comes from `other` by itself; notes and tags of both stay. Refuses with NotFound, and
    with Conflict when somebody was erased.
    """
    if kept_id == other_id:
        raise Invalid([("otherId", _("These are one and the same customer."))])
    with transaction():
        both = _both(kept_id, other_id)
        kept, other = both[kept_id], both[other_id]
        if kept.erased_at is not None or other.erased_at is not None:
            raise Conflict(_("One of them was erased. There is nothing to merge."))
        before = _said(kept)
        snapshot = _row(other)
        moved, removed = _move_all(other.id, kept.id)
        wanted = _wanted(kept, other, take or {})
        db.session.delete(other)
        db.session.flush()
        _put(kept, wanted)
        made = add(
            Merge(
                customer_id=kept.id, other_id=other_id, other_public_id=snapshot["public_id"],
                other_name=snapshot["name"], other=snapshot, before=before, after=_said(kept), moved=moved,
                removed=removed,
            )
        )  # fmt: skip
        announce(CustomersMerged(kept.id, snapshot["name"]))
        audit.record("customer.merged", kept.marker, after={"other": snapshot["public_id"]})
    return made


def part(merge_id: int) -> Parted:
    """Undo a merge: both are there again, each with what was theirs. Conflict when a later merge must be undone first.

    What came after the merge stays with the one who stayed.
    """
    with transaction():
        done = lock(Merge, merge_id)
        kept = lock(Customer, done.customer_id)
        if kept.erased_at is not None:
            raise Conflict(_("The customer was erased."))
        later = select(Merge.id).where(Merge.customer_id == kept.id, Merge.id > done.id).limit(1)
        if db.session.scalar(later) is not None:
            raise Conflict(_("A later merge has to be undone first."))
        now, since, back = _said(kept), [], {}
        for name in _KEPT:
            if done.before[name] == done.after[name]:
                continue
            if now[name] == done.after[name]:
                back[name] = done.before[name]
            elif not name.startswith(("email_trouble", "phone_number")):
                since.append(name)
        _put(kept, {name: _value(Customer, name, value) for name, value in back.items()})
        db.session.flush()
        other = _bring_back(done.other)
        _move_back(done.moved, kept.id, other.id)
        _put_back(done.removed)
        db.session.delete(done)
        announce(CustomersParted(kept.id, other.name))
        announce(CustomersParted(other.id, kept.name))
        audit.record("customer.parted", kept.marker, after={"other": other.public_id, "changedSince": since})
    return Parted(kept, other, tuple(since))


def merges_of(customer_id: int) -> list[Merge]:
    """Who became part of that customer, the latest first."""
    return list(db.session.scalars(select(Merge).where(Merge.customer_id == customer_id).order_by(Merge.id.desc())))


def now_known_as(public_id: str) -> Customer | None:
    """The customer of whom the one with that id became a part, however many merges ago."""
    seen: set[str] = set()
    while public_id not in seen:
        seen.add(public_id)
        found = db.session.scalar(select(Merge).where(Merge.other_public_id == public_id).order_by(Merge.id.desc()))
        if found is None:
            return None
        customer = db.session.scalar(select(Customer).where(Customer.id == found.customer_id))
        if customer is not None:
            return customer
    return None


def _both(kept_id: int, other_id: int) -> dict[int, Customer]:
    """Both rows, locked so that nothing new can point at them meanwhile."""
    rows = select(Customer).where(Customer.id.in_([kept_id, other_id])).order_by(Customer.id).with_for_update()
    found = {one.id: one for one in db.session.scalars(rows.execution_options(populate_existing=True))}
    if len(found) != 2:
        raise NotFound()
    return found


def _wanted(kept: Customer, other: Customer, take: Mapping[str, str]) -> dict[str, Any]:
    unknown = [name for name in take if name not in CHOICES]
    if unknown:
        raise Invalid([(name, _("This cannot be chosen.")) for name in unknown])
    found: dict[str, Any] = {}
    for name in CHOICES:
        if take.get(name) == "other" or (not getattr(kept, name) and getattr(other, name)):
            for one in (name, *_ALONG.get(name, ())):
                found[one] = getattr(other, one)
    if other.notes and other.notes not in kept.notes:
        found["notes"] = f"{kept.notes}\n\n{other.notes}".strip()
    known = {tag.casefold() for tag in kept.tags}
    if more := [tag for tag in other.tags if tag.casefold() not in known]:
        found["tags"] = [*kept.tags, *more]
    return found


def _put(customer: Customer, values: Mapping[str, Any]) -> None:
    if (email := values.get("email")) and (found := find_by_email(email)) is not None and found.id != customer.id:
        raise Conflict(_("Another customer has this address."))
    for name, value in values.items():
        setattr(customer, name, value)
    customer.name_key = sort_key(customer.name, get_business(current_business_id()).language)
    customer.updated_at = clock.now()
    search.index(customer)


def holders() -> dict[str, Any]:
    """Table → model, of all that points at a customer."""
    return {
        mapper.class_.__tablename__: mapper.class_
        for mapper in Base.registry.mappers
        if "customer_id" in mapper.columns
    }


def _move_all(from_id: int, to_id: int) -> tuple[dict[str, list[int]], dict[str, list[dict[str, Any]]]]:
    """What moved, and the rows that could not, whole: the one who stays has one of the same already."""
    moved: dict[str, list[int]] = {}
    removed: dict[str, list[dict[str, Any]]] = {}
    for table, model in holders().items():
        ids = db.session.scalars(select(model.id).where(model.customer_id == from_id).order_by(model.id)).all()
        if ids and _moves(model, ids, to_id):
            moved[table] = list(ids)
        elif ids:
            moved[table] = [one for one in ids if _moves(model, [one], to_id)]
            left = db.session.scalars(select(model).where(model.customer_id == from_id)).all()
            removed[table] = [_row(one) for one in left]
            db.session.execute(delete(model).where(model.customer_id == from_id))
    return moved, removed


def _moves(model: Any, ids: Sequence[int], to_id: int) -> bool:
    try:
        with db.session.begin_nested():
            db.session.execute(_all_to(model, ids, to_id))
    except IntegrityError:
        return False
    return True


def _put_back(removed: Mapping[str, list[dict[str, Any]]]) -> None:
    known = holders()
    for table, rows in removed.items():
        for row in rows if table in known else ():
            add(known[table](**{name: _value(known[table], name, value) for name, value in row.items()}))


def _move_back(moved: Mapping[str, list[int]], from_id: int, to_id: int) -> None:
    known = holders()
    for table, ids in moved.items():
        model = known.get(table)
        if model is not None:
            change(_all_to(model, ids, to_id).where(model.customer_id == from_id))


def _all_to(model: Any, ids: Any, to_id: int) -> Any:
    moving = update(model).where(model.id.in_(ids)).values(customer_id=to_id)
    return moving.execution_options(synchronize_session="fetch")


def _row(row: Any) -> dict[str, Any]:
    names = [column.key for column in inspect(type(row)).column_attrs]
    return {name: _plain(getattr(row, name)) for name in names}


def _said(customer: Customer) -> dict[str, Any]:
    return {name: _plain(getattr(customer, name)) for name in _KEPT}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, list) else value


def _value(model: Any, name: str, value: Any) -> Any:
    is_time = isinstance(inspect(model).columns[name].type, TIMESTAMP)
    return datetime.fromisoformat(value) if is_time and value else value


def _bring_back(snapshot: Mapping[str, Any]) -> Customer:
    if snapshot["email"] and find_by_email(snapshot["email"]) is not None:
        raise Conflict(_("Another customer has the address %(mail)s by now.", mail=snapshot["email"]))
    known = {column.key for column in inspect(Customer).column_attrs}
    return add(Customer(**{name: _value(Customer, name, value) for name, value in snapshot.items() if name in known}))
