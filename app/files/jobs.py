"""What the files wish of the worker."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind, Lane

FORGET = JobKind(
    "files.forget", queue="bookings", title=_l("Delete a file’s bytes"), lane=Lane.STEADY, give_up=timedelta(days=7)
)
