"""The doors of the house: sign in and out, choose a business, register, a new password, one's account."""

from flask import Blueprint, Response, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from app.identity import accounts, joining, login, passwords, resets, second
from app.identity.account_page import account_page
from app.identity.accounts import WrongCredentials
from app.identity.forms import ForgotForm, LoginForm, RegisterForm, ResetForm
from app.identity.models import User
from app.identity.queries import Standing, standings
from app.identity.steady import steady
from app.kernel import clock
from app.kernel.access import STAFF, Can, Role
from app.kernel.db import db
from app.kernel.errors import Invalid, NotFound
from app.web.doors import needs, own_path, public
from app.web.i18n import choose_language
from app.web.limits import per_login
from app.web.pages import go, render, toast
from app.web.requests import client_address
from app.web.security import checks_its_form

bp = Blueprint("identity", __name__)
HOME = "/"


@bp.route("/login", methods=["GET", "POST"], endpoint="login")
@per_login
@public
@checks_its_form
def sign_in() -> AnyResponse:
    """The page where one signs in, and the signing in."""
    back, form = page_wanted(), LoginForm()
    if request.method != "POST":
        if current_user.is_authenticated:
            return redirect(_onward(back, current_user.role), 303)
        return render("identity/login.html", form=form, next=back)
    order = form.checked()
    if order is None:
        return as_typed(form, "login", next=back)
    try:
        user = accounts.prove(order.email, order.password, address=client_address())
        if second.is_on(user):
            session["second_for"] = [user.id, clock.now().timestamp()]
            return go(url_for("second.ask", next=back))
        return let_in(user, back)
    except WrongCredentials as wrong:
        form.say(str(wrong.detail))
        return as_typed(form, "login", next=back)


@bp.get("/login/choose")
@public
def choose() -> AnyResponse:
    """The page where somebody who belongs to several businesses chooses one."""
    found = login.choosing()
    if found is None:
        return redirect(url_for(".login", next=page_wanted()), 303)
    places = standings(found[1].id)
    return render(
        "identity/choose.html",
        places=places,
        joinable=joining.joinable(places),
        target=url_for(".choose_one"),
        next=page_wanted(),
    )


@bp.post("/login/choose")
@public
def choose_one() -> Response:
    """Go on in the business that was chosen, or as a new customer of the one whose page this is."""
    found = login.choosing()
    if found is None:
        return go(url_for(".login", next=page_wanted()))
    row, user = found
    if request.form.get("join"):
        joining.join(user.id)
    standing = _chosen(standings(user.id))
    login.enter(row.id, user, standing)
    return go(_onward(page_wanted(), standing.role))


@bp.get("/account/switch")
@needs(Can.HAVE_ACCOUNT)
def switch() -> Response:
    """The businesses one may go to."""
    places = standings(current_user.user_id)
    return render("identity/choose.html", places=places, joinable=None, target=url_for(".switch_to"), next=HOME)


@bp.post("/account/switch")
@needs(Can.HAVE_ACCOUNT)
def switch_to() -> Response:
    """Go to another business."""
    standing = _chosen(standings(current_user.user_id))
    login.enter(current_user.session_id, db.session.get_one(User, current_user.user_id), standing)
    return go(_onward(HOME, standing.role))


@bp.post("/logout")
@public
def logout() -> Response:
    """Sign out; whoever is signed out already stays so."""
    login.sign_out(current_user.session_id if current_user.is_authenticated else None)
    toast(_("You are signed out."))
    return go(url_for(".login"))


@bp.route("/register", methods=["GET", "POST"])
@per_login
@public
@checks_its_form
def register() -> AnyResponse:
    """The page where a customer opens an account, and the opening; the answer is the same for a known address."""
    form = RegisterForm()
    if request.method != "POST":
        return render("identity/register.html", form=form)
    order = form.checked()
    if order is None:
        return as_typed(form, "register")
    language = choose_language()
    with steady():
        accounts.register(order, passwords.hashed(order.password), language=language)
    return go(url_for(".registered"))


@bp.post("/register/field")
@public
def register_field() -> Response:
    """One field of the registration, when it was left."""
    return RegisterForm().shown_field()


@bp.get("/register/done")
@public
def registered() -> Response:
    """What happens after registering: the same words whether the address was new or not."""
    return render("identity/registered.html")


@bp.route("/password/forgot", methods=["GET", "POST"])
@per_login
@public
@checks_its_form
def forgot() -> AnyResponse:
    """Ask for a link to choose a new password; the answer is the same for an address that nobody has."""
    form = ForgotForm()
    if request.method != "POST":
        return render("identity/forgot.html", form=form, asked=False)
    order = form.checked()
    if order is None:
        return as_typed(form, "forgot", asked=False)
    with steady():
        resets.ask(order.email)
    return go(url_for(".forgot_done"))


@bp.get("/password/forgot/done")
@public
def forgot_done() -> Response:
    """What happens after a link was asked for."""
    return render("identity/forgot.html", form=ForgotForm(), asked=True)


@bp.route("/password/reset/<token>", methods=["GET", "POST"])
@per_login
@public
@checks_its_form
def reset(token: str) -> AnyResponse:
    """The page behind a mailed link: looking changes nothing, its button takes the new password."""
    form = ResetForm()
    resets.opened(token)
    order = form.checked() if request.method == "POST" else None
    if order is not None:
        try:
            resets.use(token, order.password)
            login.sign_out(current_user.session_id if current_user.is_authenticated else None)
            toast(_("Your new password counts from now on. Sign in with it."))
            return kept_nowhere(go(url_for(".login")))
        except Invalid as refusal:
            form.blame(refusal)
    if request.method == "POST":
        return kept_nowhere(as_typed(form, "reset", token=token))
    return kept_nowhere(render("identity/reset.html", form=form, token=token))


@bp.get("/account")
@needs(Can.HAVE_ACCOUNT)
def account() -> Response:
    """One's own account."""
    return account_page()


def let_in(user: User, back: str, *, at: Standing | None = None) -> Response:
    """Sign in `at` that place or the only one, else let choose; WrongCredentials where there is none."""
    if at is not None:
        login.sign_in(user, at)
        return go(_onward(back, at.role))
    places = standings(user.id)
    if not places:
        raise WrongCredentials()
    if len({place.membership_id for place in places}) == 1 and joining.joinable(places) is None:
        login.sign_in(user, places[0])
        return go(_onward(back, places[0].role))
    login.sign_in(user, None)
    return go(url_for(".choose", next=back))


def _chosen(places: list[Standing]) -> Standing:
    wanted = request.form.get("business", "")
    found = next((place for place in places if place.business_slug == wanted), None)
    if found is None:
        raise NotFound()
    return found


def page_wanted() -> str:
    """The page that was wanted before signing in; never another site's, nor the way in itself."""
    back = own_path(request.values.get("next"))
    return HOME if back.split("?")[0] in ("/login", "/login/link", "/login/choose", "/logout", "/register") else back


def _onward(back: str, role: Role | None) -> str:
    if back != HOME:
        return back
    return "/admin" if role in STAFF else "/driver" if role is Role.DRIVER else HOME


def as_typed(form: object, name: str, **words: object) -> Response:
    """422 with the form as it was typed."""
    return render(f"identity/{name}.html", f"identity/_{name}.html", status=422, form=form, **words)


def kept_nowhere(answer: Response) -> Response:
    """A page whose address opens something is kept nowhere and told to nobody."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
