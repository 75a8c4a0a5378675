"""What bookings wish of the worker."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind

WRITE_CONFIRMATION = JobKind(
    "bookings.write_confirmation", queue="bookings", title=_l("Write a confirmation"), give_up=timedelta(minutes=10)
)
