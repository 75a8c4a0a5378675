"""Parts of a text message, by the published rules; with no database, Redis or network."""

import pytest

from app.messaging.segments import BASIC, EXTENSION, measured, swap_of, swapped

#: GSM 03.38 as its standard lists it, by code: the basic table without the escape, and the extension.
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "\u000c\u005e\u007b\u007d\u005c\u005b\u007e\u005d\u007c\u20ac"


def test_the_tables_have_the_standards_size() -> None:
    assert set(TABLE) == BASIC
    assert len(BASIC) == 127  # 128 places, one of which is the escape
    assert set(EXTENDED) == EXTENSION


@pytest.mark.parametrize("char", TABLE)
def test_a_basic_letter_takes_one_place(char: str) -> None:
    assert [measured(char * n).count for n in (1, 160, 161, 306, 307)] == [1, 1, 2, 2, 3]
    assert measured(char).encoding == "GSM-7"


@pytest.mark.parametrize("char", EXTENDED)
def test_a_letter_of_the_extension_takes_two(char: str) -> None:
    assert [measured(char * n).count for n in (1, 80, 81)] == [1, 1, 2]
    # 153 is odd: a letter that is two places long is never torn, so a part holds 76.
    assert [measured(char * n).count for n in (152, 153)] == [2, 3]
    assert measured(char).units == 2


def test_swedish_and_danish_letters_are_cheap_and_others_are_not() -> None:
    assert measured("åäöæøÅÄÖÆØüéà").encoding == "GSM-7"
    for dear in ("ê", "😀", "’", "ç", "–", "\u00a0", "š"):
        assert measured(dear).encoding == "UCS-2", dear


def test_ucs_2_has_seventy_then_sixty_seven_and_an_emoji_takes_two() -> None:
    assert [measured("ê" * n).count for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert [measured("😀" * n).count for n in (35, 36, 66, 67)] == [1, 2, 2, 3]


def test_the_one_character_that_doubles_the_price_is_pointed_out_with_its_swap() -> None:
    text = "Don’t forget: we move you on Saturday at eight, and the keys are with your neighbour Olle." + "x" * 30
    cost = measured(text)
    assert (cost.encoding, cost.count, cost.swapped_count, cost.is_dearer) == ("UCS-2", 2, 1, True)
    assert [(odd.char, odd.count, odd.swap) for odd in cost.odd] == [("’", 1, "'")]
    assert measured(swapped(text)).encoding == "GSM-7"


def test_a_character_without_a_twin_is_named_and_left_alone() -> None:
    cost = measured("Hi 😀")
    assert [(odd.char, odd.swap) for odd in cost.odd] == [("😀", None)]
    assert swapped("Hi 😀") == "Hi 😀"
    assert not cost.is_dearer
    assert [swap_of(char) for char in "ê“–…"] == ["e", '"', "-", "..."]


def test_an_empty_text_is_one_part_of_nothing() -> None:
    assert (measured("").count, measured("").units) == (1, 0)
