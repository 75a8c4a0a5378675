"""Signing in by a mailed link: twenty minutes, once, and into the business that mailed it.

Whoever is somebody here may ask for one, and whoever is known here without an account: features say who that is
(`knows_guests`). The button on the link's page then makes the account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, func, select, update

from app.identity import letters, passwords, proving
from app.identity.models import LoginLink, Membership, User
from app.identity.queries import Standing, standing_in, user_by_mail
from app.identity.turns import take_turn
from app.kernel import audit, clock
from app.kernel.access import Role
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Gone
from app.kernel.ids import public_id
from app.kernel.tenancy import across_businesses, current_business_id, within

#: How many links one address gets before those are over.
MOST = 5
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Guest:
    """Somebody who is known here without an account."""

    name: str
    phone: str
    language: str
    marker: str


@dataclass(frozen=True)
class Entered:
    """Who came in by a link, and where to."""

    user: User
    standing: Standing
    back: str
    #: Whether an earlier password counts no longer.
    has_lost_password: bool


_guests: list[Callable[[str], Guest | None]] = []


def knows_guests(guest_of: Callable[[str], Guest | None]) -> None:
    """Let whoever `guest_of` knows by that address open an account with a mailed link."""
    _guests.append(guest_of)


def ask(email: str, *, back: str = "/") -> bool:
    """Mail a link to that address; for one that nobody here has nothing happens. Answers whether a mail goes out."""
    with transaction():
        take_turn(f"sign-in link {email.lower()}")
        user = user_by_mail(email)
        guest = _guest(email)
        if not _may_enter(user, guest) or _live(email) >= MOST:
            return False
        key = public_id()
        add(
            LoginLink(
                token_hash=passwords.digest(letters.sign_in_token(key)),
                email=user.email if user is not None else email,
                back=back if len(back) <= 300 else "/",
                expires_at=clock.now() + timedelta(minutes=letters.SIGN_IN_MINUTES),
            )
        )
        if user is not None:
            letters.send_sign_in(key, to=user.email, name=user.name, language=user.language)
            audit.record("login.link_asked", f"user:{user.public_id}")
        elif guest is not None:
            letters.send_sign_in(key, to=email, name=guest.name, language=guest.language)
            audit.record("login.link_asked", guest.marker)
    return True


def opened(token: str) -> LoginLink:
    """The link, whose business may be another than the one in scope; Gone when it was used or its time is over."""
    with across_businesses():
        found = db.session.scalar(select(LoginLink).where(LoginLink.token_hash == passwords.digest(token)))
    if found is None or not found.is_live(clock.now()):
        raise _over()
    return found


def use(token: str, *, signed_in: int | None) -> Entered:
    """Let its reader in, with a new account where there was none; Gone when it is over.

    `signed_in` is the user who is at this browser already.
    """
    link = opened(token)
    link_id, email, back = link.id, link.email, link.back
    with within(link.business_id), transaction():
        # Two links of one address at once: the second waits here, and then finds the first one's account.
        take_turn(f"mail {email.lower()}")
        now = clock.now()
        taken = change(
            update(LoginLink)
            .where(LoginLink.id == link_id, LoginLink.used_at.is_(None), LoginLink.expires_at > now)
            .values(used_at=now)
            .execution_options(synchronize_session=False)
        )
        if taken != 1:
            raise _over()
        user, guest = user_by_mail(email), _guest(email)
        if not _may_enter(user, guest):
            raise _over()
        user = lock(User, user.id) if user is not None else _open_account(email, guest)
        standing = standing_in(user.id, current_business_id())
        if standing is None:
            add(Membership(user_id=user.id, role=Role.CUSTOMER))
            audit.record("account.joined", f"user:{user.public_id}", after={"role": Role.CUSTOMER})
            db.session.flush()
            standing = standing_in(user.id, current_business_id())
        assert standing is not None  # noqa: S101  # it has just been made
        has_lost_password = proving.prove(user, is_at_hand=signed_in == user.id)
        change(delete(LoginLink).where(_is_of(email), LoginLink.used_at.is_(None)))
    return Entered(user, standing, back, has_lost_password)


def forget_old() -> int:
    """Delete links that sign nobody in any more, in the open transaction; how many."""
    with across_businesses():
        return change(delete(LoginLink).where(LoginLink.expires_at < clock.now() - FORGOTTEN_AFTER))


def _guest(email: str) -> Guest | None:
    return next((found for guest_of in _guests if (found := guest_of(email)) is not None), None)


def _may_enter(user: User | None, guest: Guest | None) -> bool:
    """Whoever is somebody here, or known without an account; nobody whom the business keeps out."""
    if user is None:
        return guest is not None
    member = db.session.scalar(select(Membership).where(Membership.user_id == user.id))
    if member is not None and member.disabled_at is not None:
        return False
    return guest is not None or standing_in(user.id, current_business_id()) is not None


def _open_account(email: str, guest: Guest | None) -> User:
    if guest is None:
        raise _over()
    made = add(User(name=guest.name, email=email, phone=guest.phone, language=guest.language))
    audit.record("account.registered", f"user:{made.public_id}", after={"role": Role.CUSTOMER})
    return made


def _live(email: str) -> int:
    rows = select(func.count()).select_from(LoginLink).where(_is_of(email), LoginLink.expires_at > clock.now())
    return db.session.scalar(rows) or 0


def _is_of(email: str) -> ColumnElement[bool]:
    return func.lower(LoginLink.email) == email.lower()


def _over() -> Gone:
    return Gone(_("This link has been used or is older than twenty minutes. Ask for a new one."))
