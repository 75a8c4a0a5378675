"""What a picture is, told by its bytes alone: PNG, JPEG or WebP with its size; anything else, SVG too, is none."""

from dataclasses import dataclass

#: The frames of a JPEG that say how large it is.
_SIZES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_BARE = {0x01, *range(0xD0, 0xD9)}


@dataclass(frozen=True)
class Picture:
    """A picture's kind and size in pixels."""

    content_type: str
    width: int
    height: int


def picture_in(content: bytes) -> Picture | None:
    """What picture the bytes are; None for anything that is not one of the three kinds."""
    try:
        return _png(content) or _webp(content) or _jpeg(content)
    except IndexError:
        return None


def _png(content: bytes) -> Picture | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or len(content) < 33:
        return None
    return Picture("image/png", _number(content[16:20]), _number(content[20:24]))


def _webp(content: bytes) -> Picture | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    kind = content[12:16]
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(content[at : at + 2], "little") & 0x3FFF for at in (26, 28))
        return Picture("image/webp", width, height)
    if kind == b"VP8L" and content[20] == 0x2F:
        bits = int.from_bytes(content[21:25], "little")
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        width, height = (int.from_bytes(content[at : at + 3], "little") + 1 for at in (24, 27))
        return Picture("image/webp", width, height)
    return None


def _jpeg(content: bytes) -> Picture | None:
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        mark = content[at + 1]
        if mark in _BARE or mark == 0xFF:
            at += 1 if mark == 0xFF else 2
            continue
        if mark in _SIZES:
            return Picture("image/jpeg", _number(content[at + 7 : at + 9]), _number(content[at + 5 : at + 7]))
        at += 2 + _number(content[at + 2 : at + 4])
    return None


def _number(part: bytes) -> int:
    return int.from_bytes(part, "big")
