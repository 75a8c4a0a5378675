"""Every refusal and every failure, answered in the form the caller understands. Nothing inner ever leaves."""

from typing import Any

from apiflask import APIFlask
from flask import Response, current_app, g, json, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.kernel import logs
from app.kernel.db import is_away, is_rivalry
from app.kernel.errors import Refusal
from app.kernel.trace import current_request_id
from app.web.requests import is_api, is_htmx

log = logs.logger(__name__)

TITLES = {
    400: _l("That could not be read"),
    401: _l("Please sign in"),
    403: _l("You may not do that"),
    404: _l("There is nothing here"),
    405: _l("That cannot be done here"),
    409: _l("That is no longer possible"),
    410: _l("That is over"),
    413: _l("That is too large"),
    414: _l("That address is too long"),
    415: _l("That kind of content is not understood"),
    422: _l("Some fields need another look"),
    429: _l("That was too much at once"),
    431: _l("That is too large"),
    500: _l("Something went wrong on our side"),
    503: _l("Back in a moment"),
}


def problem(status: int, title: Any, detail: Any = None, **extra: Any) -> Response:
    """An RFC 9457 answer."""
    body = {"type": "about:blank", "title": str(title), "status": status}
    if detail:
        body["detail"] = str(detail)
    body.update(extra)
    body["requestId"] = current_request_id()
    return Response(json.dumps(body), status, content_type="application/problem+json")


def answer(
    status: int, title: Any, detail: Any = None, headers: dict[str, str] | None = None, **extra: Any
) -> Response:
    """The refusal as problem+json, as a toast, or as a friendly page."""
    if is_api():
        made = problem(status, title, detail, **extra)
    elif is_htmx():
        made = make_response("", status)
        made.headers["HX-Reswap"] = "none"
        g.setdefault("toasts", []).append({"text": str(detail or title), "tone": "bad", "undo": None})
    else:
        made = make_response(_page(status, title, detail), status)
    made.headers.update(headers or {})
    return made


def _page(status: int, title: Any, detail: Any) -> str:
    words = {"status": status, "title": title, "detail": detail, "request_id": current_request_id()}
    if status == 503 or "business" not in g:
        return _barely(words)
    try:
        return render_template("errors/error.html", **words)
    except Exception:  # the page itself needs the database for a name or a count
        log.warning("error page failed", exc_info=True)
        return _barely(words)


def _barely(words: dict[str, Any]) -> str:
    """The page that asks nothing of the database: not who is reading, not whose page it is."""
    _ask_for_nobody()
    return render_template("errors/bare.html", **words)


def _ask_for_nobody() -> None:
    """Take the reader for a stranger: who they are, and which language they chose, stands in the database."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # Flask-Login's own place


def _refused(refusal: Refusal) -> Response:
    extra = dict(refusal.extra)
    if (errors := getattr(refusal, "errors", None)) is not None:
        extra["errors"] = [{"field": field, "message": str(message)} for field, message in errors]
    headers = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="kontor"'
    detail = refusal.detail
    if errors and str(detail) == str(refusal.title):
        detail = "; ".join(f"{field}: {message}" for field, message in errors[:3])
    return answer(refusal.status, refusal.title, detail, headers, **extra)


def _http(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return make_response(error.response)
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    headers = {}
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            headers[name] = value
    if code == 429:
        headers.setdefault("Retry-After", "60")
    detail = _("Please wait a moment and try again.") if code == 429 else None
    return answer(code, TITLES.get(code, error.name), detail, headers)


def _failed(error: Exception) -> Response:
    if is_away(error) or isinstance(error, PoolTimeout):
        log.warning("database away", error=type(error).__name__)
        _ask_for_nobody()
        return answer(503, TITLES[503], _("Nothing is lost. Try again in a few seconds."), {"Retry-After": "5"})
    if is_rivalry(error):
        return answer(503, TITLES[503], _("Many people want the same thing just now. Try again."), {"Retry-After": "1"})
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") == "57014":
        return answer(503, TITLES[503], _("That took too long. Try again."), {"Retry-After": "5"})
    log.exception("request failed", method=request.method, route=str(request.url_rule))
    return answer(500, TITLES[500], _("Nothing was changed. If it happens again, tell us the number below."))


def answered(error: Exception) -> Response:
    """The answer that any error gets, for pages that want to add something to it."""
    if isinstance(error, Refusal):
        return _refused(error)
    return _http(error) if isinstance(error, HTTPException) else _failed(error)


def set_up(app: APIFlask) -> None:
    """Answer all errors of the program."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _failed)
