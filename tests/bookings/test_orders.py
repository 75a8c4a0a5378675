"""`MoveOrder`: the one model behind the pages and the API."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from pydantic import ValidationError

from app.bookings.orders import MoveOrder, last_day
from app.customers.contact import likely_meant
from app.kernel.businesses import Business
from app.kernel.errors import Invalid, Malformed
from app.web.schemas import parse_json
from tests.make import a_day_ahead, make_order, move_body


def faults(**more: Any) -> dict[str, str]:
    """The words that each field of such a booking is refused with."""
    try:
        make_order(**more)
    except ValidationError as error:
        return {str(one["loc"][0]): str(one["ctx"]["error"]) if "ctx" in one else one["msg"] for one in error.errors()}
    return {}


def test_all_faults_are_told_at_once_under_their_own_names(business: Business) -> None:
    found = faults(
        name=" ", email="anna", phone="12", fromAddress="", toAddress="", date="2020-01-01", time="05:00", notes="\x07"
    )
    assert found.keys() == {"name", "email", "phone", "fromAddress", "toAddress", "date", "time", "notes"}


def test_a_day_that_is_over_is_refused_and_today_is_not(business: Business) -> None:
    assert "over" in faults(date=a_day_ahead(-1).isoformat())["date"]
    assert faults(date=a_day_ahead(0).isoformat(), time=None) == {}


def test_a_day_too_far_ahead_is_refused(business: Business) -> None:
    last = last_day(a_day_ahead(0))
    assert faults(date=last.isoformat()) == {}
    assert "18 months" in faults(date=(last + timedelta(days=1)).isoformat())["date"]


@pytest.mark.parametrize("written", ["28/11/2026", "tomorrow", "2026-13-01", "2026-02-30", "20261128", "1764288000"])
def test_what_is_no_date_is_refused_in_words(business: Business, written: str) -> None:
    assert "2026-11-28" in faults(date=written)["date"]


def test_a_time_today_that_has_passed_is_refused(business: Business, clock: Any) -> None:
    day_begins = datetime.combine(a_day_ahead(1), datetime.min.time(), UTC)
    clock.forward(seconds=(day_begins + timedelta(hours=12) - clock.now()).total_seconds())
    today = clock.today("Europe/Stockholm").isoformat()
    assert "over" in faults(date=today, time="08:00")["time"]
    assert faults(date=today, time="20:00") == {}


def test_only_hours_at_which_we_start_are_taken(business: Business) -> None:
    assert "06:00" in faults(time="03:30")["time"]
    assert faults(time="06:00") == faults(time="21:30") == {}


def test_a_day_without_a_time_is_a_day_any_time(business: Business) -> None:
    order = make_order(time=None)
    start, end = order.span(business)
    assert order.time is None
    assert start < end


@pytest.mark.parametrize("same", ["Linnégatan 12, 413 04 Göteborg", " LINNÉGATAN 12,  413 04 göteborg "])
def test_moving_to_where_one_lives_is_refused(business: Business, same: str) -> None:
    assert "same" in faults(fromAddress="Linnégatan 12, 413 04 Göteborg", toAddress=same)["toAddress"]


def test_a_move_needs_a_new_address_and_a_cleaning_does_not(business: Business) -> None:
    assert "Where do you move to?" in faults(toAddress="")["toAddress"]
    body = move_body(serviceType="cleaning")
    del body["toAddress"]
    assert MoveOrder.model_validate(body, strict=False).to_address == ""


@pytest.mark.parametrize("number", ["070-123 45 67", "0701234567", "+46 70 123 45 67", "0046701234567", "031 12 45 80"])
def test_a_phone_number_is_taken_in_any_spelling(business: Business, number: str) -> None:
    assert make_order(phone=number).phone == number


@pytest.mark.parametrize("number", ["12", "070", "abc", "0701234567890123456"])
def test_an_impossible_number_is_refused(business: Business, number: str) -> None:
    assert faults(phone=number).keys() == {"phone"}


def test_a_slip_in_an_address_is_asked_about_and_never_refused(business: Business) -> None:
    assert faults(email="anna@gmial.com") == {}
    assert likely_meant("anna@gmial.com") == "anna@gmail.com"
    assert likely_meant("anna@gmail.com") is None
    assert likely_meant("anna@example.se") is None


def test_names_are_one_line_composed_and_without_control_characters(business: Business) -> None:
    assert make_order(name="  Asa\u030a   Berg ").name == "Aså Berg"
    assert "name" in faults(name="Anna\x00")
    assert "fromAddress" in faults(fromAddress="Linné\ngatan 1")
    assert make_order(notes="one\r\ntwo").notes == "one\ntwo"


def test_the_clocks_change_and_eight_stays_eight(business: Business, clock: Any) -> None:
    start = datetime(2027, 3, 20, 12, tzinfo=UTC)
    clock.forward(seconds=(start - clock.now()).total_seconds())
    before, _end = make_order(date="2027-03-27", time="08:00").span(business)
    after, _end = make_order(date="2027-03-28", time="08:00").span(business)
    assert (before, after) == (datetime(2027, 3, 27, 7, tzinfo=UTC), datetime(2027, 3, 28, 6, tzinfo=UTC))


def test_unknown_fields_are_refused(business: Business) -> None:
    for name in ("price", "state", "id", "customerId"):
        assert name in faults(**{name: "1"})


@trying(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([*move_body(), "size", "extras", "notes", "language", "serviceType"]),
        st.one_of(
            st.text(max_size=40),
            st.none(),
            st.integers(),
            st.dates().map(date.isoformat),
            st.lists(st.text(max_size=9)),
        ),
    )
)
def test_anything_at_all_is_an_order_or_a_refusal(business: Business, odd: dict[str, Any]) -> None:
    with suppress(Invalid, Malformed):  # NULs and lone surrogates cannot be read at all
        assert isinstance(parse_json(MoveOrder, json.dumps(move_body() | odd).encode()), MoveOrder)
