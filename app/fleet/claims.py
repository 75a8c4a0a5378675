"""Taking and giving back a resource's time."""

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
    with transaction():
        resource = lock(Resource, resource_id)
        lift_lapsed(resource.id, at=clock.now())
        rival = overlapping(resource.id, during)
        if rival is not None:
            raise Taken(_("%(name)s is taken then.", name=resource.name))
        try:
            return add(Claim(resource_id=resource.id, kind=kind, during=during, reason=reason))
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", None) == EXCLUSION_VIOLATION:
                raise Taken(_("%(name)s is taken then.", name=resource.name)) from None
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
