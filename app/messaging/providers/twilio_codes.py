"""Twilio's numbers for what went wrong, and our codes for them."""

#: Refusals of a call: code → (ours, may it be tried again).
REQUEST = {
    20003: ("key_refused", False),
    20404: ("key_refused", False),
    20429: ("too_fast", True),
    21211: ("bad_number", False),
    21212: ("bad_sender", False),
    21408: ("country", False),
    21606: ("bad_sender", False),
    21610: ("opted_out", False),
    21611: ("queue_full", True),
    21612: ("no_route", False),
    21614: ("not_mobile", False),
    63016: ("whatsapp_window", False),
}
#: Failures that come later, by status.
_DELIVERY = {
    21610: "opted_out",
    30001: "queue_full",
    30002: "suspended",
    30003: "unreachable_phone",
    30004: "blocked",
    30005: "unknown_number",
    30006: "not_mobile",
    30007: "filtered",
    30008: "network",
    63016: "whatsapp_window",
}


def delivery_code(number: int | None) -> str:
    """Our code for a failure told by status; a failure that nobody names is the network's."""
    return _DELIVERY.get(number or 0, "network")
