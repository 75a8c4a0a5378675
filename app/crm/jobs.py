"""What other systems being told wishes of the worker: each piece of news is a job of its own."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind

PUSH = JobKind("crm.push", queue="crm", title=_l("Tell another system"), give_up=timedelta(hours=24))
FORGET_OLD = JobKind("crm.forget_old", queue="crm", title=_l("Forget old news for other systems"))
