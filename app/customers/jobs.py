"""What the register wishes of the worker."""

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind

INDEX_MISSING = JobKind("customers.index_missing", queue="import", title=_l("Let customers be found"))
