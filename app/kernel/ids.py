"""Ids that people and other programs see: opaque, without counting up."""

import secrets

# No 0/O, 1/I/L, U/V twins: a reference is read over the phone.
_SPOKEN = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_OPAQUE = "0123456789abcdefghijkmnpqrstvwxyz"


def public_id() -> str:
    """Twenty characters, 100 bits: for addresses and JSON."""
    return "".join(secrets.choice(_OPAQUE) for _ in range(20))


def reference() -> str:
    """A short name for a booking, as `K7QF-2M9X`."""
    letters = "".join(secrets.choice(_SPOKEN) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def secret_token() -> str:
    """128 bits for a link that opens something; only its hash is stored."""
    return secrets.token_urlsafe(16)
