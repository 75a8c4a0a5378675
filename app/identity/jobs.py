"""What accounts wish of the worker."""

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind

FORGET_OLD = JobKind("identity.forget_old", queue="compliance", title=_l("Delete ended sessions and old links"))
