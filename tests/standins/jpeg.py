"""Small real JPEG pictures made from nothing: a sky over hills, one flat colour for each 8 × 8 block."""

import math

_COLUMNS, _ROWS = 90, 60


def landscape(seed: int = 1) -> bytes:
    """A JPEG of 720 × 480; the seed moves the hills and the hour of the day."""
    writer = _Bits()
    before = [0, 0, 0]
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            for channel, value in enumerate(_ycc(*_colour(column, row, seed))):
                level = round(value - 128)
                writer.coefficient(level - before[channel])
                before[channel] = level
    return _head() + writer.done() + b"\xff\xd9"


def _colour(column: int, row: int, seed: int) -> tuple[float, float, float]:
    far = 30 + 6 * math.sin(column / 11 + seed) + 2 * math.sin(column / 4)
    near = 44 + 5 * math.sin(column / 17 + 2 * seed) + 1.5 * math.sin(column / 6 + seed)
    if row > near:
        return 58, 96 - row / 2, 62
    if row > far:
        return 92, 134 - row / 2, 118
    height = row / far
    return 96 + 150 * height, 150 + 66 * height, 214 + 4 * height + (seed * 7) % 20


def _ycc(red: float, green: float, blue: float) -> tuple[float, float, float]:
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    return luma, 128 + 0.564 * (blue - luma), 128 + 0.713 * (red - luma)


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def _head() -> bytes:
    # The first step of quantisation is 8, so a block's level is its mean brightness itself.
    steps = bytes([8] + [16] * 63)
    size = (_ROWS * 8).to_bytes(2, "big") + (_COLUMNS * 8).to_bytes(2, "big")
    parts = b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3))
    levels = bytes([0x00] + [0, 0, 0, 12] + [0] * 12) + bytes(range(12))
    rest = bytes([0x10] + [1] + [0] * 15) + b"\x00"
    return (
        b"\xff\xd8"
        + _segment(0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
        + _segment(0xDB, b"\x00" + steps)
        + _segment(0xC0, b"\x08" + size + b"\x03" + parts)
        + _segment(0xC4, levels)
        + _segment(0xC4, rest)
        + _segment(0xDA, b"\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00")
    )


class _Bits:
    """The entropy-coded part: each block is a difference of level (a 4-bit code and its bits) and an end (one 0)."""

    def __init__(self) -> None:
        self._value, self._count, self._bytes = 0, 0, bytearray()

    def coefficient(self, difference: int) -> None:
        """One flat block."""
        size = abs(difference).bit_length()
        self._put(size, 4)
        self._put(difference if difference > 0 else difference + (1 << size) - 1, size)
        self._put(0, 1)

    def _put(self, value: int, count: int) -> None:
        self._value, self._count = self._value << count | value, self._count + count
        while self._count >= 8:
            byte = self._value >> (self._count - 8) & 0xFF
            self._bytes += bytes([byte, 0]) if byte == 0xFF else bytes([byte])
            self._count -= 8
            self._value &= (1 << self._count) - 1

    def done(self) -> bytes:
        """All of it, the last byte filled up with ones."""
        if self._count:
            self._put((1 << (8 - self._count)) - 1, 8 - self._count)
        return bytes(self._bytes)
