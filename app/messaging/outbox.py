"""Playing the provider where there is none: deliver, bounce, complain, open, fail twice."""

from flask_babel import gettext as _

from app.kernel import clock
from app.kernel.db import lock, transaction
from app.kernel.errors import Conflict, Invalid
from app.messaging import emails, news
from app.messaging.delivery import FAIL_TIMES
from app.messaging.models import EmailLog
from app.messaging.providers.choice import has_outside_provider

PLAYS = {
    "deliver": ("email.delivered", {}),
    "open": ("email.opened", {}),
    "bounce": (
        "email.bounced",
        {"bounce": {"type": "Permanent", "subType": "NoEmail", "message": "The mailbox does not exist."}},
    ),
    "complain": ("email.complained", {}),
}


def play(email_id: int, act: str) -> EmailLog:
    """Say what a provider would say of this mail. Conflict when a real one carries the mails or it was not sent yet."""
    if has_outside_provider():
        raise Conflict(_("A real provider carries the mails here."))
    if act == "fail_twice":
        return _send_again_failing(email_id)
    if act not in PLAYS:
        raise Invalid([("act", _("This is not one of the choices."))])
    type_, data = PLAYS[act]
    with transaction():
        email = lock(EmailLog, email_id)
        if email.may_go_out:
            raise Conflict(_("This mail has not been sent yet."))
        news.climb(email, type_, data, clock.now())
    return email


def _send_again_failing(email_id: int) -> EmailLog:
    with transaction():
        again = emails.resend(email_id)
        again.facts = {**again.facts, FAIL_TIMES: 2}
    return again
