"""A price in the form: shown while one types, kept as it was shown, seen by the office and the customer."""

from decimal import Decimal

from flask.testing import FlaskClient

from app.bookings import price_list
from app.bookings.pricing import USUAL
from app.kernel.access import Role
from app.kernel.businesses import Business
from tests.bookings.visitor import book, bookings, typed, value_of
from tests.identity.people import Browser, make_member
from tests.make import move_body


def set_prices(**more: int) -> None:
    """The usual amounts, some of them others."""
    amounts = {part: Decimal(amount) for part, amount in (USUAL["move"] | more).items() if amount}
    price_list.set_amounts("move", amounts)


def test_without_amounts_no_price_is_shown(visitor: Browser, business: Business) -> None:
    assert 'id="price"' not in visitor.get("/book/move").text
    book(visitor)
    assert bookings()[0].price_low is None


def test_the_price_is_told_while_one_types(visitor: Browser, business: Business) -> None:
    set_prices()
    assert "a price stands here" in visitor.get("/book/move").text
    answer = visitor.post("/book/move/price", {"step": "1", "volume": "25", "extras": ["Piano"]})
    assert "6,550–8,350" in answer.text
    odd = visitor.post("/book/move/price", {"step": "1", "volume": "much", "floor": "9" * 30})
    assert odd.status_code == 200


def test_what_was_shown_is_kept_with_the_booking(visitor: Browser, business: Business) -> None:
    set_prices()
    sent = typed(volume="25", floor="3", lift="no", to_floor="0", to_lift="yes", distance="15")
    book(visitor, **sent)
    made = bookings()[0]
    assert (made.price_low, made.price_high, made.price) == (7200, 9200, None)
    assert made.details == {
        "volume": 25, "floor": 3, "lift": False, "toFloor": 0, "toLift": True, "distance": 15,
    }  # fmt: skip
    assert made.price_basis is not None
    assert {line["part"] for line in made.price_basis["lines"]} == {"base", "volume", "extra:Piano", "floor"}
    set_prices(base=9_000)
    assert bookings()[0].price_low == 7200, "later amounts change nothing"


def test_a_price_that_changed_meanwhile_is_shown_before_it_is_kept(visitor: Browser, business: Business) -> None:
    set_prices()
    last = visitor.post("/book/move", typed(step="2", volume="25"))
    shown = value_of(last.text, "_price")
    set_prices(base=9_000)
    again = visitor.post("/book/move", typed(volume="25", _price=shown))
    assert again.status_code == 200
    assert "changed its prices" in again.text
    assert bookings() == []
    assert visitor.post("/book/move", typed(volume="25", _price=value_of(again.text, "_price"))).status_code == 303


def test_programs_may_say_volume_and_floors_too(client: FlaskClient, business: Business) -> None:
    set_prices()
    body = move_body(volume=10, floor=2, lift=False, toFloor=1, toLift=True, distance=50)
    assert client.post("/api/v1/booking", json=body).status_code == 201
    assert bookings()[0].price_low is not None
    assert client.post("/api/v1/booking", json=move_body(volume="10")).status_code == 422
    assert client.post("/api/v1/booking", json=move_body(floor=900)).status_code == 422


def test_office_and_customer_see_it_and_the_office_fixes_it(visitor: Browser, business: Business) -> None:
    set_prices()
    page = visitor.get(book(visitor, volume="25"))
    assert "6,550–8,350" in page.text
    make_member(role=Role.DISPATCHER)
    visitor.sign_in()
    reference = bookings()[0].reference
    shown = visitor.get(f"/admin/bookings/{reference}").text
    assert "shown as 6,550" in shown
    assert "Fix the price" in shown
    assert "25 m³" in shown
