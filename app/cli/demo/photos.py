"""Pictures of the demo's cars, drawn here: nobody's photos, and of nobody's cars. Some cars have none, as in life."""

import math
import re
import struct
import zlib
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.fleet import photos, queries
from app.fleet.photo_models import CarPhoto
from app.kernel.db import db, end_reading

Point = tuple[float, float]
Colour = tuple[int, int, int]
WIDTH, HEIGHT = 1440, 960
#: Side views, as the drawings of the pages; ground at y = 90.
_BODIES = {
    "city": "M34 74C29 74 28 70 28 65L29 55C30 48 34 46 41 44L72 38C84 26 97 18 113 15.5C134 13 156 13.5 172 17"
    "C184 20 191 28 197 40C203 43 205 48 205 55L205 68C205 72 203 74 199 74Z",
    "estate": "M10 74C5 74 4 70 4 65L5 56C6 49 10 47 18 45L64 38C79 26 94 17.5 113 15C138 12 166 12 190 14"
    "C203 15 210 18 216 26L226 43C230 46 231 51 231 57L231 68C231 72 229 74 225 74Z",
    "suv": "M10 74C5 74 4 70 4 65L5 51C6 44 10 42 18 40L62 33C75 20 88 12 106 9.5C132 6.5 164 6.5 188 9"
    "C200 10.5 206 14 212 23L223 39C229 42 231 48 231 55L231 68C231 72 229 74 225 74Z",
    "van": "M10 74C5 74 4 70 4 65L5 52C6 45 10 42 17 40L38 31C50 17 58 8 74 6C116 2.5 172 2.5 214 5"
    "C225 6 229 9 230 18L232 56L232 68C232 72 230 74 226 74Z",
}
_GLASS = {
    "city": "M83 38C92 28.5 103 22 116 20.3L124 19.7L124 38Z "
    "M129 19.5C146 19 158 19.8 168 22.5C176 25.5 181 31 185 38L129 38Z",
    "estate": "M75 38C87 28 100 21.5 115 19.5L127 18.5L127 38Z M132 18.3L168 18.3L171 38L132 38Z "
    "M173 18.5C186 19 196 19.6 201 23L209 38L176.5 38Z",
    "suv": "M73 33C84 22.5 96 16 110 14L124 13L124 33Z M129 12.8L166 13L169 33L129 33Z "
    "M171 13.2C184 13.8 192 14.8 197 18.5L206 33L174.5 33Z",
    "van": "M50 31C60 19 66 13 78 11.5L92 11L92 33L49 33Z M98 11L144 11L144 33L98 33Z M150 11L196 11L196 33L150 33Z "
    "M202 11.2L216 11.2C222 11.5 224 14 224.5 19L226 33L202 33Z",
}
_WHEELS = {"city": (66, 166), "estate": (50, 184), "suv": (52, 182), "van": (48, 190)}
_SHAPES = {"sedan": "estate", "minibus": "van"}
_PAINTS: tuple[Colour, ...] = ((38, 70, 110), (150, 40, 44), (228, 230, 232), (70, 78, 84), (58, 98, 82))
_GLASS_COLOUR, _TYRE, _RIM = (44, 56, 66), (26, 28, 30), (188, 192, 196)
_SCALE, _LEFT, _GROUND = 5.2, 105, 800
_PART = re.compile(r"([MLCZ])([^MLCZ]*)")


def hang() -> int:
    """Give every second car of the business in scope its pictures, where no car has any; how many there are now."""
    cars = db.session.scalars(queries.cars()).all()
    has_some = db.session.scalar(select(CarPhoto.id).limit(1)) is not None
    wanted = [] if has_some else [(car.id, car.category) for car in cars[::2]]
    end_reading()
    for number, (car_id, category) in enumerate(wanted):
        paint = _PAINTS[number % len(_PAINTS)]
        photos.add_photo(car_id, drawing(category, paint), name="side.png", words="From the side")
        if number % 2 == 0:
            again = drawing(category, paint, evening=True)
            photos.add_photo(car_id, again, name="evening.png", words="In the evening")
    return len(wanted)


