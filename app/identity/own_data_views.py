"""The page of one's own data: what is held, a copy of it, and the end of it."""

import json

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.customers import erasure
from app.identity import login, own_data
from app.identity.again import asked_again
from app.identity.models import User
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Conflict
from app.web.doors import current_business, needs
from app.web.pages import go, render

bp = Blueprint("own_data", __name__, url_prefix="/account/data")
PAGE = "identity/own_data.html"


@bp.get("")
@needs(Can.READ_OWN_BOOKINGS)
def show() -> Response:
    """What is held, what would be erased and what stays; before the address is proved, how to prove it."""
    return _page()


@bp.post("")
@needs(Can.READ_OWN_BOOKINGS)
def take_along() -> Response:
    """Everything that is held, as JSON or as a page to read."""
    user = _user()
    held = own_data.held_about(user)
    if (asked := asked_again()) is not None:
        return asked
    own_data.note_export(user)
    if request.form.get("as") == "html":
        page = render_template(
            "office/customers/data.html", customer=user, held=held, titles=erasure.titles(), at=clock.now()
        )
        return _file(page, "text/html", "my-data.html")
    told = json.dumps(erasure.as_told(user.public_id, held), ensure_ascii=False, indent=2)
    return _file(told, "application/json", "my-data.json")


@bp.post("/erase")
@needs(Can.READ_OWN_BOOKINGS)
def erase() -> Response:
    """Erase the person, and sign out."""
    user_id = current_user.user_id
    if request.form.get("sure") != "yes":
        return _page(status=422, fault=_("Tick the box first: this cannot be taken back."))
    if (asked := asked_again()) is not None:
        return asked
    try:
        own_data.erase(user_id)
    except Conflict:
        return _page(status=409)
    login.sign_out(None)
    flash(_("You are erased here, and signed out. What the books need stays, without your name."), "ok")
    return go(url_for("portal.home"))


def _user() -> User:
    return db.session.get_one(User, current_user.user_id)


def _file(content: str, kind: str, name: str) -> Response:
    answer = make_response(content)
    answer.content_type = f"{kind}; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(*, status: int = 200, fault: str = "") -> Response:
    user = _user()
    is_proved = user.email_proved_at is not None
    held = own_data.held_about(user) if is_proved else {}
    return render(
        PAGE,
        status=status,
        is_proved=is_proved,
        counts=[(title, len(held[name])) for name, title in erasure.titles().items() if held.get(name)],
        is_in_the_way=is_proved and bool(own_data.objections(user)),
        years=erasure.years_kept(current_business().country),
        fault=fault,
    )
