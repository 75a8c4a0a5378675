"""The business's accent as plain hex: mail programs know no oklch.

The conversion is the one published with the Oklab colour space (Björn Ottosson, 2020): Oklch → Oklab → linear sRGB →
sRGB, clipped to what a screen shows.
"""

from math import cos, radians, sin


def accent(hue: float, chroma: float) -> tuple[str, str, str]:
    """(strong, ink, on dark) as `#rrggbb`: for a button under white text, for links on white, for links on black."""
    kept = min(max(chroma, 0.0), 0.14)
    return _hex(0.44, kept, hue), _hex(0.4, kept, hue), _hex(0.84, kept * 0.85, hue)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(_gamma(part) * 255):02x}" for part in linear)


def _gamma(value: float) -> float:
    clipped = min(max(value, 0.0), 1.0)
    return 12.92 * clipped if clipped <= 0.0031308 else 1.055 * clipped ** (1 / 2.4) - 0.055
