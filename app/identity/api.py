"""The API's accounts: register, log in, log out."""

import hashlib
import hmac

from apiflask import APIBlueprint
from flask import Response, jsonify, request
from flask_babel import gettext as _
from flask_login import current_user

from app.identity import accounts, passwords, second, sessions, tokens
from app.identity.accounts import WrongCredentials
from app.identity.models import User
from app.identity.orders import LoginOrder, RegisterOrder
from app.identity.queries import Standing, standings
from app.identity.steady import steady
from app.kernel.access import Can, Role
from app.kernel.config import settings
from app.kernel.db import transaction
from app.kernel.errors import Forbidden, Unauthenticated
from app.kernel.tenancy import within
from app.web.doors import current_business, needs, public
from app.web.i18n import choose_language
from app.web.idempotency import answer_once
from app.web.limits import per_api, per_login
from app.web.requests import client_address
from app.web.schemas import Shown

bp = APIBlueprint("accounts_api", __name__, url_prefix="/api/v1/auth", tag="Accounts")


class ShownUser(Shown):
    """A user as the API shows one."""

    id: str
    name: str
    email: str
    role: str


class Session(Shown):
    """A token with whom it is for."""

    token: str
    user: ShownUser


@bp.post("/register")
@per_login
@public
@bp.input(RegisterOrder, arg_name="order")
@bp.output(Session, status_code=201)
@bp.doc(summary="Open a customer's account", responses=[422, 429])
def register(order: RegisterOrder) -> Response:
    """Answers the same for a known address; its token then opens nothing, and a mail tells the owner."""
    language = choose_language()
    with steady():
        kept = passwords.hashed(order.password)
        key = request.headers.get("Idempotency-Key")
        # The kept answer holds claims, not the token, and the body's hash is keyed: the row gives no secret away.
        made = (
            _registered(order, kept, language)
            if key is None
            else answer_once(key, _body_hash(), lambda: _registered(order, kept, language))
        )
    return _with_token(made)


@bp.post("/login")
@per_login
@public
@bp.input(LoginOrder, arg_name="order")
@bp.output(Session)
@bp.doc(summary="Get a token", responses=[401, 422, 429])
def log_in(order: LoginOrder) -> Response:
    """The same answer, text and time for an unknown address and for a wrong password."""
    user = accounts.prove(order.email, order.password, address=client_address())
    if second.is_on(user) and not second.prove(user.id, order.code, address=client_address()):
        raise Unauthenticated(_("The code of your second step is missing or wrong."), needs="code")
    place = _place(standings(user.id), order.business)
    with within(place.business_id), transaction():
        claims = tokens.issue(user, place.role)
        sessions.note_seen(user.id)
    return _answer(claims, user, place.role, 200)


@bp.post("/logout")
@per_api
@needs(Can.HAVE_ACCOUNT)
@bp.output({}, status_code=204)
@bp.doc(summary="Revoke the token", responses=[401])
def log_out() -> Response:
    """The token that was sent opens nothing any more."""
    if current_user.token_id is None:
        raise Forbidden()
    tokens.revoke(current_user.token_id)
    return Response(status=204)


def _registered(order: RegisterOrder, kept: str, language: str) -> Response:
    with transaction():
        user = accounts.register(order, kept, language=language)
        if user is not None:
            return _answer(tokens.issue(user, Role.CUSTOMER), user, Role.CUSTOMER, 201, signed=False)
    claims = tokens.opens_nothing()
    nobody = User(public_id=claims["sub"], name=order.name, email=order.email)
    return _answer(claims, nobody, Role.CUSTOMER, 201, signed=False)


def _place(places: list[Standing], wanted: str) -> Standing:
    """Where the token is for: the business that was named, else this host's, else the oldest membership's."""
    named = [place for place in places if place.business_slug == wanted] if wanted else places
    here = [place for place in named if place.business_id == current_business().id]
    found = (here or named)[:1]
    if not found:
        raise WrongCredentials()
    return found[0]


def _answer(claims: dict[str, object], user: User, role: Role, status: int, *, signed: bool = True) -> Response:
    shown = {"id": user.public_id, "name": user.name, "email": user.email, "role": role.value}
    body: dict[str, object] = {"user": shown}
    body.update({"token": tokens.signed(claims)} if signed else {"claims": claims})
    answer = jsonify(body)
    answer.status_code = status
    return answer


def _with_token(made: Response) -> Response:
    body = made.get_json()
    body["token"] = tokens.signed(body.pop("claims"))
    answer = jsonify(body)
    answer.status_code = made.status_code
    if "Idempotent-Replayed" in made.headers:
        answer.headers["Idempotent-Replayed"] = made.headers["Idempotent-Replayed"]
    return answer


def _body_hash() -> bytes:
    return hmac.digest(settings().secret_key.encode(), request.get_data(cache=True), hashlib.sha256)
