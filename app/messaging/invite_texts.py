"""What an invite says: placeholders filled in, a short link of our own, and the words that let people say no."""

import re
import secrets
from urllib.parse import urlsplit

from flask_babel import gettext as _

from app.customers.models import Customer
from app.kernel.businesses import Business
from app.kernel.config import settings

_PLACE = re.compile(r"\{([a-z_]+)\}")
KNOWN = ("name", "first_name", "firm", "phone", "link")
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 8
#: In whatever language the text is written: one of these words tells how to say no.
_SAYS_STOP = re.compile(r"\bstopp?\b", re.IGNORECASE)


def unknown_places(template: str) -> list[str]:
    """The placeholders that nobody fills, as `{nmae}`."""
    return [f"{{{name}}}" for name in dict.fromkeys(_PLACE.findall(template)) if name not in KNOWN]


def has_link(template: str) -> bool:
    """Whether it wants a short link of its own."""
    return "{link}" in template


def says_how_to_stop(template: str) -> bool:
    """Whether the reader is told how to say no."""
    return bool(_SAYS_STOP.search(template))


def new_code() -> str:
    """A name for a short link: 31⁸, so that nobody guesses one."""
    return "".join(secrets.choice(_LETTERS) for _number in range(CODE_LENGTH))


def filled(template: str, customer: Customer, business: Business, link: str = "") -> str:
    """The text for that customer; placeholders that nobody knows stay as they are."""
    facts = {
        "name": customer.name,
        "first_name": (customer.name.split() or [""])[0],
        "firm": business.name,
        "phone": business.phone,
        "link": link,
    }
    return _PLACE.sub(lambda found: facts.get(found[1], found[0]), template).strip()


def link_of(business: Business, code: str) -> str:
    """The short link's whole address, on the business's own host name."""
    base = urlsplit(settings().base_url)
    port = f":{base.port}" if base.port else ""
    origin = f"{base.scheme}://{business.hostname}{port}" if business.hostname else settings().base_url
    return f"{origin}/i/{code}"


def suggested() -> str:
    """A text to begin with, in the reader's language."""
    return _("Hi {first_name}! Time for help at home again? Book with {firm}: {link} Reply STOP to get no more.")
