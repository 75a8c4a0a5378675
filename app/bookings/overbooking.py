"""Moving a booking to a time that cannot be kept: refused, unless a person says yes and why."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.bookings import free_times, lifecycle, occupied
from app.bookings.free_times import NotKept
from app.bookings.models import Booking
from app.kernel.db import lock, transaction
from app.kernel.errors import Conflict


class CannotBeKept(Conflict):
    """What programs are told of NotKept: that a yes with a reason is wanted."""

    title = _l("That time cannot be kept")

    def __init__(self, refused: NotKept) -> None:
        words = " ".join(str(words) for _field, words in refused.errors)
        super().__init__(words, wants="overbookReason", **refused.extra)


def edit(
    booking: Booking, changes: dict[str, Any], *, version: int | None = None, tell: bool = True, reason: str = ""
) -> None:
    """Change what it says, its time too. NotKept without a `reason`, and whatever else changing refuses with.

    No reason gives somebody two jobs at once: Occupied where whoever has it is busy at the new time.
    """
    with transaction():
        begins, ends = changes.get("starts_at", booking.starts_at), changes.get("ends_at", booking.ends_at)
        keep_moved(booking, begins, ends, reason=reason)
        now = lock(Booking, booking.id)
        if (begins, ends) != (now.starts_at, now.ends_at) and begins < ends and version in (None, now.version):
            holders = {link.claim.resource_id: link.claim.resource for link in lifecycle.claims_of(now)}
            occupied.refuse_if_taken(now, holders.values(), begins, ends)
        lifecycle.edit(booking.id, changes, version=version, tell=tell)


def keep_moved(booking: Booking, starts_at: datetime, ends_at: datetime, *, reason: str = "") -> None:
    """Keep the diary for a move in the open transaction; a reason that was needed stands on the timeline then."""
    try:
        free_times.keep_moved(booking, starts_at, ends_at)
    except NotKept:
        if not reason:
            raise
        lifecycle.add_note(booking.id, _("Overbooked: %(reason)s", reason=reason))
