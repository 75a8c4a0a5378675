"""Questions about the request at hand."""

from flask import g, request

MACHINE_PATHS = ("/api/", "/webhooks/")
#: Pictures of pages: only read, and by whoever is signed in there.
OF_PAGES = "/api/files/"


def is_api() -> bool:
    """Whether a program is asking (JSON answers, no cookies)."""
    return request.path.startswith(MACHINE_PATHS)


def knows_cookies() -> bool:
    """Whether a browser's session counts here: not where programs ask, but for the pictures of its pages."""
    return not is_api() or request.path.startswith(OF_PAGES)


def is_htmx() -> bool:
    """Whether htmx asks for a part of a page; asking for a page again from history wants all of it."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Request-Type") != "full"
    )


def is_for_somebody() -> bool:
    """Whether the answer was made for somebody signed in.

    Where nobody asked for the reader there is nothing of theirs in it, and asking now may find the database away.
    """
    reader = g.get("_login_user")  # Flask-Login's own place
    return reader is not None and bool(reader.is_authenticated)


def known_reader() -> str | None:
    """Whom the page is made for: their id, empty for a visitor; None where nobody could ask, as on some error pages."""
    reader = g.get("_login_user")
    if reader is None:
        return None
    return str(reader.user_id) if reader.is_authenticated else ""


def client_address() -> str:
    """The caller's address, as far as the trusted proxies are believed; never longer than an address can be."""
    return (request.remote_addr or "unknown")[:64]
