"""Signing in by a mailed link: asked for on one page, pressed on another. Opening the link changes nothing."""

from flask import Blueprint, Response, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from app.identity import second, sessions, sign_in_links
from app.identity.forms import LinkForm
from app.identity.steady import steady
from app.identity.views import as_typed, kept_nowhere, let_in, page_wanted
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.businesses import get_business
from app.kernel.errors import Gone
from app.web.doors import needs, public
from app.web.limits import per_login
from app.web.pages import go, render, toast
from app.web.security import checks_its_form

bp = Blueprint("link", __name__)


@bp.get("/login/link")
@public
def ask() -> Response:
    """The page where a link is asked for."""
    return render("identity/link_ask.html", form=LinkForm(), next=page_wanted(), asked=False)


@bp.post("/login/link")
@per_login
@public
@checks_its_form
def send() -> Response:
    """Mail it; the answer is the same, and as quick, for an address that nobody has."""
    form, back = LinkForm(), page_wanted()
    order = form.checked()
    if order is None:
        return as_typed(form, "link_ask", asked=False, next=back)
    with steady():
        sign_in_links.ask(order.email, back=back)
    return go(url_for(".sent"))


@bp.get("/login/link/done")
@public
def sent() -> Response:
    """What happens after a link was asked for."""
    return render("identity/link_ask.html", form=LinkForm(), next="/", asked=True)


@bp.post("/account/link")
@per_login
@needs(Can.HAVE_ACCOUNT)
def send_own() -> Response:
    """Mail one to whoever is signed in: it proves the address, and stands in for the password."""
    back = page_wanted()
    if sign_in_links.ask(current_user.email, back=back):
        toast(_("A mail is on its way to %(mail)s. Press the button behind its link.", mail=current_user.email))
    else:
        toast(_("We have mailed you several links already. Look for the latest, or wait twenty minutes."), "warn")
    return go(back)


@bp.get("/login/link/<token>")
@public
def show(token: str) -> Response:
    """The page behind the link."""
    link = sign_in_links.opened(token)
    firm = get_business(link.business_id)
    return kept_nowhere(render("identity/link.html", token=token, mail=_shortened(link.email), firm_name=firm.name))


@bp.post("/login/link/<token>")
@per_login
@public
def press(token: str) -> Response:
    """Its button: sign in, or go on to the second step."""
    present = (current_user.user_id, current_user.session_id) if current_user.is_authenticated else (None, None)
    entered = sign_in_links.use(token, signed_in=present[0])
    if present[1] is not None:
        sessions.end(present[1])
    if entered.has_lost_password:
        toast(_("From now on this address is known to be yours, so the password from before counts no longer."))
    if second.is_on(entered.user):
        session["second_for"] = [entered.user.id, clock.now().timestamp()]
        return kept_nowhere(go(url_for("second.ask", next=entered.back)))
    return kept_nowhere(let_in(entered.user, entered.back, at=entered.standing))


@bp.errorhandler(Gone)
def over(error: Gone) -> Response:
    """A link that opens nothing any more says so, where a new one is asked for."""
    return render("identity/link_ask.html", status=410, form=LinkForm(formdata=None), next="/", over=str(error.detail))


def _shortened(email: str) -> str:
    """Enough of the address to know one's own: `an…@gmail.com`."""
    name, at, host = email.rpartition("@")
    return f"{name[:2]}…{at}{host}"
