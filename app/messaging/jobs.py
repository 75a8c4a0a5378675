"""What messaging wishes of the worker."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l

from app.jobs.kinds import JobKind, Lane

SEND_EMAIL = JobKind("messaging.send_email", queue="mail", title=_l("Send a mail"), give_up=timedelta(hours=23))
FORGET_OLD = JobKind("messaging.forget_old", queue="reports", title=_l("Delete old mail bodies and provider calls"))
SEND_SMS = JobKind("messaging.send_sms", queue="sms", title=_l("Send an invite"), give_up=timedelta(hours=4))
ASK_STATES = JobKind("messaging.ask_states", queue="sms", title=_l("Ask what became of invites"))
CHECK_BATCH = JobKind("messaging.check_batch", queue="sms", title=_l("Look through many customers"), lane=Lane.STEADY)
SEND_BATCH = JobKind("messaging.send_batch", queue="sms", title=_l("Invite many customers"), lane=Lane.STEADY)
