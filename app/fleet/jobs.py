"""What the fleet wishes of the worker."""

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind, Lane

RELEASE_HOLD = JobKind("fleet.release_hold", queue="bookings", title=_l("Let a hold go that ran out"), lane=Lane.LIGHT)
RELEASE_LAPSED = JobKind("fleet.release_lapsed", queue="bookings", title=_l("Let all holds go that ran out"))
