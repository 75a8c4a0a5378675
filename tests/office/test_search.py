"""Search over everything from the top bar."""

import pytest

from app.kernel.tenancy import within
from tests.make import make_business
from tests.office.desk import at_desk, booked, make_mail


@pytest.fixture
def desk(client, business):
    """A dispatcher at work."""
    return at_desk(client)


def found(desk, typed: str) -> str:
    """The page's main part."""
    answer = desk.get("/admin/search", query_string={"q": typed})
    assert answer.status_code == 200
    return answer.text.split("<main")[1].split("</main>")[0]


def test_every_page_of_the_office_offers_it(desk) -> None:
    assert 'action="/admin/search"' in desk.get("/admin").text


def test_bookings_customers_and_mails_are_found_together(desk) -> None:
    booking = booked(name="Elsa Wikström", email="elsa@example.se")
    mail = make_mail(subject="For Elsa", to_address="elsa@example.se", to_name="Elsa Wikström")
    booked(name="Bo Ek")
    page = found(desk, "elsa")
    assert f"/admin/bookings/{booking.reference}" in page
    assert f"/admin/emails/{mail.public_id}" in page
    assert 'id="found-customers"' in page
    assert "1 booking" in page
    assert "Bo Ek" not in page


@pytest.mark.parametrize("typed", ["070-999 88 77", "0709998877", "vikström", "ELSA@EXAMPLE.SE", "Kornhamnstorg"])
def test_it_forgives_how_things_are_written(desk, typed: str) -> None:
    booking = booked(
        name="Elsa Wikström",
        email="elsa@example.se",
        phone="+46 70 999 88 77",
        fromAddress="Kornhamnstorg 1, Stockholm",
    )
    assert f"/admin/bookings/{booking.reference}" in found(desk, typed)


def test_a_reference_leads_straight_to_its_booking(desk) -> None:
    booking = booked()
    answer = desk.get("/admin/search", query_string={"q": booking.reference.lower().replace("-", "")})
    assert answer.status_code == 303
    assert answer.location.endswith(f"/admin/bookings/{booking.reference}")


def test_nothing_found_and_nothing_typed_say_so(desk) -> None:
    assert "Nothing found" in found(desk, "xylofon")
    assert "at least two letters" in found(desk, "")
    assert "at least two letters" in found(desk, "x")


@pytest.mark.parametrize("typed", ["%", "__", "''", "\\\\", "<script>", "a" * 500, "@@", "+++", "🙂🙂", "\u202e\u202e"])
def test_anything_may_be_typed(desk, typed: str) -> None:
    booked()
    assert "<script>" not in found(desk, typed)


def test_another_business_is_never_found(client, business) -> None:
    with within(make_business("other").id):
        theirs = booked(name="Not Ours", email="not@ours.example")
        make_mail(to_name="Not Ours")
    desk = at_desk(client)
    for typed in ("Not Ours", "not@ours.example", theirs.reference):
        assert "Nothing found" in found(desk, typed)
