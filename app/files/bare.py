"""Pictures without what cameras write into them: where, when, with what. Only what is needed to draw them is kept.

Nothing is decoded: the parts of the file are walked through, and whatever stands behind its end is cut off too. That a
phone was held sideways is kept, in the smallest form, or the picture would lie on its side.
"""

import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
}  # fmt: skip
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
#: Flags of VP8X that promise EXIF and XMP.
_WEBP_TOLD = 0x08 | 0x04
_SOI, _EOI, _SOS, _APP0, _APP1, _APP2, _APP14, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE, 0xFE
_ORIENTATION = 0x0112


def bared(content: bytes) -> bytes | None:
    """The picture alone; None where its parts do not fit together."""
    try:
        if content.startswith(_PNG):
            return _png(content)
        if content[:4] == b"RIFF":
            return _webp(content)
        return _jpeg(content)
    except (IndexError, struct.error):
        return None


def _png(content: bytes) -> bytes | None:
    found, at = [_PNG], len(_PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        name, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            return None
        if name in _PNG_KEPT:
            found.append(content[at:end])
        if name == b"IEND":
            return b"".join(found)
        at = end
    return None


def _webp(content: bytes) -> bytes | None:
    (length,) = struct.unpack("<I", content[4:8])
    end = min(8 + length, len(content))
    found, at = [], 12
    while at + 8 <= end:
        name = content[at : at + 4]
        (size,) = struct.unpack("<I", content[at + 4 : at + 8])
        part = content[at : at + 8 + size + size % 2]
        if at + 8 + size > len(content):
            return None
        if name == b"VP8X":
            part = part[:8] + bytes([part[8] & ~_WEBP_TOLD]) + part[9:]
        if name in _WEBP_KEPT:
            found.append(part + b"\x00" * (8 + size + size % 2 - len(part)))
        at += 8 + size + size % 2
    body = b"WEBP" + b"".join(found)
    return b"RIFF" + struct.pack("<I", len(body)) + body if found else None


def _jpeg(content: bytes) -> bytes | None:
    if content[:2] != bytes([0xFF, _SOI]):
        return None
    head, body, turned, at = [content[:2]], list[bytes](), 1, 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return None
        mark = content[at + 1]
        if mark == 0xFF:  # padding
            at += 1
            continue
        if mark == _EOI:
            break
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        end = at + 2 + length
        if length < 2 or end > len(content):
            return None
        part = content[at:end]
        if mark == _APP1:
            turned = _orientation(part) or turned
        elif mark in (_APP0, _APP14) or (mark == _APP2 and part[4:16] == b"ICC_PROFILE\x00"):
            (head if mark == _APP0 else body).append(part)
        elif not _APP0 <= mark <= 0xEF and mark != _COM:
            body.append(part)
        at = end
        if mark == _SOS:
            scan, at = _scan(content, at)
            body.append(scan)
    if not body:
        return None
    return b"".join([*head, _turned(turned), *body]) + bytes([0xFF, _EOI])


def _scan(content: bytes, at: int) -> tuple[bytes, int]:
    """The drawn part that begins there, and where the next mark stands."""
    end = at
    while (end := content.find(b"\xff", end)) >= 0:
        if end + 1 >= len(content):
            break
        if content[end + 1] == 0 or 0xD0 <= content[end + 1] <= 0xD7:  # a stuffed byte, or a restart
            end += 2
            continue
        return content[at:end], end
    return content[at:], len(content)


def _orientation(part: bytes) -> int | None:
    """How the camera was held, as EXIF says it; None where it does not."""
    if part[4:10] != b"Exif\x00\x00":
        return None
    tiff = part[10:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (first,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[first : first + 2])
        for number in range(min(count, 100)):
            entry = tiff[first + 2 + 12 * number :]
            tag, _kind, _many, value = struct.unpack(f"{order}HHIH", entry[:10])
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else None
    except struct.error:
        return None
    return None


def _turned(orientation: int) -> bytes:
    if orientation == 1:
        return b""
    tiff = b"MM\x00\x2a\x00\x00\x00\x08" + struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    exif = b"Exif\x00\x00" + tiff
    return bytes([0xFF, _APP1]) + struct.pack(">H", len(exif) + 2) + exif
