"""What happened to customers, in words."""

from flask_babel import gettext as _

from app.kernel.events import Event
from app.web.timeline import Told, tells


def _fields(event: Event) -> str:
    words = {
        "name": _("Name"), "email": _("E-mail"), "phone": _("Phone"), "language": _("Language"),
        "channel": _("Channel"), "notes": _("Notes"), "tags": _("Tags"),
    }  # fmt: skip
    return ", ".join(words.get(one, one) for one in event.detail.get("fields", []))


@tells("customer.created")
def created(_event: Event) -> Told:
    """Somebody new."""
    return Told("user-round-check", _("Became a customer"), tone="info")


@tells("customer.changed")
def changed(event: Event) -> Told:
    """What is written down changed."""
    return Told("pencil", _("Details changed"), _fields(event))


@tells("customer.noted")
def noted(event: Event) -> Told:
    """A colleague wrote a note."""
    return Told("sticky-note", _("Note"), str(event.detail.get("note", "")))


@tells("customer.merged")
def merged(event: Event) -> Told:
    """Another customer became part of this one."""
    return Told("git-compare", _("Merged with %(name)s", name=event.detail.get("other", "")))


@tells("customer.parted")
def parted(event: Event) -> Told:
    """A merge was undone."""
    return Told("git-compare", _("Parted from %(name)s again", name=event.detail.get("other", "")))


@tells("customer.address_troubled")
def address_troubled(_event: Event) -> Told:
    """Mail came back."""
    return Told("mail-x", _("Automatic mail to the address is paused"), tone="warn")


@tells("customer.erased")
def erased(_event: Event) -> Told:
    """The person's data were erased."""
    return Told("trash-2", _("Personal data erased"))
