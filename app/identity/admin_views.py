"""The people of the business: let in, change roles, keep out. Each change asks for a fresh password."""

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.identity import members
from app.identity.again import asked_again
from app.identity.forms import ROLES, MemberForm, roles_to_give
from app.identity.models import Membership, User
from app.identity.queries import members as members_of_business
from app.kernel.access import Can, Role
from app.kernel.errors import Conflict, Invalid
from app.web.doors import current_business, needs
from app.web.nav import Entry, add_entry
from app.web.pages import go, one_or_404, page_number, paged, render, toast
from app.web.security import checks_its_form

bp = Blueprint("users", __name__, url_prefix="/admin/users")
_KINDS = {"": _l("Everybody"), "staff": _l("Staff"), "customers": _l("Customers")}

add_entry(Entry("system", _l("Users"), "users.index", "user-cog", Can.MANAGE_USERS))


@bp.get("")
@needs(Can.MANAGE_USERS)
def index() -> Response:
    """Everybody in the business, with search."""
    kind, q = request.args.get("kind", ""), request.args.get("q", "")[:100]
    kind = kind if kind in _KINDS or kind in set(Role) else ""
    rows = paged(members_of_business(q, kind), page=page_number())
    return render("identity/users.html", "identity/_users.html", rows=rows, q=q, kind=kind, kinds=_KINDS, roles=ROLES)


@bp.route("/new", methods=["GET", "POST"])
@needs(Can.MANAGE_USERS)
@checks_its_form
def new() -> Response:
    """The form to let somebody in, and the letting in."""
    form = MemberForm()
    form.role.choices = roles_to_give(current_user.role)
    if request.method != "POST":
        return render("identity/user_new.html", form=form)
    order = form.checked()
    if order is None:
        return render("identity/user_new.html", status=422, form=form)
    if (asked := asked_again()) is not None:
        return asked
    try:
        member = members.let_in(order, language=current_business().language)
    except Invalid as refusal:
        form.blame(refusal)
        return render("identity/user_new.html", status=422, form=form)
    except Conflict as refusal:
        form.blame(Invalid([("email", refusal.detail)]))
        return render("identity/user_new.html", status=422, form=form)
    toast(_("%(name)s is in, and has a mail that says how to sign in.", name=member.shown_name))
    return go(url_for(".show", public_id=member.user.public_id))


@bp.get("/<public_id>")
@needs(Can.MANAGE_USERS)
def show(public_id: str) -> Response:
    """One person, with what may be changed."""
    member = _member(public_id)
    is_above = member.role == Role.PLATFORM and current_user.role != Role.PLATFORM
    return render(
        "identity/user.html",
        member=member,
        role_pairs=[(choice.value, choice.label) for choice in roles_to_give(current_user.role)],
        may_change=member.user_id != current_user.user_id and not is_above,
    )


@bp.post("/<public_id>/role")
@needs(Can.MANAGE_USERS)
def change_role(public_id: str) -> Response:
    """Give a person another role; it counts at once."""
    member_id = _member(public_id).id
    wanted = request.form.get("role", "")
    if wanted not in set(Role):
        raise Invalid([("role", _("This is not one of the choices."))])
    if (asked := asked_again()) is not None:
        return asked
    member = members.change_role(member_id, Role(wanted))
    role = ROLES[Role(member.role)]
    toast(_("%(name)s has the role “%(role)s” from now on.", name=member.shown_name, role=role))
    return go(url_for(".show", public_id=public_id))


@bp.post("/<public_id>/disable")
@needs(Can.MANAGE_USERS)
def disable(public_id: str) -> Response:
    """Keep a person out from now on."""
    member_id = _member(public_id).id
    if (asked := asked_again()) is not None:
        return asked
    member = members.disable(member_id)
    toast(_("%(name)s can no longer sign in here.", name=member.shown_name))
    return go(url_for(".show", public_id=public_id))


@bp.post("/<public_id>/enable")
@needs(Can.MANAGE_USERS)
def enable(public_id: str) -> Response:
    """Let a person in again."""
    member_id = _member(public_id).id
    if (asked := asked_again()) is not None:
        return asked
    member = members.enable(member_id)
    toast(_("%(name)s can sign in again.", name=member.shown_name))
    return go(url_for(".show", public_id=public_id))


def _member(public_id: str) -> Membership:
    return one_or_404(members_of_business().where(User.public_id == public_id))