def drawing(category: str, paint: Colour, *, evening: bool = False) -> bytes:
    """A car by the sea, as a PNG."""
    kind = _SHAPES.get(category, category)
    rows = [bytearray(bytes(_sky(y, evening=evening)) * WIDTH) for y in range(HEIGHT)]
    hill = (96, 84, 104) if evening else (142, 166, 156)
    _fill(rows, [_ellipse(300, 640, 520, 150), _ellipse(1150, 650, 560, 190)], hill)
    _fill(rows, [[(0, 640), (WIDTH, 640), (WIDTH, 720), (0, 720)]], (70, 92, 122) if evening else (120, 158, 182))
    _fill(rows, [[(0, 712), (WIDTH, 712), (WIDTH, HEIGHT), (0, HEIGHT)]], (66, 66, 72) if evening else (128, 128, 126))
    _fill(rows, [_ellipse(_LEFT + 118 * _SCALE, _GROUND + 4, 640, 22)], (40, 40, 44) if evening else (92, 92, 92))
    _fill(rows, _outlines(_BODIES[kind]), paint)
    begins, ends = (32, 202) if kind == "city" else (8, 228)
    light = tuple(min(255, part + 26) for part in paint)
    _fill(rows, [[_at(begins, 60), _at(ends, 60), _at(ends, 62), _at(begins, 62)]], (light[0], light[1], light[2]))
    _fill(rows, _outlines(_GLASS[kind]), (228, 196, 120) if evening else _GLASS_COLOUR)
    for middle in _WHEELS[kind]:
        for radius, colour in ((15.5, _TYRE), (8.5, _RIM), (2.5, _TYRE)):
            x, y = _at(middle, 74)
            _fill(rows, [_ellipse(x, y, radius * _SCALE, radius * _SCALE)], colour)
    return _png(rows)


def _at(x: float, y: float) -> Point:
    return _LEFT + x * _SCALE, _GROUND + (y - 90) * _SCALE


def _sky(y: int, *, evening: bool) -> Colour:
    part = min(y / 680, 1)
    top, low = ((58, 62, 110), (236, 168, 128)) if evening else ((150, 190, 222), (232, 240, 244))
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(top, low, strict=True))
    return red, green, blue


def _ellipse(x: float, y: float, wide: float, high: float) -> list[Point]:
    turns = (step * math.tau / 90 for step in range(90))
    return [(x + wide * math.cos(turn), y + high * math.sin(turn)) for turn in turns]


def _outlines(path: str) -> list[list[Point]]:
    found: list[list[Point]] = []
    for letter, given in _PART.findall(path):
        numbers = [float(one) for one in given.replace(",", " ").split()]
        points = [_at(numbers[at], numbers[at + 1]) for at in range(0, len(numbers), 2)]
        if letter == "M":
            found.append(points)
        elif letter == "L":
            found[-1] += points
        elif letter == "C":
            found[-1] += _curve(found[-1][-1], points)
    return found


def _curve(begin: Point, points: Sequence[Point]) -> Iterator[Point]:
    one, two, end = points
    for step in range(1, 17):
        t = step / 16
        u = 1 - t
        parts = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
        yield (
            sum(part * point[0] for part, point in zip(parts, (begin, one, two, end), strict=True)),
            sum(part * point[1] for part, point in zip(parts, (begin, one, two, end), strict=True)),
        )


def _fill(rows: list[bytearray], outlines: Sequence[Sequence[Point]], colour: Colour) -> None:
    paint = bytes(colour)
    for outline in outlines:
        top, low = min(y for _x, y in outline), max(y for _x, y in outline)
        edges = list(zip(outline, [*outline[1:], outline[0]], strict=True))
        for y in range(max(0, math.ceil(top)), min(HEIGHT, math.ceil(low))):
            middle = y + 0.5
            cuts = sorted(
                a[0] + (middle - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
                for a, b in edges
                if (a[1] <= middle) != (b[1] <= middle)
            )
            for left, right in zip(cuts[::2], cuts[1::2], strict=True):
                begins, ends = max(0, round(left)), min(WIDTH, round(right))
                if ends > begins:
                    rows[y][begins * 3 : ends * 3] = paint * (ends - begins)


def _png(rows: Sequence[bytearray]) -> bytes:
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    drawn = zlib.compress(b"".join(b"\x00" + bytes(row) for row in rows), 6)
    chunks = ((b"IHDR", head), (b"IDAT", drawn), (b"IEND", b""))
    written = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)
