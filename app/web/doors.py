"""Who may come in: every route says so, one table decides, one place asks.

A route is `@public` or `@needs(Can.…)`; one that says nothing stops the start-up (`check_doors`). Before each request
`enter` finds the business (the signed-in user's, else the one whose host name was called) and who is at work.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.kernel import audit
from app.kernel.access import Actor, Can, acting_as, may
from app.kernel.businesses import Business, business_of_host, get_business
from app.kernel.db import transaction
from app.kernel.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from app.kernel.ids import public_id
from app.kernel.tenancy import across_businesses, within
from app.kernel.trace import current_request_id
from app.web.requests import client_address, is_api, is_htmx

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Door:
    """What a route asks of who comes: nothing (`needs` is empty and `open`), or one of some rights."""

    open: bool
    needs: tuple[Can, ...] = ()


def public(view: View) -> View:
    """Anybody may call this."""
    view.door = Door(open=True)  # type: ignore[attr-defined]  # read back by door_of
    return view


def needs(*rights: Can) -> Callable[[View], View]:
    """Only roles with one of these rights may call this."""

    def mark(view: View) -> View:
        view.door = Door(open=False, needs=rights)  # type: ignore[attr-defined]  # read back by door_of
        return view

    return mark


def door_of(app: Flask, endpoint: str) -> Door | None:
    """The door of a route, or None where nobody thought of it."""
    view = app.view_functions[endpoint]
    return getattr(view, "door", None) or getattr(getattr(view, "view_class", None), "door", None)


def check_doors(app: Flask) -> None:
    """Stop the start-up when a route does not say who may use it."""
    silent = sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and door_of(app, rule.endpoint) is None
    )
    if silent:
        raise RuntimeError(f"these routes do not say who may use them: {', '.join(silent)}")


def can(right: Can) -> bool:
    """Whether whoever is asking may do that."""
    return bool(current_user.is_authenticated) and may(current_user.role, right)


def current_business() -> Business:
    """The business this request belongs to."""
    found: Business = g.business
    return found


def caller() -> str:
    """Who is asking, for holds and idempotency keys: the user, else the visitor's cookie, else the address."""
    if current_user.is_authenticated:
        return f"user:{current_user.user_id}"
    if visitor := session.get("visitor"):
        return f"visitor:{visitor}"
    return f"address:{client_address()}"


def callers() -> set[str]:
    """All that whoever is asking is known by: the caller, and the visitor's cookie from before signing in."""
    return {caller()} | ({f"visitor:{session['visitor']}"} if session.get("visitor") else set())


def greet_visitor() -> None:
    """Give an anonymous browser its signed cookie; called by pages that must know it again."""
    if "visitor" not in session:
        session["visitor"] = public_id()
        session.permanent = True


def enter() -> ResponseReturnValue | None:
    """Find business and actor, then ask the door. Runs before every request."""
    if request.endpoint in ("static", "web.healthz", "web.readyz"):
        return None
    stack = ExitStack()
    g.scope = stack
    with across_businesses():
        business = business_of_host(request.host)
        signed_in = bool(current_user.is_authenticated)
        if signed_in and business is not None and current_user.business_id != business.id:
            business = get_business(current_user.business_id)
    if business is None:
        raise Unavailable("No business has been set up yet. Run: kontor seed")
    g.business = business
    stack.enter_context(within(business.id))
    stack.enter_context(acting_as(_actor()))
    return _ask_door(signed_in)


def leave(_: BaseException | None) -> None:
    """Undo what `enter` set up."""
    stack = g.pop("scope", None)
    if stack is not None:
        stack.close()


def _actor() -> Actor:
    if current_user.is_authenticated:
        return Actor("user", current_user.user_id, current_user.role, current_user.name, client_address())
    return Actor("visitor", address=client_address())


def _ask_door(signed_in: bool) -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # the router's own 404 or 405 comes later
    door = door_of(current_app, request.endpoint)
    if door is None:
        raise NotFound()
    if door.open:
        return None
    if not signed_in:
        # A stream that is led to the log-in page would take it for an empty stream and ask again for ever.
        if is_api() or request.accept_mimetypes.best == "text/event-stream":
            raise Unauthenticated()
        return _to_login()
    if not any(may(current_user.role, right) for right in door.needs):
        with transaction():
            audit.record(
                "access.refused", f"{request.method} {request.url_rule}", after={"request": current_request_id()}
            )
        raise Forbidden()
    return None


def _to_login() -> ResponseReturnValue:
    back = request.full_path.rstrip("?") if request.method == "GET" and not is_htmx() else own_path(request.referrer)
    target = url_for("identity.login", next=back)
    if is_htmx():
        return "", 401, {"HX-Redirect": target}
    return redirect(target, 303)


def own_path(target: str | None) -> str:
    """`target` when it is a path of ours, else `/`: one leading slash, no backslash, no host."""
    if not target:
        return "/"
    if target.startswith(("http://", "https://")):
        parts = urlsplit(target)
        if parts.netloc != request.host:
            return "/"
        target = parts.path + (f"?{parts.query}" if parts.query else "")
    clean = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if clean else "/"
