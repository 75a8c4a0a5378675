"""Cars and drivers as verbs: bring in, change, take out of use, put off the road. All of it stands in the audit log."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select

from app.fleet import claims, queries
from app.fleet.events import FleetChanged
from app.fleet.models import Car, Claim, ClaimKind, Driver, Resource, ResourceKind
from app.fleet.orders import CarOrder, DriverOrder
from app.identity.models import Membership, User
from app.identity.queries import user_by_mail
from app.kernel import audit, clock
from app.kernel.access import Role
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.events import announce

Thing = TypeVar("Thing", Car, Driver)


class Stale(Conflict):
    """Somebody else changed it in the meantime."""


class InUse(Conflict):
    """It is booked or held ahead, so it cannot go."""


def add_car(order: CarOrder) -> Car:
    """A new car; Invalid when another in use bears the plate."""
    with transaction():
        _own_plate(order.plate, None)
        resource = add(Resource(kind=ResourceKind.CAR, name=order.name, label=order.plate))
        car = add(Car(id=resource.id, **order.model_dump(exclude={"name"})))
        car.resource = resource
        audit.record("car.added", f"car:{resource.public_id}", after=_plain(order.model_dump()))
        _tell(resource, "added")
    return car


def change_car(car_id: int, changes: dict[str, Any], *, version: int | None = None) -> Car:
    """Change what is known of a car; Stale when it was changed since, Invalid for a plate that another bears."""
    with transaction():
        car = _take(Car, car_id, version)
        if "plate" in changes:
            _own_plate(changes["plate"], car.id)
        opens, closes = (changes.get(name, getattr(car, name)) for name in ("opens", "closes"))
        if (opens is None) != (closes is None) or (opens is not None and closes <= opens):
            raise Invalid([("closes", _("It must close after it opens."))])
        _write(car, changes)
    return car


def add_driver(order: DriverOrder) -> Driver:
    """A new driver; with `email`, the log-in of a driver of this business, or Invalid."""
    with transaction():
        resource = add(Resource(kind=ResourceKind.DRIVER, name=order.name, label=", ".join(order.licences)))
        facts = order.model_dump(exclude={"name", "email"})
        driver = add(Driver(id=resource.id, user_id=_user_id(order.email), **facts))
        driver.resource = resource
        audit.record("driver.added", f"driver:{resource.public_id}", after={"name": order.name, **facts})
        _tell(resource, "added")
    return driver


def change_driver(driver_id: int, changes: dict[str, Any], *, version: int | None = None) -> Driver:
    """Change what is known of a driver; Stale when it was changed since."""
    with transaction():
        driver = _take(Driver, driver_id, version)
        if "email" in changes:
            changes = {**changes, "user_id": _user_id(changes["email"])}
            changes.pop("email")
        _write(driver, changes)
    return driver


def retire(resource_id: int) -> None:
    """Take a car or a driver out of use; InUse while something is booked or held. Asked twice, it stays."""
    with transaction():
        resource = lock(Resource, resource_id)
        if resource.retired_at is not None:
            return
        claims.lift_lapsed(resource.id, at=clock.now())
        if queries.has_claims_ahead(resource.id):
            raise InUse(_("%(name)s is booked or held ahead. Move those bookings first.", name=resource.name))
        resource.retired_at = clock.now()
        audit.record(
            f"{resource.kind}.retired", f"{resource.kind}:{resource.public_id}", before={"name": resource.name}
        )
        _tell(resource, "retired")


def block(resource_id: int, starts_at: datetime, ends_at: datetime, *, reason: str = "") -> Claim:
    """Put it off the road (or off duty) for a time; Taken when it is booked or held then."""
    with transaction():
        found = claims.claim(resource_id, claims.period(starts_at, ends_at), ClaimKind.BLOCK, reason=reason)
        resource = found.resource or lock(Resource, resource_id)
        audit.record(
            f"{resource.kind}.blocked", f"{resource.kind}:{resource.public_id}",
            after={"from": starts_at.isoformat(), "to": ends_at.isoformat(), "reason": reason},
        )  # fmt: skip
        _tell(resource, "blocked")
    return found


def unblock(resource_id: int, claim_id: int) -> None:
    """Put it back on the road; NotFound for what is no such time of it. Asked twice, done once."""
    with transaction():
        resource = lock(Resource, resource_id)
        found = db.session.scalar(
            select(Claim).where(Claim.id == claim_id, Claim.resource_id == resource_id, Claim.kind == ClaimKind.BLOCK)
        )
        if found is None:
            raise NotFound()
        if found.released_at is None:
            claims.release(found.id)
            audit.record(f"{resource.kind}.unblocked", f"{resource.kind}:{resource.public_id}")
            _tell(resource, "unblocked")


def _take(model: type[Thing], row_id: int, version: int | None) -> Thing:
    lock(Resource, row_id)  # the order in which holds lock: the resource first
    row = lock(model, row_id)
    if version is not None and version != row.version:
        raise Stale(_("Somebody else has changed this in the meantime."), current={"version": row.version})
    return row


def _write(row: Car | Driver, changes: dict[str, Any]) -> None:
    resource, before, after = row.resource, {}, {}
    for name, value in changes.items():
        owner: Any = resource if name == "name" else row
        if getattr(owner, name) != value:
            before[name], after[name] = getattr(owner, name), value
            setattr(owner, name, value)
    if not after:
        return
    row.updated_at = clock.now()
    if "plate" in after:
        resource.label = after["plate"]
    if "licences" in after:
        resource.label = ", ".join(after["licences"])
    db.session.flush()
    audit.record(
        f"{resource.kind}.changed", f"{resource.kind}:{resource.public_id}", before=_plain(before), after=_plain(after)
    )
    _tell(resource, "changed")


def _own_plate(plate: str, car_id: int | None) -> None:
    others = (
        select(Car.id).join(Resource, Resource.id == Car.id).where(Car.plate == plate, Resource.retired_at.is_(None))
    )
    other = db.session.scalar(others.where(Car.id != car_id) if car_id is not None else others)
    if other is not None:
        raise Invalid([("plate", _("Another car bears this plate."))])


def _user_id(email: str) -> int | None:
    if not email.strip():
        return None
    user = user_by_mail(email.strip())
    member = None
    if user is not None:
        member = db.session.scalar(
            select(Membership).where(Membership.user_id == user.id, Membership.role == Role.DRIVER)
        )
    if user is None or member is None:
        raise Invalid([("email", _("No driver signs in with this address. Let them in under Users first."))])
    return user.id


def email_of(driver: Driver) -> str:
    """The address with which the driver signs in; empty where there is none."""
    user = db.session.get(User, driver.user_id) if driver.user_id is not None else None
    return user.email if user is not None else ""


def _tell(resource: Resource, what: str) -> None:
    announce(FleetChanged(resource.id, resource.public_id, resource.kind, what))


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal | time) else value for name, value in facts.items()}
