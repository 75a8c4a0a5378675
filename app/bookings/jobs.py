"""What bookings wish of the worker."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind, Lane

WRITE_CONFIRMATION = JobKind(
    "bookings.write_confirmation", queue="bookings", title=_l("Write a confirmation"), give_up=timedelta(minutes=10)
)
ASSIGN_DRIVER = JobKind("bookings.assign_driver", queue="bookings", title=_l("Find a driver"), lane=Lane.LIGHT)
PASS_ON = JobKind("bookings.pass_on", queue="bookings", title=_l("Ask the next driver"), lane=Lane.LIGHT)
FOLLOW_UP = JobKind(
    "bookings.follow_up", queue="bookings", title=_l("Write to a customer after the job"), give_up=timedelta(hours=12)
)
FORGET_PHOTOS = JobKind("bookings.forget_photos", queue="compliance", title=_l("Delete old photos from jobs"))
FORGET_UNUSED = JobKind("bookings.forget_unused", queue="compliance", title=_l("End accounts that nobody uses"))
TELL = JobKind("bookings.tell", queue="bookings", title=_l("Tell a customer about a booking"), lane=Lane.LIGHT)
TELL_DRIVER = JobKind("bookings.tell_driver", queue="bookings", title=_l("Tell a driver about a job"), lane=Lane.LIGHT)
REMIND = JobKind("bookings.remind", queue="bookings", title=_l("Remind tomorrow's customers"), lane=Lane.LIGHT)
