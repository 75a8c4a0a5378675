"""Questions about the request at hand."""

from flask import request

MACHINE_PATHS = ("/api/", "/webhooks/")


def is_api() -> bool:
    """Whether a program is asking (JSON answers, no cookies)."""
    return request.path.startswith(MACHINE_PATHS)


def is_htmx() -> bool:
    """Whether htmx asks for a part of a page; asking for a page again from history wants all of it."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-History-Restore-Request") != "true"
        and headers.get("HX-Request-Type") != "full"
    )


def client_address() -> str:
    """The caller's address, as far as the trusted proxies are believed; never longer than an address can be."""
    return (request.remote_addr or "unknown")[:64]
