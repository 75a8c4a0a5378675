"""The manage link: 128 bits derived from a key that is not in the database; the row keeps only its hash."""

import base64
import hashlib
import hmac
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import select

from app.bookings.models import Booking
from app.kernel import clock
from app.kernel.businesses import Business, get_business
from app.kernel.config import settings
from app.kernel.db import db
from app.kernel.errors import Gone, NotFound
from app.kernel.tenancy import current_business_id
from app.messaging.links import fill_with, marker

KEPT_AFTER = timedelta(days=30)
MANAGE, AGAIN, STOP = "manage", "book_again", "no_follow_up"
#: Which page of the booking a link of that name leads to.
_PAGES = {MANAGE: "", AGAIN: "/again", STOP: "/no-more"}


def token_of(public_id: str) -> str:
    """The secret part of a booking's link."""
    key = hashlib.sha256(b"manage-link:" + settings().secret_key.encode()).digest()
    return base64.urlsafe_b64encode(hmac.digest(key, public_id.encode(), "sha256")[:16]).decode().rstrip("=")


def hash_of(token: str) -> bytes:
    """What is stored of it."""
    return hashlib.sha256(token.encode()).digest()


def manage_url(public_id: str, reference: str, page: str = "") -> str:
    """The whole address, on the business's own host name."""
    return f"{origin(get_business(current_business_id()))}/booking/{reference}{page}?t={token_of(public_id)}"


def origin(business: Business) -> str:
    """Scheme, host and port of the business's pages."""
    base = urlsplit(settings().base_url)
    if not business.hostname:
        return settings().base_url
    port = f":{base.port}" if base.port else ""
    return f"{base.scheme}://{business.hostname}{port}"


def booking_of_link(reference: str, token: str) -> Booking:
    """The booking that the link opens; Gone when its time is over, NotFound for anything else."""
    booking = db.session.scalar(select(Booking).where(Booking.reference == reference.upper()))
    known = booking.manage_hash if booking is not None else None
    fits = hmac.compare_digest(hash_of(token), known or b"\0" * 32)
    if booking is None or not fits:
        raise NotFound()
    if booking.ends_at + KEPT_AFTER < clock.now():
        raise Gone()
    return booking


def marker_of(booking: Booking, of: str = MANAGE) -> str:
    """What stands in stored mails for the link to one of the booking's pages."""
    return marker(of, f"{booking.public_id}-{booking.reference}")


def _fill(key: str, page: str) -> str:
    public_id, _dash, reference = key.partition("-")
    return manage_url(public_id, reference, page)


def set_up(_app: object) -> None:
    """Let mails be filled with links to bookings."""
    for name, page in _PAGES.items():
        fill_with(name, partial(_fill, page=page))
