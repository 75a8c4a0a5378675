"""What the queue itself wishes of the worker."""

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind, Lane

#: Too many for one request: the rest of "retry all that match". In the steady lane, for it may take a while.
RETRY_MATCHING = JobKind("jobs.retry_matching", queue="bookings", title=_l("Try failed jobs again"), lane=Lane.STEADY)
FORGET_OLD = JobKind("jobs.forget_old", queue="compliance", title=_l("Delete what is too old to keep"))
