"""What a browser is told to refuse, and which requests are refused before anything is done."""

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect

from app.kernel.config import settings
from app.kernel.errors import Forbidden, Malformed
from app.kernel.trace import current_request_id
from app.web.pages import put_triggers
from app.web.requests import is_api, is_for_somebody

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "manifest-src 'self'; frame-src 'self'"
)
#: For the body of a mail, shown in a frame of its own: its styles may run, nothing else.
FRAMED = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox allow-popups "
    "allow-popups-to-escape-sandbox; frame-ancestors 'self'"
)
MOST_QUERY_KEYS = 100
LARGEST_WITH_PICTURES = 50_000_000
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")

csrf = CSRFProtect()


def framed(answer: Response) -> Response:
    """Mark an answer as a mail's body: shown in our frame under a policy of its own."""
    answer.headers["Content-Security-Policy"] = FRAMED
    return answer


def refuse_the_odd() -> None:
    """Refuse requests that no client of ours sends: too many query keys, unsafe ones from other sites, stale forms."""
    if len(request.args) > MOST_QUERY_KEYS:
        raise Malformed(_("The address has too many parts."))
    if "\x00" in request.full_path or any("\x00" in value for value in request.args.values()):
        raise Malformed(_("The address holds a character that cannot be stored."))
    if request.method not in UNSAFE or is_api() or request.endpoint is None:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin != "null" and urlsplit(origin).netloc not in (request.host, "")
    if site not in ("same-origin", "none") or foreign:
        raise Forbidden(_("This came from another website."))
    view = current_app.view_functions[request.endpoint]
    request.max_content_length = getattr(view, "largest_body", request.max_content_length)
    if not getattr(view, "checks_its_form", False):
        csrf.protect()
        if any("\x00" in value for values in request.form.listvalues() for value in values):
            raise Malformed(_("The form holds a character that cannot be stored."))


def dress(answer: Response) -> Response:
    """Put the headers that every answer bears."""
    headers = answer.headers
    headers["X-Request-Id"] = current_request_id()
    headers.setdefault("Content-Security-Policy", CSP)
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if settings().is_production:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        for name in ("HX-Request", "Accept-Language", "Cookie"):
            answer.vary.add(name)
        if is_for_somebody():
            headers["Cache-Control"] = "no-store"
        else:
            headers.setdefault("Cache-Control", "no-cache, private")
    return put_triggers(answer)


def set_up(app: Flask) -> None:
    """Cookies, CSRF and headers."""
    secure = settings().is_production
    app.config.update(
        SESSION_COOKIE_NAME="__Host-kontor" if secure else "kontor",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=30 * 24 * 3600,
        # A cookie that changed with every answer would keep Back from finding the page it had (Vary: Cookie).
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=1_000_000,
        MAX_FORM_PARTS=200,
    )
    csrf.init_app(app)
    app.after_request(dress)


def checks_its_form(view):  # type: ignore[no-untyped-def]  # keeps the view's own type
    """Mark a view whose FlaskForm checks the token itself, so that a stale one gives the form back as typed."""
    view.checks_its_form = True
    return view


def takes_pictures(view):  # type: ignore[no-untyped-def]  # keeps the view's own type
    """Mark a view that is sent pictures: fifty megabytes are read there, where others read one."""
    view.largest_body = LARGEST_WITH_PICTURES
    return view


__all__ = [
    "CSP", "FRAMED", "CSRFError", "checks_its_form", "csrf", "dress", "framed", "refuse_the_odd", "set_up",
    "takes_pictures",
]  # fmt: skip
