"""The mails about accounts. What opens something stands in them as a marker: a stored mail opens nothing."""

import base64
import hashlib
import hmac
from urllib.parse import urlsplit, urlunsplit

from app.identity.models import User
from app.kernel.businesses import get_business
from app.kernel.config import settings
from app.kernel.tenancy import current_business_id
from app.messaging import links
from app.messaging.emails import queue_email

RESET_MINUTES = 30
RESET_LINK = "password_reset"
SIGN_IN_MINUTES = 20
SIGN_IN_LINK = "sign_in"
#: A link of one purpose never opens what another one does.
_PURPOSES = {RESET_LINK: b"kontor password reset", SIGN_IN_LINK: b"kontor sign-in link"}


def send_reset(user: User, key: str) -> None:
    """Mail the link of that reset to its user."""
    facts = {"link": links.marker(RESET_LINK, key), "minutes": RESET_MINUTES}
    queue_email("password_reset", to_address=user.email, to_name=user.name, language=user.language, facts=facts)


def send_sign_in(key: str, *, to: str, name: str, language: str) -> None:
    """Mail that link by which its reader signs in, greeted by first name where it looks like one.

    The name may be what a stranger typed into a form: it must not travel as a message of its own.
    """
    facts = {"link": links.marker(SIGN_IN_LINK, key), "minutes": SIGN_IN_MINUTES}
    queue_email("sign_in", to_address=to, to_name=_first_name(name), language=language, facts=facts)


def warn_unused(user: User, *, days: int) -> None:
    """Tell a customer that the account ends by then, unless somebody signs in."""
    facts = {"link": own_address("/login/link"), "days": days}
    name = _first_name(user.name)
    queue_email("account_unused", to_address=user.email, to_name=name, language=user.language, facts=facts)


def say_that_it_exists(user: User) -> None:
    """Tell the owner of an address that somebody wanted to open an account with it."""
    facts = {"link": own_address("/login"), "forgot": own_address("/password/forgot")}
    queue_email("account_exists", to_address=user.email, to_name=user.name, language=user.language, facts=facts)


def welcome(user: User, *, has_password: bool) -> None:
    """Tell somebody that a business let them in, and how to get a password; the link itself opens nothing."""
    facts = {"link": own_address("/login" if has_password else "/password/forgot"), "has_password": has_password}
    queue_email("account_created", to_address=user.email, to_name=user.name, language=user.language, facts=facts)


def reset_token(key: str) -> str:
    """What the link of that reset bears."""
    return _token(RESET_LINK, key)


def sign_in_token(key: str) -> str:
    """What that link to sign in bears."""
    return _token(SIGN_IN_LINK, key)


def _first_name(name: str) -> str:
    first = (name.split() or [""])[0]
    return first if first.replace("-", "").isalpha() and len(first) < 40 else ""


def _token(purpose: str, key: str) -> str:
    """The secret part of a link; worked out again whenever the mail leaves, and kept nowhere."""
    secret = hmac.digest(settings().secret_key.encode(), _PURPOSES[purpose], hashlib.sha256)
    mark = hmac.digest(secret, key.encode("ascii"), hashlib.sha256)[:24]
    return f"{key}{base64.urlsafe_b64encode(mark).decode('ascii')}"


def own_address(path: str) -> str:
    """A page of ours, on the host name of the business in scope where it has one."""
    main = urlsplit(settings().base_url)
    own = get_business(current_business_id()).hostname
    port = f":{main.port}" if main.port else ""
    return urlunsplit((main.scheme, f"{own}{port}" if own else main.netloc, f"{main.path}{path}", "", ""))


def set_up(_app: object) -> None:
    """Let the mails be filled with their links."""
    links.fill_with(RESET_LINK, lambda key: own_address(f"/password/reset/{reset_token(key)}"))
    links.fill_with(SIGN_IN_LINK, lambda key: own_address(f"/login/link/{sign_in_token(key)}"))
