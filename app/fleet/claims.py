"""Taking and giving back a resource's time."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app.fleet.models import Claim, ClaimKind, Resource
from app.kernel import clock
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Conflict, Invalid

EXCLUSION_VIOLATION = "23P01"


class Taken(Conflict):
    """Somebody else has that time."""

    title = _l("That time is taken")


def period(start: datetime, end: datetime) -> Range[datetime]:
    """From `start` up to, not including, `end`: back-to-back is no overlap. Invalid when it is empty or backwards."""
    if start >= end:
        raise Invalid([("to", _("The end must be after the start."))])
    return Range(start, end, bounds="[)")


def claim(resource_id: int, during: Range[datetime], kind: ClaimKind, *, reason: str = "") -> Claim:
    """That time of the resource; Taken when somebody has it."""
    return claim_all(resource_id, [(during, kind)], reason=reason)[0]


def claim_all(
    resource_id: int,
    wanted: Sequence[tuple[Range[datetime], ClaimKind]],
    *,
    expires_at: datetime | None = None,
    reason: str = "",
) -> list[Claim]:
    """Those times of the resource, all or none; Taken when somebody has one of them. A hold's end by `expires_at`."""
    with transaction():
        name = lock(Resource, resource_id).name
        lift_lapsed(resource_id, at=clock.now())
        for during, _kind in wanted:
            if overlapping(resource_id, during) is not None:
                raise Taken(_("%(name)s is taken then.", name=name))
        try:
            # A savepoint, so that whoever is refused by the constraint can still look for something else.
            with db.session.begin_nested():
                return [
                    add(Claim(resource_id=resource_id, kind=kind, during=during, expires_at=expires_at, reason=reason))
                    for during, kind in wanted
                ]
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", None) == EXCLUSION_VIOLATION:
                raise Taken(_("%(name)s is taken then.", name=name)) from None
            raise


def overlapping(resource_id: int, during: Range[datetime]) -> Claim | None:
    """A live claim on that resource in that time, or None. A hold that ran out is not live."""
    return db.session.scalar(
        select(Claim)
        .where(
            Claim.resource_id == resource_id,
            Claim.released_at.is_(None),
            Claim.during.overlaps(during),
            (Claim.expires_at.is_(None)) | (Claim.expires_at > clock.now()),
        )
        .limit(1)
    )


def lift_lapsed(resource_id: int, *, at: datetime) -> None:
    """Release holds that ran out: a constraint cannot read the clock, so this goes first."""
    db.session.execute(
        update(Claim)
        .where(Claim.resource_id == resource_id, Claim.released_at.is_(None), Claim.expires_at <= at)
        .values(released_at=at)
        .execution_options(synchronize_session=False)
    )


def release(claim_id: int) -> None:
    """Give the time back; asked twice, done once."""
    with transaction():
        found = lock(Claim, claim_id)
        if found.released_at is None:
            found.released_at = clock.now()
