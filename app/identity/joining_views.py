"""Invitations on pages: the office writes them and takes them back, their readers join by a button."""

from flask import Blueprint, Flask, Response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.identity import invitations
from app.identity.again import asked_again
from app.identity.forms import ROLES, JoinForm, MemberForm, roles_to_give
from app.identity.invitations import LINK, link_of
from app.kernel.access import Can, Role
from app.kernel.errors import Conflict, Invalid
from app.messaging import links
from app.web.doors import current_business, needs, public
from app.web.i18n import choose_language
from app.web.limits import per_login
from app.web.pages import go, render, toast
from app.web.security import checks_its_form

bp = Blueprint("joining", __name__)


@bp.route("/admin/users/invite", methods=["GET", "POST"])
@needs(Can.MANAGE_USERS)
@checks_its_form
def invite() -> Response:
    """The form to invite somebody, and the inviting."""
    form = MemberForm()
    form.role.choices = [choice for choice in roles_to_give(current_user.role) if choice.value != Role.CUSTOMER]
    if request.method != "POST":
        return render("identity/invite.html", form=form)
    order = form.checked()
    if order is None:
        return render("identity/invite.html", status=422, form=form)
    if (asked := asked_again()) is not None:
        return asked
    try:
        invitations.invite(order, language=current_business().language)
    except (Conflict, Invalid) as refusal:
        form.blame(refusal if isinstance(refusal, Invalid) else Invalid([("email", refusal.detail)]))
        return render("identity/invite.html", status=422, form=form)
    toast(_("An invitation is on its way to %(mail)s.", mail=order.email))
    return go(url_for("users.index"))


@bp.post("/admin/users/invitations/<public_id>/withdraw")
@needs(Can.MANAGE_USERS)
def withdraw(public_id: str) -> Response:
    """Take an invitation back."""
    gone = invitations.withdraw(public_id)
    toast(_("The invitation to %(mail)s opens nothing any more.", mail=gone.email))
    return go(url_for("users.index"))


@bp.route("/join/<token>", methods=["GET", "POST"])
@per_login
@public
@checks_its_form
def join(token: str) -> Response:
    """The page behind the mailed link: looking changes nothing, its button joins."""
    invited, known = invitations.opened(token)
    has_password = known is not None and not invitations.needs_password(known)
    form = JoinForm(data={"name": invited.name})
    words = {"token": token, "invited": invited, "has_password": has_password, "role": ROLES[Role(invited.role)]}
    if request.method == "POST":
        try:
            if has_password:
                invitations.accept(token)
            else:
                order = form.checked()
                if order is None:
                    return _quiet(render("identity/join.html", status=422, form=form, **words))
                made = {"name": order.name, "password": order.password, "language": choose_language()}
                invitations.accept(token, **made)
        except Invalid as refusal:
            form.blame(refusal)
            return _quiet(render("identity/join.html", status=422, form=form, **words))
        toast(_("You are in. Sign in with your password."))
        return _quiet(go(url_for("identity.login")))
    return _quiet(render("identity/join.html", form=form, **words))


def set_up(app: Flask) -> None:
    """Let mails be filled with their links, and the page of users show who is invited."""
    links.fill_with(LINK, link_of)
    app.jinja_env.globals["open_invitations"] = invitations.open_invitations


def _quiet(answer: Response) -> Response:
    """A page whose address opens something is kept nowhere and told to nobody."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
