"""Who is asking: the browser's session on pages, the bearer's token on the API, each checked in the database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Flask, Request, current_app, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, login_user, logout_user

from app.identity import sessions, tokens
from app.identity.models import BrowserSession, Membership, User
from app.identity.queries import Standing, session_by_secret
from app.kernel import audit, clock
from app.kernel.access import Actor, Role, acting_as
from app.kernel.db import db, in_transaction, transaction
from app.kernel.tenancy import within
from app.web.requests import client_address, knows_cookies

#: How often it is noted that a session is in use.
NOTED_EVERY = timedelta(minutes=1)
#: For how long a password that was typed counts where it is asked for again.
FRESH = timedelta(minutes=10)
_KEPT = ("theme", "visitor")


@dataclass(frozen=True, eq=False)
class SignedIn(UserMixin):
    """The user of this request, as flask-login's `current_user`: plain values, good for one request."""

    user_id: int
    public_id: str
    name: str
    email: str
    language: str
    role: Role
    business_id: int
    via: str
    session_id: int | None = None
    token_id: int | None = None
    #: In how many businesses the user is somebody.
    memberships: int = 1
    password_checked_at: datetime | None = None
    #: Whether a code is asked for after the password.
    has_second_step: bool = False
    secret: str = field(default="", repr=False)

    def get_id(self) -> str:
        """What the browser's cookie holds: the secret of its session."""
        return self.secret

    @property
    def is_fresh(self) -> bool:
        """Whether the password was typed within the last ten minutes."""
        return self.password_checked_at is not None and clock.now() < self.password_checked_at + FRESH


class Visitor(AnonymousUserMixin):
    """Nobody signed in."""

    role: Role | None = None
    memberships = 0


def sign_in(user: User, standing: Standing | None) -> None:
    """Sign this browser in under a new session; without a standing it still has to choose one."""
    agent = request.headers.get("User-Agent", "")
    with transaction():
        secret = sessions.begin(user.id, standing, address=client_address(), agent=agent)
        if standing is not None:
            _record("login", user, standing)
    _carry(secret)


def enter(session_id: int, user: User, standing: Standing) -> None:
    """Go on in that business and role, under a new secret."""
    with transaction():
        secret = sessions.move(session_id, standing)
        _record("login.entered", user, standing)
    _carry(secret)


def sign_out(session_id: int | None) -> None:
    """End this browser's session."""
    if session_id is not None:
        with transaction():
            sessions.end(session_id)
            audit.record("logout")
    logout_user()
    _start_afresh(("theme",))


def choosing() -> tuple[BrowserSession, User] | None:
    """This browser's session and its user, when they have signed in and have yet to choose a business."""
    row = session_by_secret(str(session.get("_user_id", "")))
    waits = row is not None and row[0].membership_id is None and row[0].is_live(clock.now(), None)
    return row[:2] if row is not None and waits else None


def set_up(app: Flask) -> None:
    """Connect flask-login."""
    manager = LoginManager()
    manager.session_protection = None
    manager.anonymous_user = Visitor
    manager.user_loader(_by_session)
    manager.request_loader(_by_token)
    # flask-login looks for this cookie before it asks for a token; nobody is remembered by it here.
    app.config["REMEMBER_COOKIE_NAME"] = "kontor-not-remembered"
    manager.init_app(app, add_context_processor=False)


def _record(action: str, user: User, standing: Standing) -> None:
    actor = Actor("user", user.id, standing.role, user.name, client_address())
    with within(standing.business_id), acting_as(actor):
        audit.record(action, f"user:{user.public_id}", after={"role": standing.role})
        db.session.flush()  # while that business is in scope


def _by_session(secret: str) -> SignedIn | None:
    if not knows_cookies():
        return None  # a cookie opens nothing there, so no other site can make a browser call the API
    row = session_by_secret(secret)
    if row is None:
        return None
    found, user, member, memberships = row
    role = _present_role(found, member)
    if role is None or found.business_id is None or not found.is_live(clock.now(), role):
        return None
    signed_in = SignedIn(
        user_id=user.id,
        public_id=user.public_id,
        name=user.name,
        email=user.email,
        language=user.language,
        role=role,
        business_id=found.business_id,
        via="session",
        session_id=found.id,
        memberships=memberships,
        password_checked_at=found.password_checked_at,
        has_second_step=user.second_since is not None,
        secret=secret,
    )
    _note_use(found, user)
    return signed_in


def _by_token(asked: Request) -> SignedIn | None:
    kind, _space, token = asked.headers.get("Authorization", "").partition(" ")
    if not asked.path.startswith("/api/") or kind.lower() != "bearer":
        return None
    opened = tokens.read(token.strip())
    if opened is None:
        return None
    user = opened.user
    return SignedIn(
        user_id=user.id,
        public_id=user.public_id,
        name=user.name,
        email=user.email,
        language=user.language,
        role=opened.role,
        business_id=opened.business_id,
        via="token",
        token_id=opened.token_id,
        has_second_step=user.second_since is not None,
    )


def _present_role(found: BrowserSession, member: Membership | None) -> Role | None:
    """What the session's user is there at this moment; None when that is nothing any more."""
    if member is None or member.disabled_at is not None:
        return None
    role = Role(member.role)
    return role if role == Role.PLATFORM or member.business_id == found.business_id else None


def _note_use(found: BrowserSession, user: User) -> None:
    now = clock.now()
    if now < found.last_seen_at + NOTED_EVERY or request.path == "/events" or in_transaction():
        return
    sessions.touch(found.id, user.id)


def _carry(secret: str) -> None:
    """Let this browser's cookie open the session; nothing of what it held before can be used to steer it."""
    _start_afresh(_KEPT)
    session.permanent = True
    signed_in = _by_session(secret)
    if signed_in is not None:
        login_user(signed_in)
    else:
        session["_user_id"] = secret
        current_app.login_manager._update_request_context_with_user()  # type: ignore[attr-defined]  # of flask-login


def _start_afresh(kept: tuple[str, ...]) -> None:
    carried = {name: session[name] for name in kept if name in session}
    session.clear()
    session.update(carried)
