"""Links that open something: kept in stored mails as markers, filled in when the mail leaves or a person looks.

So a copy of the database opens nothing. A feature offers how its marker is filled (`fill_with`).
"""

import re
from collections.abc import Callable

Filler = Callable[[str], str]
_MARKER = re.compile(r"kontor-link:([a-z_]+):([A-Za-z0-9_-]+)")
_fillers: dict[str, Filler] = {}


def fill_with(name: str, filler: Filler) -> None:
    """`filler(key)` answers the whole address that a marker of that name stands for."""
    _fillers[name] = filler


def marker(name: str, key: str) -> str:
    """What stands in a stored mail for the link."""
    return f"kontor-link:{name}:{key}"


def filled(body: str) -> str:
    """The body with its links, as it goes out."""
    return _MARKER.sub(lambda found: _fillers[found[1]](found[2]) if found[1] in _fillers else found[0], body)


def hidden(body: str, address: str) -> str:
    """The body with its links leading to `address` instead, for people who may not use them."""
    return _MARKER.sub(lambda _found: address, body)


def filled_file(content: bytes, content_type: str) -> bytes:
    """A mail's file as it goes out: a calendar entry gets its links and has its lines folded anew."""
    if not content_type.startswith("text/calendar"):
        return content
    lines = filled(content.decode().replace("\r\n ", "").replace("\r\n\t", "")).split("\r\n")
    return "\r\n".join(_folded(line) for line in lines).encode()


def _folded(line: str) -> str:
    """A line of a calendar in pieces of at most 75 bytes, each but the first after a space (RFC 5545, 3.1)."""
    pieces, piece, room = [], "", 75
    for char in line:
        if len((piece + char).encode()) > room:
            pieces.append(piece)
            piece, room = "", 74
        piece += char
    return "\r\n ".join([*pieces, piece])
