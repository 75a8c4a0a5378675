"""What one may do with one's own account."""

from flask import Blueprint, Response, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from app.identity import accounts, sessions, tokens
from app.identity.account_page import account_page
from app.identity.forms import DetailsForm, PasswordForm
from app.kernel.access import Can
from app.kernel.db import transaction
from app.kernel.errors import Invalid
from app.web.doors import needs
from app.web.limits import per_login
from app.web.pages import go, toast
from app.web.requests import client_address
from app.web.security import checks_its_form

bp = Blueprint("account", __name__, url_prefix="/account")
PAGE = "identity.account"


@bp.post("/details")
@needs(Can.HAVE_ACCOUNT)
@checks_its_form
def details() -> Response:
    """Name, telephone, language."""
    form = DetailsForm()
    order = form.checked()
    if order is None:
        return account_page(details=form, status=422)
    accounts.change_details(current_user.user_id, order)
    session["language"] = order.language
    toast(_("Your details are saved."))
    return go(url_for(PAGE))


@bp.post("/password")
@per_login
@needs(Can.HAVE_ACCOUNT)
@checks_its_form
def password() -> Response:
    """A new password; all other browsers are signed out."""
    form = PasswordForm()
    order = form.checked()
    if order is not None:
        try:
            ended = accounts.change_password(
                current_user.user_id,
                order.present,
                order.password,
                session_id=current_user.session_id,
                address=client_address(),
            )
            words = ngettext("One other browser was signed out.", "%(num)s other browsers were signed out.", ended)
            toast(_("Your new password counts from now on.") + (f" {words}" if ended else ""))
            return go(url_for(PAGE))
        except Invalid as refusal:
            form.blame(refusal)
    return account_page(password=form, status=422)


@bp.post("/sessions/<public_id>/end")
@needs(Can.HAVE_ACCOUNT)
def end_session(public_id: str) -> Response:
    """Sign another browser out."""
    sessions.end_own(public_id, current_user.user_id)
    toast(_("That browser is signed out."))
    return go(url_for(PAGE))


@bp.post("/sessions/end-others")
@needs(Can.HAVE_ACCOUNT)
def end_other_sessions() -> Response:
    """Sign all other browsers out."""
    with transaction():
        ended = sessions.end_all(current_user.user_id, but=current_user.session_id)
    toast(ngettext("One other browser was signed out.", "%(num)s other browsers were signed out.", ended))
    return go(url_for(PAGE))


@bp.post("/tokens/<jti>/revoke")
@needs(Can.HAVE_ACCOUNT)
def revoke_token(jti: str) -> Response:
    """End an API token."""
    tokens.revoke_own(jti, current_user.user_id)
    toast(_("That token opens nothing any more."))
    return go(url_for(PAGE))
