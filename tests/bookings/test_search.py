"""Forgiving search: exact things first, any spelling of a name, close ones when nothing fits."""

import pytest
from flask import g
from sqlalchemy import select, update

from app.bookings import lifecycle, rentals
from app.bookings.models import Booking
from app.bookings.rentals import RentalOrder
from app.bookings.search import folded, likeness, matching, meant_by, reference_in, search_words
from app.customers.likeness import slips_of, stored_pieces
from app.fleet import holds
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from tests.bookings.test_statements import statements
from tests.fleet.test_holds import at
from tests.make import make_booking, make_business, make_car


def found(typed: str) -> set[str]:
    """The names of the bookings that are found."""
    return {booking.contact_name for booking in db.session.scalars(select(Booking).where(matching(typed)))}


@pytest.fixture
def three(business):
    """Three customers of ours."""
    make_booking(
        name="Åsa Bergström", email="asa.b@example.se", phone="070-111 22 33", fromAddress="Vasagatan 30, Göteborg"
    )
    make_booking(
        name="Anna Lindqvist", email="anna@example.se", phone="+46 70 444 55 66", toAddress="Rådhusgatan 8, Kungälv"
    )
    make_booking(name="Bjørn Sørensen", email="bs@example.dk", phone="+45 12 34 56 78", fromAddress="Algade 5, Århus")
    db.session.rollback()


def test_accents_and_nordic_letters_are_folded() -> None:
    assert folded("Åsa Bergström") == "asa bergstrom"
    assert folded("Århus") == folded("Aarhus") == "arhus"
    assert folded("Sørensen") == folded("Soerensen") == folded("Sörensen")


def test_a_reference_is_read_in_any_spelling() -> None:
    assert reference_in(" k7qf 2m9x ") == reference_in("K7QF2M9X") == "K7QF-2M9X"
    assert reference_in("Lindqvist") is None


def test_a_reference_finds_its_booking(three) -> None:
    booking = db.session.scalar(select(Booking).where(Booking.contact_name == "Anna Lindqvist"))
    assert found(booking.reference.lower().replace("-", "")) == {"Anna Lindqvist"}


@pytest.mark.parametrize("typed", ["0704445566", "070-444 55 66", "+46704445566", "0046 70 444 55 66", "44455"])
def test_a_phone_number_is_found_however_it_is_written(three, typed: str) -> None:
    assert found(typed) == {"Anna Lindqvist"}


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("asa.b@example.se", {"Åsa Bergström"}),
        ("ASA.B@EXAMPLE.SE", {"Åsa Bergström"}),
        ("bergstrom", {"Åsa Bergström"}),
        ("BERGSTRÖM", {"Åsa Bergström"}),
        ("berg", {"Åsa Bergström"}),
        ("strom", {"Åsa Bergström"}),
        ("as", {"Åsa Bergström"}),
        ("vasag", {"Åsa Bergström"}),
        ("anna kungalv", {"Anna Lindqvist"}),
        ("anna vasagatan", set()),
        ("soerensen", {"Bjørn Sørensen"}),
        ("aarhus", {"Bjørn Sørensen"}),
    ],
)
def test_parts_of_words_are_found(three, typed: str, names: set[str]) -> None:
    assert found(typed) == names


@pytest.mark.parametrize(
    ("typed", "name"),
    [("lindkvist", "Anna Lindqvist"), ("bergstorm", "Åsa Bergström"), ("sörenssen", "Bjørn Sørensen")],
)
def test_a_slip_finds_what_comes_close(three, typed: str, name: str) -> None:
    match = meant_by(typed)
    assert match is not None
    assert match.is_close
    assert db.session.get(Booking, match.ids[0]).contact_name == name


@pytest.mark.parametrize("word", ["bergstrom", "lindqvist", "vasagatan", "axelsson", "sandell"])
def test_whatever_the_slip_some_pieces_are_right_all_the_same(word: str) -> None:
    there = set(stored_pieces(word))
    slipped = {word[:at] + word[at + 1 :] for at in range(len(word))}
    slipped |= {word[:at] + "x" + word[at:] for at in range(len(word) + 1)}
    slipped |= {word[:at] + "x" + word[at + 1 :] for at in range(len(word))}
    slipped |= {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)}
    assert [one for one in slipped if not any(there.issuperset(right) for right in slips_of(one))] == []


def test_a_slip_is_not_looked_for_among_all_that_share_some_letters(three) -> None:
    with statements() as sent:
        assert found("lindkvist") == {"Anna Lindqvist"}
    assert not any("unnest" in one for one in sent)
    with statements() as sent:  # two slips: what shares most pieces
        assert found("lxndqvxst") == {"Anna Lindqvist"}
    assert any("unnest" in one for one in sent)


def test_nonsense_finds_nothing(three) -> None:
    assert found("xylofon") == set()


def test_nothing_typed_is_no_search(three) -> None:
    assert meant_by("   ") is None
    assert meant_by("a") is None
    assert len(found("")) == 3


def test_another_business_is_never_found(three) -> None:
    other = make_business("other")
    with within(other.id):
        assert found("anna@example.se") == found("lindqvist") == found("lindkvist") == found("") == set()


def test_what_is_typed_may_be_anything(three) -> None:
    for typed in (
        "%",
        "_",
        "'",
        '"; drop',
        "\\",
        "(",
        "@",
        "@@",
        "+",
        "--",
        "å" * 500,
        "\u202e",
        "🙂",
        "a b c d e f g h i j k",
    ):
        matching(typed)
        found(typed)


def test_without_its_index_words_nothing_is_found(three) -> None:
    """The twin: the words are what search reads."""
    with transaction():
        db.session.execute(update(Booking).values(search=[]))
    assert found("lindqvist") == found("lindkvist") == set()


def test_the_words_of_a_booking_stay_few() -> None:
    words = search_words(
        "K7QF-2M9X",
        "Åsa Bergström",
        "asa@example.se",
        "070-123 45 67",
        "Linnégatan 12, 413 04 Göteborg",
        "Strandvägen 4",
    )
    assert len(words) == len(set(words)) < 70
    assert all(len(word) <= 40 for word in words)


def test_likeness_is_full_for_the_beginning_of_a_word() -> None:
    assert likeness("lind", "Anna Lindqvist") == 100
    assert likeness("", "Anna") == likeness("x", "") == 0


def test_a_rental_is_found_by_its_car_also_after_it_was_changed(clean, business) -> None:
    car = make_car("Polestar 2", plate="POL 222")
    with clean.test_request_context():
        g.business = business
        held = holds.hold(car.id, at(10), at(14), client="visitor:a")
        order = RentalOrder(hold_id=held.public_id, name="Ada Ek", email="ada@example.se", phone="0701234567")
        booking = rentals.confirm(order, {"visitor:a"}, language="en")
    assert found("Polestar") == found("POL 222") == {"Ada Ek"}
    lifecycle.edit(booking.id, {"notes": "Child seat, please."})
    assert found("Polestar") == found("POL 222") == {"Ada Ek"}
