"""The second step on pages: asked after the password, set up and taken off under one's account, demanded of staff."""

import segno
from flask import Blueprint, Flask, Response, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from app.identity import second
from app.identity.again import asked_again
from app.identity.models import User
from app.identity.views import let_in
from app.kernel import clock
from app.kernel.access import STAFF, Can
from app.kernel.db import db
from app.kernel.errors import Forbidden, Invalid
from app.web.doors import current_business, door_of, needs, own_path, public
from app.web.limits import per_login
from app.web.pages import go, render, toast
from app.web.requests import client_address, is_api
from app.web.security import checks_its_form

bp = Blueprint("second", __name__)
PAGE = "identity/second.html"
#: How long a password that was right waits for its code, in seconds.
WAITS = 600
#: What staff reach who still have to set it up, beside public pages.
_OPEN = ("second.", "live.")


@bp.route("/login/second", methods=["GET", "POST"])
@per_login
@public
@checks_its_form
def ask() -> AnyResponse:
    """The page that asks for the code, and the taking of it."""
    user_id = waiting_user()
    if user_id is None:
        return redirect(url_for("identity.login"), 303)
    back, fault = own_path(request.values.get("next")), ""
    if request.method == "POST":
        if second.prove(user_id, request.form.get("code", "")[:40], address=client_address()):
            return let_in(db.session.get_one(User, user_id), back)
        fault = _("This code is not right, or it was used already. Wait for the next one.")
    return render("identity/second_ask.html", status=422 if fault else 200, fault=fault, next=back)


@bp.get("/account/second-step")
@needs(Can.HAVE_ACCOUNT)
def show() -> Response:
    """Whether it is on, and how to set it up."""
    return _page()


@bp.post("/account/second-step/begin")
@needs(Can.HAVE_ACCOUNT)
def begin() -> Response:
    """Draw a key and show its picture."""
    if (asked := asked_again()) is not None:
        return asked
    second.begin(current_user.user_id)
    return go(url_for(".show"))


@bp.post("/account/second-step/confirm")
@per_login
@needs(Can.HAVE_ACCOUNT)
def confirm() -> Response:
    """Turn it on with the first code; the recovery codes are shown this once."""
    try:
        codes = second.confirm(current_user.user_id, request.form.get("code", ""), session_id=current_user.session_id)
    except Invalid as refusal:
        return _page(fault=str(refusal.errors[0][1]), status=422)
    return _quiet(_page(codes=codes))


@bp.post("/account/second-step/codes")
@needs(Can.HAVE_ACCOUNT)
def codes() -> Response:
    """Other recovery codes."""
    if (asked := asked_again()) is not None:
        return asked
    return _quiet(_page(codes=second.new_codes(current_user.user_id)))


@bp.post("/account/second-step/end")
@needs(Can.HAVE_ACCOUNT)
def end() -> Response:
    """Take it off, where the business does not demand it."""
    if _is_demanded():
        raise Forbidden(_("Your firm asks everybody in the office for the second step."))
    if (asked := asked_again()) is not None:
        return asked
    second.end(current_user.user_id)
    toast(_("The second step is off. Your password alone lets you in."))
    return go(url_for(".show"))


def waiting_user() -> int | None:
    """Who has given the right password in this browser and still owes the code."""
    user_id, since = session.get("second_for") or (None, 0)
    is_young = clock.now().timestamp() - WAITS < float(since)
    return int(user_id) if user_id is not None and is_young else None


def set_up(app: Flask) -> None:
    """Let staff of a business that demands it do nothing else before they have set it up."""
    app.before_request(_demand)


def _demand() -> ResponseReturnValue | None:
    endpoint = request.endpoint or ""
    if "business" not in g or not current_user.is_authenticated:
        return None
    if current_user.has_second_step or not _is_demanded():
        return None
    door = door_of(current_app, endpoint) if endpoint else None
    if door is None or door.open or endpoint.startswith(_OPEN):
        return None
    if is_api():
        raise Forbidden(_("Your firm asks everybody in the office for the second step."))
    return go(url_for("second.show"))


def _is_demanded() -> bool:
    return current_user.role in STAFF and current_business().demands_second_step


def _page(*, codes: list[str] | None = None, fault: str = "", status: int = 200) -> Response:
    user = db.session.get_one(User, current_user.user_id)
    picture = secret = ""
    if user.second_key and not second.is_on(user):
        found = second.secret_of(user)
        secret = " ".join(found[at : at + 4] for at in range(0, len(found), 4))
        made = segno.make(second.address_of(user, current_business().name), error="m")
        picture = made.svg_inline(
            border=2, dark="#000", light="#fff", omitsize=True, svgclass="size-52", lineclass=None
        )
    answer = render(
        PAGE,
        status=status,
        is_on=second.is_on(user),
        is_demanded=_is_demanded(),
        secret=secret,
        picture=Markup(picture),  # our own drawing of our own words
        codes=codes,
        left=second.codes_left(user.id),
        fault=fault,
    )
    return _quiet(answer)


def _quiet(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
