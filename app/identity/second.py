"""The second step at log-in: a code from an app (TOTP, RFC 6238) that works once, or a recovery code.

The secret is derived from a key that is drawn for it and the program's own: a copy of the database opens nothing.
"""

import base64
import hashlib
import hmac
import secrets

import pyotp
from flask_babel import gettext as _
from sqlalchemy import delete, func, select, update

from app.identity import failures, passwords, sessions
from app.identity.failures import Verdict
from app.identity.models import RecoveryCode, User
from app.kernel import audit, clock
from app.kernel.config import settings
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Conflict, Invalid
from app.kernel.ids import public_id

STEP_SECONDS = 30
#: A clock may be wrong by one step.
AROUND = 1
CODES = 10
_PURPOSE = b"kontor second step "
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def is_on(user: User) -> bool:
    """Whether this person is asked for a code after the password."""
    return user.second_since is not None


def begin(user_id: int) -> User:
    """Draw a new key, to be confirmed by a code; Conflict where the second step is on already."""
    with transaction():
        user = lock(User, user_id)
        if is_on(user):
            raise Conflict(_("Your second step is on already."))
        if not user.second_key:
            user.second_key = public_id()
    return user


def secret_of(user: User) -> str:
    """What the app on the phone keeps."""
    key = hmac.digest(settings().secret_key.encode(), _PURPOSE + user.second_key.encode(), hashlib.sha256)
    return base64.b32encode(key[:20]).decode("ascii")


def address_of(user: User, firm: str) -> str:
    """What stands in the square picture that the app reads."""
    return pyotp.TOTP(secret_of(user)).provisioning_uri(name=user.email, issuer_name=firm)


def confirm(user_id: int, code: str, *, session_id: int | None) -> list[str]:
    """Turn it on with a first code, and answer the recovery codes; other sessions end. Invalid for a wrong code."""
    with transaction():
        user = lock(User, user_id)
        if is_on(user):
            raise Conflict(_("Your second step is on already."))
        if not user.second_key or not _take_code(user, code):
            raise Invalid([("code", _("This code is not right. Look whether the clock of your phone is."))])
        user.second_since = clock.now()
        codes = _draw_codes(user_id)
        sessions.end_all(user_id, but=session_id)
        audit.record("second.begun", f"user:{user.public_id}")
    return codes


def end(user_id: int) -> None:
    """Take it off; asked twice, it stays off."""
    with transaction():
        user = lock(User, user_id)
        if is_on(user):
            user.second_since, user.second_key, user.second_used = None, "", 0
            change(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
            audit.record("second.ended", f"user:{user.public_id}")


def new_codes(user_id: int) -> list[str]:
    """Other recovery codes; the ones before open nothing any more."""
    with transaction():
        user = lock(User, user_id)
        if not is_on(user):
            raise Conflict(_("Your second step is off."))
        audit.record("second.codes", f"user:{user.public_id}")
        return _draw_codes(user_id)


def prove(user_id: int, code: str, *, address: str) -> bool:
    """Whether that code opens the second step: each works once. TooMany after too many wrong ones."""
    email = db.session.get_one(User, user_id).email
    mark = f"second step {email}"
    failures.refuse_if_many(mark, address)
    with transaction():
        user = lock(User, user_id)
        is_right = _take_code(user, code) or _take_recovery(user, code)
        verdict, wait = failures.judge(mark, address, is_right=is_right)
        if verdict is not Verdict.RIGHT:
            audit.record("second.failed", f"user:{user.public_id}")
    if verdict is Verdict.TOO_MANY:
        raise failures.too_many(wait)
    return verdict is Verdict.RIGHT


def codes_left(user_id: int) -> int:
    """How many recovery codes were not used yet."""
    rows = select(func.count()).select_from(RecoveryCode)
    return db.session.scalar(rows.where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))) or 0


def _take_code(user: User, code: str) -> bool:
    """Use a code of the app, under the lock of its owner; one of a step that was used opens nothing."""
    typed = "".join(code.split())
    if len(typed) != 6 or not typed.isascii() or not typed.isdigit() or not user.second_key:
        return False
    now = int(clock.now().timestamp()) // STEP_SECONDS
    made = pyotp.TOTP(secret_of(user))
    for step in range(now - AROUND, now + AROUND + 1):
        if step > user.second_used and hmac.compare_digest(made.generate_otp(step), typed):
            user.second_used = step
            return True
    return False


def _take_recovery(user: User, code: str) -> bool:
    typed = "".join(char for char in code.lower() if char.isalnum())
    if len(typed) != 10:
        return False
    used = change(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == passwords.digest(typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if used:
        audit.record("second.recovered", f"user:{user.public_id}")
    return used == 1


def _draw_codes(user_id: int) -> list[str]:
    change(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["".join(secrets.choice(_LETTERS) for _letter in range(10)) for _code in range(CODES)]
    for code in codes:
        add(RecoveryCode(user_id=user_id, code_hash=passwords.digest(code)))
    return [f"{code[:5]}-{code[5:]}" for code in codes]
