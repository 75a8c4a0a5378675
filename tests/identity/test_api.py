"""The API's accounts: the contract's answers, and nothing that tells who exists."""

import statistics
import time

import pytest
from sqlalchemy import func, select

from app.identity.models import Membership, User
from app.kernel.access import Role
from app.kernel.db import db
from app.kernel.tenancy import across_businesses
from app.messaging.models import EmailLog
from app.web.idempotency import Answered
from tests.identity.people import HOST, PASSWORD, apart, body_of, is_open, log_in, make_member
from tests.make import make_business

ANNA = {"name": "Anna Lindqvist", "email": "anna@example.se", "password": "flera-tunga-kartonger"}
REGISTER, LOGIN = "/api/v1/auth/register", "/api/v1/auth/login"


def test_registering_gives_a_customer_with_a_token(business, client):
    answer = body_of(client, REGISTER, ANNA | {"phone": "070-123 45 67"})
    assert answer.status_code == 201
    assert set(answer.json) == {"token", "user"}
    user = answer.json["user"]
    assert (user["name"], user["email"], user["role"]) == ("Anna Lindqvist", "anna@example.se", "customer")
    assert set(user) == {"id", "name", "email", "role"}
    assert is_open(client, answer.json["token"])
    db.session.rollback()
    assert db.session.scalar(select(Membership.role)) == Role.CUSTOMER


def test_the_short_address_of_the_api_is_the_same(business, client):
    assert body_of(client, "/api/auth/register", ANNA).status_code == 201


def test_a_known_address_gets_the_same_answer_a_token_that_opens_nothing_and_its_owner_a_mail(business, client):
    body_of(client, REGISTER, ANNA)
    again = body_of(client, REGISTER, ANNA | {"email": "Anna@Example.SE", "password": "andra-tunga-kartonger"})
    assert again.status_code == 201
    assert set(again.json) == {"token", "user"}
    assert set(again.json["user"]) == {"id", "name", "email", "role"}
    assert len(again.json["token"].split(".")) == 3
    assert not is_open(client, again.json["token"])
    assert log_in(client, "anna@example.se", ANNA["password"]).status_code == 200
    assert log_in(client, "anna@example.se", "andra-tunga-kartonger").status_code == 401
    mails = db.session.scalars(select(EmailLog)).all()
    assert [(mail.kind, mail.to_address) for mail in mails] == [("account_exists", "anna@example.se")]
    assert db.session.scalar(select(func.count()).select_from(User)) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "anna"}, "email"),
        ({"name": " "}, "name"),
        ({"password": "kort"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "annalindqvist1"}, "password"),
        ({"role": "owner"}, "role"),
        ({"businessId": 1}, "businessId"),
        ({"id": "x"}, "id"),
        ({"phone": "abc"}, "phone"),
        ({"name": "A\x07nna"}, "name"),
        ({"name": 7}, "name"),
        ({"password": ["x"]}, "password"),
    ],
)
def test_wrong_fields_are_named(business, client, change, field):
    answer = body_of(client, REGISTER, ANNA | change)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert "kartonger" not in answer.text  # nothing that was sent is read back


def test_a_missing_field_is_named(business, client):
    answer = body_of(client, LOGIN, {"email": "anna@example.se"})
    assert [error["field"] for error in answer.json["errors"]] == ["password"]


def test_the_same_key_gives_the_same_answer_once_and_no_secret_is_kept_for_that(business, client):
    first, second = (body_of(client, REGISTER, ANNA, headers={"Idempotency-Key": "one"}) for _each in range(2))
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert is_open(client, second.json["token"])
    other = body_of(client, REGISTER, ANNA | {"name": "Eve"}, headers={"Idempotency-Key": "one"})
    assert other.status_code == 422
    kept = db.session.scalar(select(Answered))
    assert first.json["token"].encode() not in kept.body
    assert ANNA["password"].encode() not in kept.body


def test_logging_in_answers_the_contract(business, client):
    member = make_member()
    answer = log_in(client)
    assert answer.status_code == 200
    assert answer.json["user"] == {
        "id": member.user.public_id, "name": "Ada Berg", "email": "ada@majorna.example", "role": "owner",
    }  # fmt: skip
    assert is_open(client, answer.json["token"])


def test_a_wrong_mail_and_a_wrong_password_read_the_same(business, client):
    make_member()
    make_member("new@majorna.example", Role.DRIVER, "New", password=None)
    answers = [
        log_in(client, password="not-this-one-here"),
        log_in(client, "nobody@majorna.example"),
        log_in(client, "new@majorna.example"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    bodies = [{**answer.json, "requestId": ""} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert all("WWW-Authenticate" in answer.headers for answer in answers)


def test_a_wrong_mail_takes_as_long_as_a_wrong_password(business, client, monkeypatch):
    monkeypatch.setattr("app.identity.failures.MOST_FOR_ACCOUNT", 1_000)
    make_member()

    def took(email: str) -> float:
        began = time.perf_counter()
        log_in(client, email, "not-this-one-here")
        return time.perf_counter() - began

    pairs = [(took("ada@majorna.example"), took("nobody@majorna.example")) for _each in range(15)]
    wrong, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert unknown > 0.015  # a hash was worked out
    assert abs(wrong - unknown) < 0.012


def test_registering_takes_as_long_for_a_known_address(business, client):
    times = []
    for _each in range(2):
        began = time.perf_counter()
        body_of(client, REGISTER, ANNA)
        times.append(time.perf_counter() - began)
    assert abs(times[0] - times[1]) < 0.1
    assert min(times) >= 0.25


def test_a_token_is_for_the_business_of_the_host_else_for_the_one_that_is_named(business, client):
    make_member()
    other = make_business("sundby", hostname="sundby.localhost")
    from_there = {"email": "ada@majorna.example", "password": PASSWORD}
    answer = apart(client.post, LOGIN, json=from_there, base_url="http://sundby.localhost")
    assert answer.json["user"]["role"] == "owner"  # at home: she is nobody there
    named = apart(client.post, LOGIN, json=from_there | {"business": "sundby"}, base_url="http://sundby.localhost")
    assert named.status_code == 401
    with across_businesses():
        assert other.slug == "sundby"


def test_logging_out_without_a_token_is_refused(business, client):
    assert body_of(client, "/api/v1/auth/logout", None).status_code == 401


@pytest.mark.parametrize("path", [REGISTER, LOGIN])
def test_odd_bodies_get_a_clear_no(business, client, path):
    def send(**more):
        return apart(client.post, path, base_url=HOST, **more).status_code

    assert send(data="{", content_type="application/json") == 400
    assert send(data="x", content_type="text/plain") == 415
    assert send(data=b'{"email": "\xff"}', content_type="application/json") == 400
    assert send(json=[]) == 422
    assert send(data="null", content_type="application/json") == 422
    assert send(data='{"email": "a@b.se", "password": "\\u0000"}', content_type="application/json") == 400
    assert send(data='{"email": "a@b.se", "password": "\\ud800"}', content_type="application/json") in (400, 422)
    assert apart(client.get, path, base_url=HOST).status_code == 405
