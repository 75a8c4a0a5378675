"""What happened to mails, in words."""

from flask_babel import gettext as _

from app.kernel.events import Event
from app.messaging.kinds import kind_title
from app.messaging.providers.words import in_words
from app.web.timeline import Told, tells


def _mail(event: Event) -> str:
    return kind_title(str(event.detail.get("kind", "")))


def _why(event: Event) -> str:
    return in_words(str(event.detail.get("code", "")), str(event.detail.get("words", "")))


@tells("email.queued")
def queued(event: Event) -> Told:
    """It was asked for."""
    return Told("clock", _("%(mail)s queued", mail=_mail(event)))


@tells("email.sent")
def sent(event: Event) -> Told:
    """The provider took it."""
    return Told("send", _("%(mail)s sent", mail=_mail(event)))


@tells("email.delivered")
def delivered(event: Event) -> Told:
    """It is in the mailbox."""
    return Told("mail-check", _("%(mail)s delivered", mail=_mail(event)), tone="ok")


@tells("email.opened")
def opened(event: Event) -> Told:
    """It was opened."""
    return Told("mail-open", _("%(mail)s opened", mail=_mail(event)), tone="ok")


@tells("email.bounced")
def bounced(event: Event) -> Told:
    """It came back."""
    return Told("mail-x", _("%(mail)s bounced", mail=_mail(event)), _why(event), "bad")


@tells("email.complained")
def complained(event: Event) -> Told:
    """Its reader called it spam."""
    return Told("flag", _("%(mail)s marked as spam", mail=_mail(event)), _why(event), "bad")


@tells("email.failed")
def failed(event: Event) -> Told:
    """It could not be sent."""
    return Told("circle-alert", _("%(mail)s failed", mail=_mail(event)), _why(event), "bad")


@tells("email.held")
def held(event: Event) -> Told:
    """It is kept back."""
    return Told("pause", _("%(mail)s not sent", mail=_mail(event)), _why(event), "warn")


@tells("email.delayed")
def delayed(event: Event) -> Told:
    """It will be tried again."""
    return Told("timer", _("%(mail)s waits for another try", mail=_mail(event)), _why(event))


@tells("email.handled")
def handled(event: Event) -> Told:
    """A person has dealt with what went wrong."""
    return Told("check", _("Marked as dealt with"))
