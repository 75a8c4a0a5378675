"""Signed-in browsers: begun at log-in, ended by their owner, by time, or when rights change."""

import secrets

from sqlalchemy import delete, update

from app.identity.models import OTHERS_LIMIT, BrowserSession, User
from app.identity.passwords import digest
from app.identity.queries import Standing
from app.kernel import audit, clock
from app.kernel.db import add, change, transaction
from app.kernel.errors import NotFound
from app.kernel.tenancy import across_businesses


def begin(user_id: int, standing: Standing | None, *, address: str, agent: str) -> str:
    """A new session, and the secret that opens it; without a standing it only lets its owner choose one."""
    secret = secrets.token_urlsafe(32)
    with transaction(), across_businesses():
        add(
            BrowserSession(
                business_id=standing.business_id if standing else None,
                membership_id=standing.membership_id if standing else None,
                token_hash=digest(secret),
                user_id=user_id,
                address=address[:64],
                agent=agent[:300],
            )
        )
        note_seen(user_id)
    return secret


def move(session_id: int, standing: Standing) -> str:
    """The session in another business or role, under a new secret; NotFound when it has just ended."""
    secret = secrets.token_urlsafe(32)
    with transaction(), across_businesses():
        moved = change(
            update(BrowserSession)
            .where(BrowserSession.id == session_id)
            .values(
                token_hash=digest(secret), business_id=standing.business_id, membership_id=standing.membership_id,
                last_seen_at=clock.now(),
            )
            .execution_options(synchronize_session=False)
        )  # fmt: skip
        if moved != 1:
            raise NotFound()
    return secret


def touch(session_id: int, user_id: int) -> None:
    """Note that its user was here."""
    with transaction():
        _note(session_id, last_seen_at=clock.now())
        note_seen(user_id)


def note_seen(user_id: int) -> None:
    """Note, in the open transaction, that somebody was here."""
    change(
        update(User)
        .where(User.id == user_id)
        .values(last_seen_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def note_password(session_id: int) -> None:
    """Note that its owner has just typed the password again."""
    _note(session_id, password_checked_at=clock.now())


def end(session_id: int) -> None:
    """End it; nothing happens when it has ended."""
    with transaction(), across_businesses():
        change(delete(BrowserSession).where(BrowserSession.id == session_id))


def end_own(public_id: str, user_id: int) -> None:
    """End one of that user's own sessions, as the list of them shows it; NotFound for anybody else's."""
    with transaction():
        with across_businesses():
            gone = change(
                delete(BrowserSession).where(BrowserSession.public_id == public_id, BrowserSession.user_id == user_id)
            )
        if gone != 1:
            raise NotFound()
        audit.record("session.ended", f"session:{public_id}")


def end_all(user_id: int, *, but: int | None = None, membership_id: int | None = None) -> int:
    """End that user's sessions, or those of one membership, except `but`; how many."""
    gone = delete(BrowserSession).where(BrowserSession.user_id == user_id)
    if but is not None:
        gone = gone.where(BrowserSession.id != but)
    if membership_id is not None:
        gone = gone.where(BrowserSession.membership_id == membership_id)
    with transaction(), across_businesses():
        return change(gone)


def forget_old() -> int:
    """Delete sessions that open nothing any more, in the open transaction; how many."""
    with across_businesses():
        return change(delete(BrowserSession).where(BrowserSession.last_seen_at < clock.now() - OTHERS_LIMIT))


def _note(session_id: int, **values: object) -> None:
    with transaction(), across_businesses():
        change(
            update(BrowserSession)
            .where(BrowserSession.id == session_id)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
