"""The page of one's own account, with whichever of its forms has something to say."""

from flask import Response, request
from flask_login import current_user

from app.identity.forms import DetailsForm, PasswordForm
from app.identity.models import User
from app.identity.queries import sessions_of, standings, tokens_of
from app.kernel import clock
from app.kernel.access import Role
from app.kernel.db import db
from app.web.pages import render

_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari", "curl")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
_NAMES = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "macOS"}


def account_page(
    details: DetailsForm | None = None, password: PasswordForm | None = None, *, status: int = 200
) -> Response:
    """The whole page; a form that was refused is shown as it was typed."""
    user = db.session.get_one(User, current_user.user_id)
    now = clock.now()
    return render(
        "identity/account.html",
        status=status,
        user=user,
        details=details or DetailsForm(formdata=None, obj=user),
        password=password or PasswordForm(formdata=None),
        sessions=[row for row in sessions_of(user.id) if row.membership_id is not None],
        tokens=tokens_of(user.id, at=now),
        may_switch=current_user.memberships > 1 or current_user.role == Role.PLATFORM,
        place=next((place for place in standings(user.id) if place.business_id == current_user.business_id), None),
        browser_of=browser_of,
        asked=request.method != "GET",
    )


def browser_of(agent: str) -> str:
    """What a browser calls itself, in two words (`Firefox, Windows`); empty when it says nothing known."""
    found = [next((name for name in names if name in agent), "") for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(_NAMES.get(name, name) for name in found if name)
