"""What happened to bookings, in words."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from app.bookings.naming import service_words
from app.kernel.events import Event
from app.web import presentation
from app.web.timeline import Told, tells


@tells("booking.created")
def created(event: Event) -> Told:
    """Somebody booked."""
    by_whom = {"visitor": _("Booked on the website"), "user": _("Booked")}
    return Told("inbox", by_whom.get(event.actor_kind, _("Booked")), tone="info")


@tells("booking.confirmed")
def confirmed(event: Event) -> Told:
    """The office said yes, or took the crew off again."""
    if event.detail.get("before", {}).get("state") == "assigned":
        return Told("user-round-x", _("Taken off its crew"))
    return Told("circle-check", _("Confirmed"))


@tells("booking.assigned")
def assigned(event: Event) -> Told:
    """A crew has it."""
    after = event.detail.get("after", {})
    if driver := after.get("driver"):
        return Told("id-card", _("Given to %(crew)s", crew=driver), why_words(after.get("why") or {}))
    crew = after.get("crew", "")
    return Told("user-round-check", _("Given to %(crew)s", crew=crew) if crew else _("Given to a crew"))


@tells("booking.cancelled")
def cancelled(event: Event) -> Told:
    """It was cancelled."""
    return Told("circle-x", _("Cancelled"), _with_telling(event, str(event.detail.get("reason", ""))), "bad")


@tells("booking.expired")
def expired(event: Event) -> Told:
    """Nobody confirmed it in time."""
    return Told("timer-off", _("Expired"), _("Nobody confirmed it in time."))


@tells("booking.noted")
def noted(event: Event) -> Told:
    """A colleague wrote a note."""
    return _note(event)


@tells("booking.on_the_way")
def on_the_way(event: Event) -> Told:
    """Whoever does it has set out."""
    return Told("truck", _("On the way"), tone="info")


@tells("booking.extra_agreed")
def extra_agreed(event: Event) -> Told:
    """More work was agreed on the spot."""
    words, minutes = str(event.detail.get("words", "")), int(event.detail.get("minutes") or 0)
    return Told("plus", _("Extra work agreed"), f"{words}, {presentation.length(minutes)}", "info")


@tells("booking.changed")
def changed(event: Event) -> Told:
    """Its state moved on, a note was written, or what it says was changed."""
    if event.detail.get("note"):
        return _note(event)
    before, after = event.detail.get("before") or {}, event.detail.get("after") or {}
    if "state" in after:
        return _moved(str(after["state"]), str(event.detail.get("reason", "")))
    return Told("pencil", _("Changed"), _with_telling(event, _differences(before, after)))


@tells("customer.address_corrected")
def corrected(event: Event) -> Told:
    """The customer's address was corrected."""
    return Told("at-sign", _("Mail address corrected"), _("Automatic mail goes out again."), "ok")


def why_words(why: Mapping[str, Any]) -> str:
    """Why a driver was chosen."""
    if why.get("byHand"):
        return _("Chosen by hand.")
    if "hours" not in why:
        return ""
    words = _("On shift, licensed and free; has %(hours)s h in the weeks around it, the least.", hours=why["hours"])
    return f"{words} {_('Comes from nearby.')}" if why.get("near") else words


def _with_telling(event: Event, words: str) -> str:
    """Says so where somebody chose that the customer does not hear of it."""
    untold = _("The customer was not told.") if event.detail.get("tell") is False else ""
    return " · ".join(part for part in (words, untold) if part)


def _note(event: Event) -> Told:
    return Told("message-square-text", _("Note"), str(event.detail.get("note", "")))


def _moved(state: str, reason: str) -> Told:
    if state == "in_progress":
        return Told("circle-play", _("Started"), reason)
    if state == "done":
        return Told("check-check", _("Done"), reason, "ok")
    if state == "no_show":
        return Told("user-x", _("Nobody was there"), reason, "bad")
    return Told("circle-dashed", state.replace("_", " ").capitalize(), reason)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    names = _field_words()
    parts = []
    for field, value in after.items():
        was, now_is = _plain(field, before.get(field)), _plain(field, value)
        name = names.get(field, field)
        if was and now_is:
            parts.append(_("%(name)s: %(now)s, was %(was)s", name=name, now=now_is, was=was))
        else:
            parts.append(_("%(name)s: %(now)s", name=name, now=now_is or _("nothing")))
    return " · ".join(parts)


def _field_words() -> dict[str, str]:
    return {
        "starts_at": _("Start"),
        "ends_at": _("End"),
        "from_address": _("From"),
        "to_address": _("To"),
        "size": _("Size"),
        "extras": _("Extras"),
        "notes": _("Customer’s notes"),
        "contact_name": _("Name"),
        "contact_phone": _("Phone"),
        "price": _("Price"),
        "service": _("Service"),
    }


def _plain(field: str, value: Any) -> str:
    if value in (None, "", []):
        return ""
    if field in ("starts_at", "ends_at"):
        return presentation.when(datetime.fromisoformat(str(value)))
    if field == "price":
        return presentation.money(Decimal(str(value)))
    if field == "service":
        return service_words(str(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
