"""The password once more, before something that a borrowed browser should not do."""

from flask import Response, request
from flask_babel import gettext as _
from flask_login import current_user

from app.identity import accounts, sessions
from app.kernel.errors import Forbidden, Invalid
from app.web.pages import render
from app.web.requests import client_address, is_htmx

FIELD = "password_again"
_NOT_KEPT = ("csrf_token", FIELD)


def asked_again() -> Response | None:
    """None when the password was typed within ten minutes, or came along rightly; else the page that asks for it.

    That page holds what was sent and sends it again, so nothing typed is lost. A view calls this after its own checks:

        if (asked := asked_again()) is not None:
            return asked
    """
    if current_user.session_id is None or is_htmx():
        raise Forbidden(_("Sign in with your password in the browser to do this."))
    if current_user.is_fresh:
        return None
    given, fault = request.form.get(FIELD, ""), ""
    if given:
        try:
            accounts.prove_again(current_user.user_id, given, address=client_address())
            sessions.note_password(current_user.session_id)
            return None
        except Invalid as refusal:
            fault = str(refusal.errors[0][1])
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _NOT_KEPT]
    return render("identity/again.html", status=422 if fault else 403, fault=fault, kept=kept, target=request.full_path)
