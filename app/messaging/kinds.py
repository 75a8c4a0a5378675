"""Kinds of mails: what people call them, and which hold what only their reader may use."""

from typing import Any

from flask_babel import lazy_gettext as _l

TITLES: dict[str, Any] = {
    "booking_received": _l("Confirmation"),
    "car_confirmed": _l("Car confirmation"),
    "booking_changed": _l("Changed booking"),
    "booking_cancelled": _l("Cancelled booking"),
    "booking_reminder": _l("Reminder"),
    "booking_follow_up": _l("The day after"),
    "password_reset": _l("New password"),
    "sign_in": _l("Link to sign in"),
    "account_exists": _l("Account known already"),
    "account_created": _l("New account"),
    "account_unused": _l("Unused account"),
    "invitation": _l("Invitation"),
}
#: Their links open somebody's account: nobody but the reader sees them, and they go to no other address.
SECRET_KINDS = frozenset({"password_reset", "sign_in", "invitation"})


def kind_title(kind: str) -> str:
    """What people call mails of this kind."""
    return str(TITLES.get(kind) or kind.replace("_", " ").capitalize())
