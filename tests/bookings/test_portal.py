"""The front door and the steps of the booking form, as a browser without JavaScript and as htmx meet them."""

import re

import pytest

from app.bookings.open_hours import opening_hours
from app.kernel.config import settings
from tests.bookings.visitor import HTMX, bookings, typed, value_of
from tests.identity.people import Browser
from tests.make import make_business


def test_the_front_door_shows_what_can_be_booked_and_how_to_reach_the_firm(visitor: Browser) -> None:
    page = visitor.get("/").text
    assert 'href="/book/move"' in page
    assert 'href="/book/cleaning"' in page
    assert 'href="tel:031124580"' in page


def test_a_car_hire_shows_its_telephone_and_the_search_for_cars(visitor: Browser) -> None:
    make_business(
        "biler", name="Sundby Biler", services=["car"], phone="86 12 34 56", opening_hours="Mon–Fri 08:00–18:00"
    )
    there = Browser(visitor.client, "http://biler.localhost")
    page = there.get("/").text
    assert 'href="tel:86123456"' in page
    assert "08:00–18:00" in page
    assert 'href="/book/' not in page
    assert 'action="/search"' in page
    assert there.get("/book").headers["Location"].endswith("/search")
    assert there.get("/book/move").status_code == 404


def test_where_one_service_is_offered_choosing_leads_to_its_form(visitor: Browser) -> None:
    make_business("ren", services=["cleaning"])
    assert Browser(visitor.client, "http://ren.localhost").get("/book").headers["Location"] == "/book/cleaning"
    assert visitor.get("/book").status_code == 200


def test_hours_are_parted_at_their_first_figure_or_a_colon() -> None:
    written = "Mon–Fri 07:00–18:00; Sunday: closed\nby appointment"
    assert opening_hours(written) == [("Mon–Fri", "07:00–18:00"), ("Sunday", "closed"), ("by appointment", "")]
    assert opening_hours("") == []


def test_the_privacy_page_names_helpers_only_where_they_help(visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "OpenAI" not in visitor.get("/privacy").text
    monkeypatch.setattr(settings(), "openai_api_key", "key")
    assert "OpenAI" in visitor.get("/privacy").text


def test_each_step_carries_the_others_along(visitor: Browser) -> None:
    first = visitor.get("/book/move")
    assert "What do you move?" in first.text
    second = visitor.post("/book/move", {"step": "1", "size": "3 rooms", "extras": ["Piano"], "notes": "a\nb <i>"})
    assert second.status_code == 200
    assert "When and where do you move?" in second.text
    assert re.search(r'value="3 rooms" checked', second.text)
    assert re.search(r'value="Piano" checked', second.text)
    assert "a\nb &lt;i&gt;</textarea>" in second.text
    assert "err" not in re.findall(r'class="(\w+)" id="from_address-err"', second.text)
    third = visitor.post("/book/move", typed(step="2"))
    assert "How do we reach you?" in third.text
    assert value_of(third.text, "to_address") == "Strandvägen 4, 442 31 Kungälv"
    assert bookings() == []


def test_back_keeps_what_was_typed_even_when_it_is_wrong(visitor: Browser) -> None:
    page = visitor.post("/book/move", typed(go="back", email="anna@", date="2020-01-01"))
    assert page.status_code == 200
    assert "When and where do you move?" in page.text
    assert value_of(page.text, "email") == "anna@"
    assert "This day is over" not in page.text


def test_each_bad_field_has_its_own_message_and_the_rest_stays(visitor: Browser) -> None:
    page = visitor.post(
        "/book/move", typed(step="2", to_address="linnégatan 12, 413 04 göteborg", date="2020-01-01", time="")
    )
    assert page.status_code == 422
    assert 'id="to_address-err"' in page.text
    assert 'id="date-err"' in page.text
    assert 'id="from_address-err"' not in page.text
    assert value_of(page.text, "from_address") == "Linnégatan 12, 413 04 Göteborg"
    assert '<a class="lnk" href="#date">' in page.text


def test_what_was_missed_on_an_earlier_step_is_asked_for_there(visitor: Browser) -> None:
    page = visitor.post("/book/move", typed(from_address="", name=""))
    assert page.status_code == 422
    assert "When and where do you move?" in page.text
    assert "Write the address" in page.text
    assert "Write your name." not in page.text
    assert bookings() == []


def test_a_field_is_checked_when_it_is_left(visitor: Browser) -> None:
    answer = visitor.post("/book/move/check?check=date", typed(date="2020-01-01", email="anna@"), headers=HTMX)
    assert answer.status_code == 200
    assert "This day is over" in answer.text
    assert 'id="email' not in answer.text
    assert "box-from_address" in visitor.post("/book/move/check?check=from_address", typed(), headers=HTMX).text
    assert visitor.post("/book/move/check?check=csrf_token", typed(), headers=HTMX).status_code == 404
    assert bookings() == []


def test_an_address_without_a_postcode_is_remarked_on_and_taken(visitor: Browser) -> None:
    odd = typed(from_address="Linnégatan 12, 4130 Göteborg")
    assert "no postcode like 413 04" in visitor.post("/book/move/check?check=from_address", odd, headers=HTMX).text
    assert visitor.post("/book/move", odd).status_code == 303


def test_htmx_gets_the_step_alone_and_its_address(visitor: Browser) -> None:
    answer = visitor.post("/book/move", typed(step="1"), headers=HTMX)
    assert answer.text.lstrip().startswith('<div id="book"')
    assert answer.headers["HX-Push-Url"] == "/book/move?step=2"
    assert "HX-Push-Url" not in visitor.post("/book/move", typed(step="2", date=""), headers=HTMX).headers
    done = visitor.post("/book/move", typed(), headers=HTMX)
    assert done.status_code == 204
    assert done.headers["HX-Redirect"].startswith("/booking/")


def test_an_address_may_fill_the_form_in_and_does_no_harm(visitor: Browser) -> None:
    page = visitor.get(
        '/book/move?step=2&fromAddress="><script>x</script>&date=nonsense&extras=Piano&size=3+rooms&time=99'
    )
    assert page.status_code == 200
    assert "<script>x" not in page.text
    assert "&lt;script&gt;" in page.text
    assert visitor.get("/book/move?step=9").status_code == visitor.get("/book/move?step=²").status_code == 200
    assert bookings() == []


def test_cleaning_asks_for_one_address(visitor: Browser) -> None:
    assert 'name="to_address"' not in visitor.get("/book/cleaning?step=2").text
    sent = typed(size="50 to 80 m²", extras=["Oven", "Windows"])
    del sent["to_address"]
    assert visitor.post("/book/cleaning", sent).status_code == 303
    made = bookings()[0]
    assert (made.service, made.to_address, made.extras) == ("cleaning", "", ["Oven", "Windows"])
