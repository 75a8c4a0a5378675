"""Guessing: ten wrong passwords for an account, thirty from an address, in five minutes; also when sent at once."""

import contextvars
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.identity import accounts, failures
from app.identity.accounts import WrongCredentials
from app.kernel.config import settings
from app.kernel.errors import TooMany
from app.kernel.tenancy import within
from tests.identity.people import PASSWORD, Browser, log_in, make_member

ADDRESS = "203.0.113.7"
MAIL = "ada@majorna.example"


@pytest.fixture
def limited() -> Iterator[None]:
    """The limits by address are on."""
    before = settings().rate_limit_login
    settings().rate_limit_login = "1000/minute"
    yield
    settings().rate_limit_login = before


WRONG = "not-this-one-here"


def guess(password: str = WRONG, email: str = MAIL, address: str = ADDRESS) -> str:
    try:
        accounts.prove(email, password, address=address)
        return "right"
    except WrongCredentials:
        return "wrong"
    except TooMany as refusal:
        return "later" if 0 < (refusal.retry_after or 0) <= 301 else "without a time"


def test_after_ten_wrong_ones_even_the_right_one_waits(business, clock):
    make_member()
    assert [guess() for _each in range(10)] == ["wrong"] * 10
    assert guess(PASSWORD) == "later"
    clock.forward(minutes=5, seconds=1)
    assert guess(PASSWORD) == "right"


def test_without_the_count_an_eleventh_guess_would_be_heard(business, monkeypatch):
    make_member()
    monkeypatch.setattr(failures, "MOST_FOR_ACCOUNT", 1_000)
    assert [guess() for _each in range(12)] == ["wrong"] * 12
    assert guess(PASSWORD) == "right"


def test_addresses_that_nobody_has_are_counted_alike(business):
    assert [guess(email="nobody@majorna.example") for _each in range(11)] == ["wrong"] * 10 + ["later"]


def test_capitals_make_no_second_account_to_guess_at(business):
    make_member()
    names = [MAIL, MAIL.upper(), "Ada@Majorna.example"] * 4
    assert [guess(email=name) for name in names][10:] == ["later"] * 2


def test_signing_in_rightly_starts_the_count_anew(business):
    make_member()
    for _round in range(3):
        assert [guess() for _each in range(9)] == ["wrong"] * 9
        assert guess(PASSWORD) == "right"


def test_other_accounts_go_on(business):
    make_member()
    make_member("bo@majorna.example", name="Bo")
    for _each in range(11):
        guess()
    assert guess(PASSWORD, "bo@majorna.example") == "right"


def test_thirty_from_one_address_are_enough_and_other_addresses_go_on(business, limited):
    make_member()
    assert [guess(email=f"a{number}@majorna.example") for number in range(31)] == ["wrong"] * 30 + ["later"]
    assert guess(PASSWORD) == "later"
    assert guess(PASSWORD, address="203.0.113.8") == "right"


def test_of_forty_guesses_at_once_ten_are_heard(clean, business):
    make_member()
    here = business.id

    def one(number: int) -> str:
        with clean.app_context(), within(here):
            return guess(f"not-this-one-{number}")

    with ThreadPoolExecutor(12) as threads:
        told = list(threads.map(lambda number: contextvars.Context().run(one, number), range(40)))
    assert told.count("wrong") == 10
    assert told.count("later") == 30


def test_many_right_ones_at_once_are_all_let_in(clean, business):
    make_member()
    here = business.id

    def one(_number: int) -> str:
        with clean.app_context(), within(here):
            return guess(PASSWORD)

    with ThreadPoolExecutor(12) as threads:
        assert set(threads.map(lambda number: contextvars.Context().run(one, number), range(24))) == {"right"}


def test_page_and_api_say_so_with_the_time_to_wait(business, client):
    make_member()
    tab = Browser(client)
    for _each in range(10):
        tab.sign_in(password="not-this-one-here")
    for answer in (tab.sign_in(), log_in(client)):
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 301


def test_the_password_asked_for_again_cannot_be_guessed_either(business, client, clock):
    make_member()
    tab = Browser(client)
    tab.sign_in()
    form = {"present": "not-this-one-here", "password": "ny-hast-och-vagn-48"}
    answers = [tab.post("/account/password", form).status_code for _each in range(11)]
    assert answers == [422] * 10 + [429]


def test_logins_and_registrations_from_one_address_are_limited(business, client, limited):
    settings().rate_limit_login = "3/minute"
    answers = [log_in(client, f"a{number}@majorna.example") for number in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[-1].content_type == "application/problem+json"
    assert int(answers[-1].headers["Retry-After"]) > 0
    settings().rate_limit_login = "off"
    assert log_in(client).status_code == 401
