"""Pictures are told by their bytes."""

import pytest

from app.files.pictures import Picture, picture_in
from tests.settings.pictures import JPEG, PNG, SVG, WEBP, png


def test_the_three_kinds_are_known_with_their_sizes() -> None:
    assert picture_in(png(3, 5)) == Picture("image/png", 3, 5)
    assert picture_in(WEBP) == Picture("image/webp", 1, 1)
    found = picture_in(JPEG)
    assert found is not None
    assert found.content_type == "image/jpeg"
    assert found.width > 0


@pytest.mark.parametrize("content", [SVG, b"", b"GIF89a" + b"\x00" * 40, b"\xff\xd8\xff", b"RIFF" + b"\x00" * 30])
def test_nothing_else_is_a_picture(content: bytes) -> None:
    assert picture_in(content) is None


@pytest.mark.parametrize("picture", [PNG, JPEG[:2_000], WEBP], ids=["png", "jpeg", "webp"])
def test_a_part_of_one_never_breaks_the_reading(picture: bytes) -> None:
    for length in range(len(picture)):
        picture_in(picture[:length])
