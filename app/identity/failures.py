"""Wrong passwords are counted, for the account and for where they come from; after too many nobody learns more.

The count decides under a lock, and only then whether a password was right is told: of any number of guesses sent at
once, ten get an answer.
"""

from datetime import timedelta
from enum import Enum, auto

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, select

from app.identity.models import LoginFailure
from app.identity.passwords import digest
from app.identity.turns import take_turn
from app.kernel import clock
from app.kernel.config import settings
from app.kernel.db import add, change, db
from app.kernel.errors import TooMany

WINDOW = timedelta(minutes=5)
MOST_FOR_ACCOUNT, MOST_FOR_ADDRESS = 10, 30


class Verdict(Enum):
    """What may be told about a password that was tried."""

    RIGHT = auto()
    WRONG = auto()
    TOO_MANY = auto()


def refuse_if_many(email: str, address: str) -> None:
    """TooMany when no further guess is heard, before one costs a hash."""
    if (wait := _wait(email, address)) is not None:
        raise too_many(wait)


def judge(email: str, address: str, *, is_right: bool) -> tuple[Verdict, int]:
    """The verdict on a guess, written down in the open transaction, and the seconds to wait after too many."""
    take_turn(f"login account {email.lower()}")
    take_turn(f"login address {address}")
    if (wait := _wait(email, address)) is not None:
        return Verdict.TOO_MANY, wait
    account = _account(email)
    if is_right:
        change(delete(LoginFailure).where(LoginFailure.account_hash == account))
        return Verdict.RIGHT, 0
    add(LoginFailure(account_hash=account, address=address[:64]))
    return Verdict.WRONG, 0


def too_many(wait: int) -> TooMany:
    """The refusal, in words."""
    return TooMany(_("Too many wrong passwords. Wait a few minutes, or ask for a new password."), retry_after=wait)


def forget_old() -> int:
    """Delete failures that count no longer, in the open transaction; how many."""
    return change(delete(LoginFailure).where(LoginFailure.at < clock.now() - WINDOW))


def _wait(email: str, address: str) -> int | None:
    waits = [_seconds(LoginFailure.account_hash == _account(email), MOST_FOR_ACCOUNT)]
    if settings().rate_limit_login != "off":
        waits.append(_seconds(LoginFailure.address == address[:64], MOST_FOR_ADDRESS))
    return max((wait for wait in waits if wait is not None), default=None)


def _seconds(whose: ColumnElement[bool], most: int) -> int | None:
    """Seconds until fewer than `most` failures count; None when there are fewer now."""
    now = clock.now()
    counting = select(LoginFailure.at).where(whose, LoginFailure.at > now - WINDOW)
    recent = db.session.scalars(counting.order_by(LoginFailure.at.desc()).limit(most)).all()
    return max(1, int((recent[-1] + WINDOW - now).total_seconds()) + 1) if len(recent) == most else None


def _account(email: str) -> bytes:
    return digest(email.lower())
