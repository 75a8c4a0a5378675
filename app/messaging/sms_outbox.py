"""Playing the network, where no provider carries text messages: deliver, fail, and what the customer answers."""

from flask_babel import gettext as _

from app.kernel import clock
from app.kernel.db import lock, transaction
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import public_id
from app.messaging import invites, sms_news
from app.messaging.providers.sms_choice import has_sms_provider
from app.messaging.sms_models import Sms

#: What the network says: status and Twilio's number for the reason.
PLAYS: dict[str, tuple[str, int | None]] = {
    "deliver": ("delivered", None),
    "undeliver": ("undelivered", 30005),
    "fail": ("failed", 30001),
}
ANSWERS = {"stop": "STOP", "start": "START"}
ACTS = (*PLAYS, *ANSWERS, "fail_twice")


def play(sms_id: int, act: str) -> Sms:
    """Say what the network or the customer would. Conflict when a real provider carries them or it was not sent yet."""
    if has_sms_provider():
        raise Conflict(_("A real provider carries the messages here."))
    if act == "fail_twice":
        with transaction():
            made = invites.resend(sms_id).sms
            made.plays_trouble = 2
        return made
    if act not in ACTS:
        raise Invalid([("act", _("This is not one of the choices."))])
    with transaction():
        sms = lock(Sms, sms_id)
        if sms.may_go_out:
            raise Conflict(_("This message has not been sent yet."))
        if act in ANSWERS:
            sms_news.take_inbound(f"local-{public_id()}", sms.to_number, ANSWERS[act])
        else:
            sms_news.climb(sms, *PLAYS[act], clock.now())
    return sms
