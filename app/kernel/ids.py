"""Ids that people and other programs see: opaque, without counting up."""

import secrets

# No 0/O, 1/I/L, U/V twins: a reference is read over the phone.
_SPOKEN = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_OPAQUE = b"0123456789abcdefghjkmnpqrstvwxyz"
# 256 is a whole multiple of 32, so that every letter comes equally often; one call to the system an id.
_BY_BYTE = _OPAQUE * 8


def public_id() -> str:
    """Twenty characters, 100 bits: for addresses and JSON."""
    return secrets.token_bytes(20).translate(_BY_BYTE).decode("ascii")


def reference() -> str:
    """A short name for a booking, as `K7QF-2M9X`."""
    number = int.from_bytes(secrets.token_bytes(16))  # so large that what the last division favours does not count
    letters = []
    for _ in range(8):
        number, place = divmod(number, len(_SPOKEN))
        letters.append(_SPOKEN[place])
    return f"{''.join(letters[:4])}-{''.join(letters[4:])}"


def secret_token() -> str:
    """128 bits for a link that opens something; only its hash is stored."""
    return secrets.token_urlsafe(16)
