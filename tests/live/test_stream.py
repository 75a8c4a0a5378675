"""Who hears what on a stream, and when it ends by itself; `tests/faults/test_live.py` tries it on real processes."""

from itertools import islice
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app.kernel.businesses import Business
from app.kernel.db import add, transaction
from app.kernel.events import Event
from app.kernel.tenancy import within
from app.live.hub import MOST_WAITING, Heard, Hub, Listener, happened_after, missed_since
from app.live.views import _missed, _stream
from tests.identity.people import HOST, Browser, apart, make_member
from tests.make import make_business


def happen(count: int = 1, **more: Any) -> Event:
    """So many things that happened; the last of them."""
    with transaction():
        for _ in range(count):
            last = add(Event(name="booking.changed", **more))
    return last


def heard(number: int, business_id: int, hears: frozenset[int] = frozenset()) -> Heard:
    """An event as the hub hands it out."""
    return Heard(number, "booking.changed", business_id, hears, {}, None)  # type: ignore[arg-type]  # nobody asks when


def test_a_customer_who_comes_back_hears_their_own_among_many_others(business: Business) -> None:
    last = happen(hears=[7])
    mine = happen(hears=[7])
    happen(count=MOST_WAITING + 50)
    missed = missed_since(last.id, Listener(business.id, user_id=7, hears_all=False))
    assert [event.id for event in missed] == [mine.id]


def test_who_was_away_for_long_hears_the_latest_in_order(business: Business) -> None:
    last = happen()
    newest = happen(count=MOST_WAITING + 50)
    missed = [event.id for event in missed_since(last.id, Listener(business.id, user_id=1, hears_all=True))]
    assert missed == list(range(newest.id - MOST_WAITING + 1, newest.id + 1))


def test_nobody_hears_of_another_firm(business: Business) -> None:
    other = make_business("other")
    with within(other.id):
        foreign = happen(hears=[7])
    own = happen()
    listener = Listener(business.id, user_id=7, hears_all=True)
    assert [event.id for event in missed_since(own.id, listener)] == []
    assert missed_since(foreign.id, listener) == []
    assert not listener.may_hear(heard(foreign.id, other.id))


def test_drivers_and_customers_hear_what_names_them(business: Business) -> None:
    listener = Listener(business.id, user_id=7, hears_all=False)
    assert listener.may_hear(heard(1, business.id, frozenset({7})))
    assert not listener.may_hear(heard(2, business.id, frozenset({8})))


def test_a_stream_that_cannot_keep_up_ends_so_that_its_browser_comes_back(clean: APIFlask, business: Business) -> None:
    hub, listener = Hub(clean), Listener(business.id, user_id=1, hears_all=True)
    hub.join(listener)
    try:
        for number in range(1, MOST_WAITING + 2):
            hub._hand_out(heard(number, business.id))
        lines = list(islice(_stream(listener, []), MOST_WAITING + 10))
    finally:
        hub.leave(listener)
    assert len(lines) == 1 + MOST_WAITING
    assert lines[-1].startswith(f"id: {MOST_WAITING}\n")


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_stream_that_is_closed_leaves_nobody_listening(
    clean: APIFlask, client: FlaskClient, business: Business, method: str
) -> None:
    make_member()
    assert Browser(client).sign_in().status_code == 303
    hub: Hub = clean.extensions["live"]
    answer = apart(client.open, "/events", method=method, base_url=HOST, buffered=False)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    answer.close()
    assert hub.listeners == 0


def told_first(client: FlaskClient, address: str, **headers: str) -> str:
    """What a stream that opens now says of the time before it."""
    answer = apart(client.open, address, base_url=HOST, buffered=False, headers=headers)
    try:
        return "".join(line.decode() if isinstance(line, bytes) else line for line in islice(answer.response, 2))
    finally:
        answer.close()


def test_what_happens_between_a_page_and_its_stream_is_heard(client: FlaskClient, business: Business) -> None:
    make_member()
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    before = happen()
    page = browser.get("/admin").text
    address = page.split('hx-sse:connect="', 1)[1].split('"', 1)[0]
    assert address.startswith("/events?since=")
    assert int(address.partition("=")[2]) >= before.id
    between = happen()
    assert f"id: {between.id}\n" in told_first(client, address)


def test_without_the_pages_word_it_would_not_be_heard(clean: APIFlask, business: Business) -> None:
    known, between = happen(), happen()
    listener = Listener(business.id, user_id=1, hears_all=True)
    with clean.test_request_context(f"/events?since={known.id}"):
        assert [event.id for event in _missed(listener)] == [between.id]
    for address in ("/events", "/events?since=", "/events?since=x", f"/events?since={'9' * 30}"):
        with clean.test_request_context(address):
            assert _missed(listener) == []


def test_the_browsers_own_last_id_wins_over_the_pages(client: FlaskClient, business: Business) -> None:
    make_member()
    assert Browser(client).sign_in().status_code == 303
    known = happen()
    later = happen()
    told = told_first(client, f"/events?since={later.id}", **{"Last-Event-ID": str(known.id)})
    assert f"id: {later.id}\n" in told


@pytest.mark.parametrize("count", [1, 3])
def test_a_new_stream_tells_only_what_its_page_did_not_know(business: Business, count: int) -> None:
    known = happen(count)
    listener = Listener(business.id, user_id=1, hears_all=True)
    assert happened_after(known.id, listener) == []
    fresh = happen()
    assert [event.id for event in happened_after(known.id, listener)] == [fresh.id]
