"""Nothing of what a camera writes into a picture stays, and the picture stays as it was."""

import pytest

from app.files.bare import bared
from app.files.pictures import picture_in
from tests.files.pictures import PLACE, photo, placed_png, placed_webp
from tests.settings.pictures import PNG, SVG, WEBP
from tests.standins.jpeg import landscape


@pytest.mark.parametrize(
    ("told", "plain"),
    [(placed_png(), PNG), (placed_webp(), WEBP), (photo(1), landscape())],
    ids=["png", "webp", "jpeg"],
)
def test_where_it_was_taken_is_gone_and_the_picture_stays(told: bytes, plain: bytes) -> None:
    assert PLACE in told
    content = bared(told)
    assert content is not None
    assert PLACE not in content
    assert picture_in(content) == picture_in(plain)
    assert content == bared(plain)


def test_a_phone_that_was_held_sideways_is_remembered() -> None:
    content = bared(photo(6))
    assert content is not None
    assert PLACE not in content
    assert b"Exif\x00\x00MM\x00\x2a" in content
    assert bared(content) == content
    assert len(content) == len(bared(photo(1)) or b"") + 36


@pytest.mark.parametrize("picture", [photo(), placed_png(), placed_webp()], ids=["jpeg", "png", "webp"])
def test_a_part_of_one_never_breaks_the_reading(picture: bytes) -> None:
    for length in range(0, len(picture), 7):
        bared(picture[:length])


@pytest.mark.parametrize("content", [SVG, b"", b"\xff\xd8", b"RIFF", b"\xff\xd8\xff\xe1\x00\x01"])
def test_what_is_no_picture_is_none(content: bytes) -> None:
    assert bared(content) is None
