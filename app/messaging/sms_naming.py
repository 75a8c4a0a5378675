"""How invites are named where only their markers are known, and what happened to them in words."""

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.jobs import about
from app.kernel.db import db
from app.kernel.events import Event
from app.messaging.naming import known_outside
from app.messaging.providers.sms_words import in_words
from app.messaging.sms_models import INVITE, Sms
from app.messaging.sms_queries import public_ids
from app.web.timeline import Told, tells


def _names(ids: list[int]) -> dict[int, tuple[str, str]]:
    rows = select(Sms.id, Sms.public_id, Sms.kind, Sms.to_name, Sms.to_number).where(Sms.id.in_(ids))
    return {
        row.id: (_to(row.kind, row.to_name or row.to_number), url_for("sms.show", sms_id=row.public_id))
        for row in db.session.execute(rows)
    }


def _to(kind: str, name: str) -> str:
    return _("Invite to %(name)s", name=name) if kind == INVITE else _("Text message to %(name)s", name=name)


def _said(event: Event, of_invite: str, of_another: str) -> str:
    return of_invite if event.detail.get("kind", INVITE) == INVITE else of_another


about.describe_with("sms", _names)
known_outside("sms", public_ids)
about.mend_with("in_doubt", _l("Say whether it arrived"), "sms")


def _why(event: Event) -> str:
    return in_words(str(event.detail.get("code", "")), str(event.detail.get("words", "")))


@tells("invite.queued")
def queued(event: Event) -> Told:
    """It was asked for."""
    return Told("clock", _said(event, _("Invite queued"), _("Text message queued")), _why(event))


@tells("invite.sent")
def sent(event: Event) -> Told:
    """The provider took it."""
    return Told("send", _said(event, _("Invite sent"), _("Text message sent")))


@tells("invite.delivered")
def delivered(event: Event) -> Told:
    """It is on the telephone."""
    return Told("message-square-text", _said(event, _("Invite delivered"), _("Text message delivered")), tone="ok")


@tells("invite.undelivered")
def undelivered(event: Event) -> Told:
    """The network could not hand it over."""
    return Told(
        "message-square-warning",
        _said(event, _("Invite not delivered"), _("Text message not delivered")),
        _why(event),
        "bad",
    )


@tells("invite.failed")
def failed(event: Event) -> Told:
    """It could not be sent."""
    return Told("circle-alert", _said(event, _("Invite failed"), _("Text message failed")), _why(event), "bad")


@tells("invite.held")
def held(event: Event) -> Told:
    """It is kept back."""
    return Told("pause", _said(event, _("Invite not sent"), _("Text message not sent")), _why(event), "warn")


@tells("invite.delayed")
def delayed(event: Event) -> Told:
    """It will be tried again."""
    return Told(
        "timer",
        _said(event, _("Invite waits for another try"), _("Text message waits for another try")),
        _why(event),
    )


@tells("invite.visited")
def visited(event: Event) -> Told:
    """Somebody opened its link."""
    return Told("mouse-pointer-click", _("Opened the invite's link"), tone="ok")


@tells("invite.stopped")
def stopped(event: Event) -> Told:
    """A customer wants no more invites."""
    ways = {"sms": _("by text message"), "provider": _("said by the provider"), "office": _("noted in the office")}
    return Told("message-square-off", _("Wants no invites"), ways.get(str(event.detail.get("source")), ""), "warn")


@tells("invite.allowed")
def allowed(event: Event) -> Told:
    """A customer wants invites again."""
    return Told("message-square-text", _("Wants invites again"))


@tells("invite.answered")
def answered(event: Event) -> Told:
    """A customer wrote back."""
    return Told("message-square-reply", _("Answered by text message"))


@tells("subscription.changed")
def subscription_changed(event: Event) -> Told:
    """The business was put on another plan."""
    said = event.detail
    return Told(
        "ticket", _("Plan changed from %(before)s to %(after)s", before=said.get("before"), after=said.get("after"))
    )
