"""Each guard once more with the guard taken out: what it kept shut then opens, so its test can fail."""

import jwt
import pytest
from sqlalchemy import update

from app.identity import accounts, login, tokens, views
from app.identity.login import SignedIn
from app.identity.models import ApiToken, Membership
from app.kernel.access import Role
from app.kernel.db import db, transaction
from tests.identity.people import HOST, Browser, apart, body_of, is_open, log_in, make_member


@pytest.fixture
def tab(client, business) -> Browser:
    make_member()
    return Browser(client)


def test_without_the_look_at_the_path_a_cookie_opens_the_api(tab, client, monkeypatch):
    tab.sign_in()
    assert apart(client.get, "/api/v1/bookings", base_url=HOST).status_code == 401
    monkeypatch.setattr(login, "knows_cookies", lambda *_given: True)
    assert apart(client.get, "/api/v1/bookings", base_url=HOST).status_code != 401


def test_without_the_check_of_next_one_is_sent_to_another_site(tab, monkeypatch):
    monkeypatch.setattr(views, "own_path", lambda target: target)
    assert tab.sign_in(next="https://evil.example/").location == "https://evil.example/"


def test_without_the_signature_a_forged_token_opens(tab, client, monkeypatch):
    token = log_in(client).json["token"]
    forged = jwt.encode(jwt.decode(token, options={"verify_signature": False}), "x" * 40, algorithm="HS256")
    assert not is_open(client, forged)
    decode = jwt.decode
    monkeypatch.setattr(
        tokens.jwt, "decode", lambda token, *_given, **_named: decode(token, options={"verify_signature": False})
    )
    assert is_open(client, forged)


def test_without_the_note_of_revocation_a_token_opens_again(tab, client):
    token = log_in(client).json["token"]
    body_of(client, "/api/v1/auth/logout", None, token)
    assert not is_open(client, token)
    with transaction():
        db.session.execute(update(ApiToken).values(revoked_at=None))
    assert is_open(client, token)


def test_without_the_look_at_the_membership_somebody_kept_out_stays_in(tab, monkeypatch):
    tab.sign_in()
    with transaction():
        db.session.execute(update(Membership).values(disabled_at=db.func.now()))
    assert not tab.is_signed_in()
    monkeypatch.setattr(login, "_present_role", lambda _found, member: Role(member.role))
    assert tab.is_signed_in()


def test_without_the_limits_a_session_lasts(tab, clock, monkeypatch):
    tab.sign_in()
    clock.forward(days=2)
    assert not tab.is_signed_in()
    monkeypatch.setattr(login.BrowserSession, "is_live", lambda *_given: True)
    assert tab.is_signed_in()


def test_without_the_ten_minutes_no_password_is_asked_for(tab, clock, monkeypatch):
    tab.sign_in()
    clock.forward(minutes=30)
    form = {"name": "Bo Ek", "email": "bo@majorna.example", "role": "owner"}
    assert tab.post("/admin/users/new", form).status_code == 403
    monkeypatch.setattr(SignedIn, "is_fresh", True)
    assert tab.post("/admin/users/new", form).status_code == 303


def test_without_the_end_of_the_row_a_copied_cookie_outlives_signing_out(clean, tab, client, monkeypatch):
    tab.sign_in()
    copied = client.get_cookie("kontor", "majorna.localhost").value
    monkeypatch.setattr(login.sessions, "end", lambda _session_id: None)
    tab.post("/logout")
    copy = clean.test_client()
    copy.set_cookie("kontor", copied, domain="majorna.localhost")
    assert Browser(copy).is_signed_in()


def test_without_a_decoy_an_unknown_address_would_be_told_by_the_time(tab, client, monkeypatch):
    heard = []
    matches = accounts.passwords.matches
    monkeypatch.setattr(accounts.passwords, "matches", lambda *given: heard.append(given) or matches(*given))
    log_in(client, "nobody@majorna.example")
    assert heard[0][0] is None  # a hash is worked out although nobody has that address


def test_without_the_steady_time_registering_is_told_by_it(tab, client, monkeypatch):
    naps = []
    monkeypatch.setattr("app.identity.steady.clock.sleep", naps.append)
    body = {"name": "Anna Lindqvist", "email": "anna@example.se", "password": "flera-tunga-kartonger"}
    body_of(client, "/api/v1/auth/register", body)
    body_of(client, "/api/v1/auth/register", body)
    assert len(naps) == 2
    assert all(0 < nap < 0.25 for nap in naps)
    assert naps[0] != naps[1]
