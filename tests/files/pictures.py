"""Pictures as cameras write them: with where, when and with what."""

import struct
import zlib

from tests.settings.pictures import PNG, WEBP
from tests.standins.jpeg import landscape

PLACE = b"57.7089N 11.9746E"


def _exif(orientation: int) -> bytes:
    tiff = b"II\x2a\x00\x08\x00\x00\x00" + struct.pack("<HHHII", 1, 0x0112, 3, 1, orientation) + b"\x00" * 4 + PLACE
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def photo(orientation: int = 6) -> bytes:
    """A JPEG of a phone that was held sideways, with a remark, and a film behind its end."""
    plain = landscape()
    remark = b"\xff\xfe" + struct.pack(">H", len(PLACE) + 2) + PLACE
    return plain[:2] + _exif(orientation) + remark + plain[2:] + b"ftypmp42" + PLACE


def placed_png() -> bytes:
    """A PNG that says where it was made."""
    body = b"tEXt" + b"Place\x00" + PLACE
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return PNG[:33] + chunk + PNG[33:] + PLACE


def placed_webp() -> bytes:
    """A WebP that says where it was made."""
    told = b"EXIF" + struct.pack("<I", len(PLACE)) + PLACE + b"\x00" * (len(PLACE) % 2)
    body = WEBP[8:] + told
    return b"RIFF" + struct.pack("<I", len(body)) + body
