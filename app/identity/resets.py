"""Choosing a new password by a mailed link: half an hour, once, and it ends everything that was open."""

from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from app.identity import letters, passwords, proving, sessions, tokens
from app.identity.models import LoginFailure, Reset, User
from app.identity.queries import user_by_mail
from app.kernel import audit, clock
from app.kernel.access import Actor, acting_as, current_actor
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Gone, Invalid
from app.kernel.ids import public_id


def ask(email: str) -> None:
    """Mail a link to that address; for one that nobody has nothing happens, and nothing tells."""
    with transaction():
        user = user_by_mail(email)
        if user is None:
            return
        key = public_id()
        add(
            Reset(
                user_id=user.id,
                token_hash=passwords.digest(letters.reset_token(key)),
                expires_at=clock.now() + timedelta(minutes=letters.RESET_MINUTES),
            )
        )
        letters.send_reset(user, key)
        audit.record("password.reset_asked", f"user:{user.public_id}")


def opened(token: str) -> User:
    """Whose password the link lets choose; Gone when it was used or its time is over."""
    found = db.session.execute(
        select(Reset, User).join(User, User.id == Reset.user_id).where(Reset.token_hash == passwords.digest(token))
    ).one_or_none()
    if found is None or not found[0].is_live(clock.now()):
        raise _over()
    return found[1]


def use(token: str, password: str) -> None:
    """Take the new password, end all sessions and tokens; Gone when the link is over, Invalid for a weak one."""
    user = opened(token)
    if fault := passwords.fault(password, name=user.name, email=user.email):
        raise Invalid([("password", fault)])
    user_id = user.id
    kept = passwords.hashed(password)
    with transaction():
        now = clock.now()
        # Of two that press the button at once, one finds the row unused.
        taken = change(
            update(Reset)
            .where(Reset.token_hash == passwords.digest(token), Reset.used_at.is_(None), Reset.expires_at > now)
            .values(used_at=now)
            .execution_options(synchronize_session=False)
        )
        if taken != 1:
            raise _over()
        user = lock(User, user_id)
        user.password_hash = kept
        proving.note(user)
        change(delete(Reset).where(Reset.user_id == user_id, Reset.used_at.is_(None)))
        change(delete(LoginFailure).where(LoginFailure.account_hash == passwords.digest(user.email.lower())))
        ended = sessions.end_all(user_id)
        tokens.revoke_all(user_id)
        with acting_as(Actor("user", user_id, None, user.name, current_actor().address)):
            audit.record("password.reset", f"user:{user.public_id}", after={"sessions_ended": ended})


def forget_old() -> int:
    """Delete links that open nothing any more, in the open transaction; how many."""
    return change(delete(Reset).where(Reset.expires_at < clock.now() - timedelta(days=7)))


def _over() -> Gone:
    return Gone(_("This link has been used or is older than half an hour. Ask for a new one."))
