"""API tokens: what is forged, old, revoked or worth more than its user opens nothing."""

import base64
import json
from datetime import timedelta

import jwt
import pytest
from sqlalchemy import select, update

from app.identity import members, tokens
from app.identity.models import ApiToken, Membership
from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.config import settings
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from tests.identity.people import HOST, Browser, apart, body_of, is_open, log_in, make_member
from tests.make import make_business


@pytest.fixture
def owner(business) -> Membership:
    return make_member()


def claims_for(member: Membership, role: Role | None = None, hours: float = 12) -> dict[str, object]:
    with transaction():
        return tokens.issue(member.user, role or Role(member.role), hours=hours)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_a_token_opens_the_api_until_its_time_is_over(owner, client, clock):
    token = tokens.signed(claims_for(owner))
    assert is_open(client, token)
    clock.forward(hours=11, minutes=59)
    assert is_open(client, token)
    clock.forward(minutes=2)
    assert not is_open(client, token)


def test_the_scheme_is_read_in_any_spelling_and_no_other_is(owner, client):
    token = tokens.signed(claims_for(owner))
    for header, status in (("bearer ", 200), ("BEARER  ", 200), ("Basic ", 401), ("Token ", 401), ("", 401)):
        answer = apart(client.get, "/api/v1/bookings", headers={"Authorization": header + token}, base_url=HOST)
        assert (answer.status_code == 401) == (status == 401), header


def test_a_token_opens_no_page_and_none_is_taken_from_an_address_or_cookie(owner, client):
    token = tokens.signed(claims_for(owner))
    headers = {"Authorization": f"Bearer {token}"}
    assert apart(client.get, "/account", headers=headers, base_url=HOST).status_code == 303
    assert apart(client.get, f"/api/v1/bookings?token={token}&access_token={token}", base_url=HOST).status_code == 401
    client.set_cookie("Authorization", f"Bearer {token}", domain="majorna.localhost")
    client.set_cookie("token", token, domain="majorna.localhost")
    assert apart(client.get, "/api/v1/bookings", base_url=HOST).status_code == 401


def test_unsigned_and_foreignly_signed_tokens_open_nothing(owner, client):
    claims = claims_for(owner)
    assert is_open(client, tokens.signed(claims))
    forged = [
        f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}.",
        f"{part({'alg': 'None'})}.{part(claims)}.",
        jwt.encode(claims, "another-secret-of-thirty-two-bytes!!", algorithm="HS256"),
        jwt.encode(claims, settings().jwt_secret, algorithm="HS512"),
        jwt.encode(claims, settings().secret_key, algorithm="HS256"),
        tokens.signed(claims)[:-3] + "abc",
        "a.b.c",
        "",
        "x" * 5000,
    ]
    assert [is_open(client, token) for token in forged] == [False] * len(forged)


@pytest.mark.parametrize("missing", ["sub", "iat", "exp", "jti", "role", "business"])
def test_every_claim_is_needed(owner, client, missing):
    claims = claims_for(owner)
    del claims[missing]
    assert not is_open(client, tokens.signed(claims))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("role", "platform"),
        ("role", 7),
        ("sub", "somebodyelse"),
        ("sub", ["a"]),
        ("jti", "unknown"),
        ("jti", "\x00"),
        ("business", "elsewhere"),
        ("exp", "tomorrow"),
        ("exp", 10**30),
        ("iat", 9_999_999_999),
        ("iat", None),
    ],
)
def test_a_claim_that_the_row_does_not_bear_out_opens_nothing(owner, client, claim, value):
    claims = claims_for(owner) | {claim: value}
    opened = is_open(client, jwt.encode(claims, settings().jwt_secret, algorithm="HS256")) if claim != "exp" else None
    if claim == "exp":
        # A later end than the row's is believed by the signature alone, never by the row.
        claims["exp"] = int((the_clock.now() + timedelta(days=400)).timestamp())
        the_clock.forward(hours=13)
        opened = is_open(client, tokens.signed(claims))
        the_clock.reset()
    assert not opened


def test_a_revoked_token_opens_nothing(owner, client):
    token = tokens.signed(claims_for(owner))
    other = tokens.signed(claims_for(owner))
    assert body_of(client, "/api/v1/auth/logout", None, token).status_code == 204
    assert not is_open(client, token)
    assert is_open(client, other)
    assert body_of(client, "/api/v1/auth/logout", None, token).status_code == 401


def test_the_business_named_must_be_the_users(owner, client):
    other = make_business("sundby", hostname="sundby.localhost")
    with within(other.id):
        claims = claims_for(owner, Role.OWNER)
    assert not is_open(client, tokens.signed(claims))


def test_whoever_is_kept_out_has_no_token_any_more(owner, client):
    make_member("bo@majorna.example", Role.OWNER, "Bo")
    token = tokens.signed(claims_for(owner))
    members.disable(owner.id)
    assert not is_open(client, token)
    members.enable(owner.id)
    assert is_open(client, token)


def test_a_token_gives_no_more_than_its_user_is_now(owner, client):
    make_member("bo@majorna.example", Role.OWNER, "Bo")
    token = tokens.signed(claims_for(owner))
    with transaction():
        db.session.execute(update(Membership).where(Membership.id == owner.id).values(role=Role.ACCOUNTANT))
    assert tokens.read(token).role == Role.ACCOUNTANT
    with transaction():
        db.session.execute(update(Membership).where(Membership.id == owner.id).values(role=Role.CUSTOMER))
    assert tokens.read(token).role == Role.CUSTOMER


def test_a_narrow_token_stays_narrow_and_sideways_roles_give_nothing(owner):
    token = tokens.signed(claims_for(owner, Role.DISPATCHER))
    assert tokens.read(token).role == Role.DISPATCHER
    with transaction():
        db.session.execute(update(Membership).where(Membership.id == owner.id).values(role=Role.ACCOUNTANT))
    assert tokens.read(token) is None


def test_tokens_are_listed_under_the_account_and_revoked_there_by_their_owner_only(clean, owner, client):
    tab = Browser(client)
    tab.sign_in()
    token = log_in(client).json["token"]
    jti = db.session.scalar(select(ApiToken.jti))
    assert jti in tab.get("/account").text
    make_member("eve@majorna.example", Role.CUSTOMER, "Eve")
    eve = Browser(clean.test_client())
    eve.sign_in("eve@majorna.example")
    assert eve.post(f"/account/tokens/{jti}/revoke").status_code == 404
    assert is_open(client, token)
    assert tab.post(f"/account/tokens/{jti}/revoke").status_code == 303
    assert not is_open(client, token)
    assert jti not in tab.get("/account").text
