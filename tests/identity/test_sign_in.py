"""Signing in on pages: sessions, their limits, and what nobody can do to them."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.identity.models import BrowserSession, Membership
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.db import db, transaction
from tests.identity.people import HOST, PASSWORD, Browser, apart, make_member


@pytest.fixture
def tab(client: FlaskClient) -> Browser:
    return Browser(client)


def deeds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_an_owner_signs_in_and_comes_to_the_office(business, tab):
    make_member()
    answer = tab.sign_in()
    assert (answer.status_code, answer.location) == (303, "/admin")
    assert tab.is_signed_in()
    assert "login" in deeds()


def test_a_customer_comes_to_the_front_door(business, tab):
    make_member(role=Role.CUSTOMER)
    assert tab.sign_in().location == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(business, tab):
    make_member()
    wrong = tab.sign_in(password="not-this-one-here")
    unknown = tab.sign_in(email="nobody@majorna.example")
    assert wrong.status_code == unknown.status_code == 422
    same = "The e-mail address or the password is wrong."
    assert same in wrong.text
    assert same in unknown.text
    assert 'value="nobody@majorna.example"' in unknown.text  # what was typed stays
    assert PASSWORD not in unknown.text


def test_the_session_is_another_one_after_signing_in(business, tab, client):
    make_member()
    tab.get("/login")
    tab.sign_in()
    first = client.get_cookie("kontor", "majorna.localhost").value
    secrets = set(db.session.scalars(select(BrowserSession.token_hash)))
    tab.sign_in()
    db.session.rollback()
    assert client.get_cookie("kontor", "majorna.localhost").value != first
    assert secrets < set(db.session.scalars(select(BrowserSession.token_hash)))


def test_a_cookie_planted_before_signing_in_opens_nothing(clean, business, tab, client):
    make_member()
    tab.get("/login")
    planted = client.get_cookie("kontor", "majorna.localhost").value
    tab.sign_in()
    thief = clean.test_client()
    thief.set_cookie("kontor", planted, domain="majorna.localhost")
    assert not Browser(thief).is_signed_in()


def test_the_database_holds_no_secret_that_opens_a_session(business, tab, client):
    make_member()
    tab.sign_in()
    with client.session_transaction(base_url=HOST) as kept:
        secret = kept["_user_id"]
    row = db.session.scalar(select(BrowserSession))
    assert secret.encode() not in row.token_hash
    with client.session_transaction(base_url=HOST) as kept:
        kept["_user_id"] = row.token_hash.hex()
    assert not tab.is_signed_in()


def test_signing_out_ends_the_session_also_for_a_copy_of_its_cookie(clean, business, tab, client):
    make_member()
    tab.sign_in()
    copied = client.get_cookie("kontor", "majorna.localhost").value
    assert tab.post("/logout").status_code == 303
    copy = clean.test_client()
    copy.set_cookie("kontor", copied, domain="majorna.localhost")
    assert not Browser(copy).is_signed_in()


def test_signing_out_needs_the_form_token(business, tab, client):
    make_member()
    tab.sign_in()
    assert apart(client.post, "/logout", base_url=HOST).status_code == 400
    assert apart(client.get, "/logout", base_url=HOST).status_code == 405
    assert tab.is_signed_in()


def test_signing_in_needs_the_form_token_and_keeps_what_was_typed(business, client):
    make_member()
    answer = apart(client.post, "/login", data={"email": "ada@majorna.example", "password": PASSWORD}, base_url=HOST)
    assert answer.status_code == 422
    assert "Please send it once more" in answer.text
    assert 'value="ada@majorna.example"' in answer.text
    assert not Browser(client).is_signed_in()


def test_another_website_cannot_sign_somebody_in(business, tab, client):
    make_member()
    form = {"email": "ada@majorna.example", "password": PASSWORD, "csrf_token": tab.token()}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert apart(client.post, "/login", data=form, headers=headers, base_url=HOST).status_code == 403


@pytest.mark.parametrize(
    ("role", "idle", "whole"), [(Role.DISPATCHER, 120, 12 * 60), (Role.CUSTOMER, 30 * 24 * 60, 30 * 24 * 60)]
)
def test_a_session_ends_by_time(business, tab, clock, role, idle, whole):
    make_member(role=role)
    tab.sign_in()
    clock.forward(minutes=idle - 1)
    assert tab.is_signed_in()
    clock.forward(minutes=idle + 1)
    assert not tab.is_signed_in()


def test_a_busy_session_of_the_office_ends_after_twelve_hours(business, tab, clock):
    make_member()
    tab.sign_in()
    for _hour in range(11):
        clock.forward(hours=1)
        assert tab.is_signed_in()
    clock.forward(hours=1, seconds=1)
    assert not tab.is_signed_in()


def test_use_is_noted_at_most_once_a_minute(business, tab, clock):
    make_member()
    tab.sign_in()

    def noted():
        db.session.rollback()
        return db.session.scalar(select(BrowserSession.last_seen_at))

    first = noted()
    clock.forward(seconds=30)
    tab.is_signed_in()
    assert noted() == first
    clock.forward(seconds=40)
    tab.is_signed_in()
    assert noted() > first


def test_a_member_who_is_kept_out_is_out_at_once_even_with_the_row_left_alone(business, tab):
    member = make_member()
    tab.sign_in()
    with transaction():
        db.session.execute(update(Membership).where(Membership.id == member.id).values(disabled_at=db.func.now()))
    assert not tab.is_signed_in()
    assert tab.sign_in().status_code == 422


def test_a_changed_role_counts_in_a_session_that_is_open(business, tab):
    member = make_member()
    tab.sign_in()
    assert tab.get("/admin/users").status_code == 200
    with transaction():
        db.session.execute(update(Membership).where(Membership.id == member.id).values(role=Role.ACCOUNTANT))
    assert tab.get("/admin/users").status_code == 403
    assert "access.refused" in deeds()


def test_a_cookie_opens_nothing_on_the_api(business, tab, client):
    make_member()
    tab.sign_in()
    assert apart(client.get, "/api/v1/bookings", base_url=HOST).status_code == 401
    assert apart(client.get, "/api/bookings", base_url=HOST).status_code == 401


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/account", "/account"),
        ("/admin/bookings?state=done", "/admin/bookings?state=done"),
        ("https://evil.example/", "/admin"),
        ("//evil.example", "/admin"),
        ("/\\evil.example", "/admin"),
        ("\\\\evil.example", "/admin"),
        ("javascript:alert(1)", "/admin"),
        ("/account\r\nSet-Cookie: a=b", "/admin"),
        ("evil.example", "/admin"),
        ("/login?next=/login", "/admin"),
        ("http://majorna.localhost/account", "/account"),
    ],
)
def test_after_signing_in_one_stays_in_the_house(business, tab, wanted, given):
    make_member()
    assert tab.sign_in(next=wanted).location == given


def test_a_stranger_is_sent_to_sign_in_and_back(business, tab):
    make_member()
    answer = tab.get("/admin/users?kind=staff")
    assert answer.status_code == 303
    assert answer.location == "/login?next=/admin/users?kind%3Dstaff"
    assert tab.sign_in(next="/admin/users?kind=staff").location == "/admin/users?kind=staff"
