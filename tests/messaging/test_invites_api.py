"""Invites, plans and businesses for programs, exactly as the contract says."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.kernel import clock as the_clock
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import within
from app.messaging import consent, plans
from tests.identity.people import HOST, apart, body_of, log_in, make_member
from tests.make import make_business
from tests.messaging.texting import make_customer, noon

Call = Callable[..., TestResponse]


@pytest.fixture(autouse=True)
def at_noon(business: Business, clock: Any) -> None:
    noon()


def token_of(client: FlaskClient, role: Role) -> str:
    """A token of somebody in that role."""
    make_member(f"{role}@majorna.example", role)
    return str(log_in(client, f"{role}@majorna.example").json["token"])  # type: ignore[index]  # it has a body


@pytest.fixture
def call(client: FlaskClient, business: Business) -> Call:
    """Calls the API as the dispatcher."""
    return caller(client, token_of(client, Role.DISPATCHER))


def caller(client: FlaskClient, token: str) -> Call:
    """Calls the API with that token."""

    def ask(method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        more: dict[str, Any] = {} if body is None else {"json": body}
        given = {"Authorization": f"Bearer {token}"} | headers
        return apart(client.open, path, method=method, headers=given, base_url=HOST, **more)

    return ask


def invite(call: Call, customer: Any, message: str = "Hi", **headers: str) -> TestResponse:
    return call("POST", "/api/v1/invites", {"customerId": customer.public_id, "message": message}, **headers)


def test_three_are_created_and_the_fourth_is_told_when_it_can_go(call: Call) -> None:
    customer = make_customer()
    for number in range(1, 4):
        answer = invite(call, customer)
        assert answer.status_code == 201
        assert answer.json == {"id": answer.json["id"], "status": "queued", "used": number, "limit": 3}  # type: ignore[index]
        assert answer.headers["Location"].endswith(f"/api/v1/invites/{answer.json['id']}")  # type: ignore[index]
    refused = invite(call, customer)
    assert refused.status_code == 429
    assert refused.content_type == "application/problem+json"
    said = refused.json
    assert said
    assert (said["used"], said["limit"]) == (3, 3)
    seconds = (datetime.fromisoformat(said["resetsAt"]) - the_clock.now()).total_seconds()
    assert 0 <= int(refused.headers["Retry-After"]) - seconds <= 2
    assert db.session.scalar(text("select count(*) from sms_messages")) == 3


def test_an_invite_answers_at_its_short_address_too(call: Call) -> None:
    customer = make_customer()
    assert call("POST", "/invites", {"customerId": customer.public_id, "message": "Hi"}).status_code == 201
    assert call("POST", "/api/invites", {"customerId": customer.public_id, "message": "Hi"}).status_code == 201


def test_the_same_key_sends_one(call: Call) -> None:
    customer = make_customer()
    answers = [invite(call, customer, **{"Idempotency-Key": "once"}) for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert plans.standing().used == 1


def test_refusals_by_the_contract(call: Call, business: Business) -> None:
    with within(make_business("other").id):
        theirs = make_customer()
    unknown = call("POST", "/api/v1/invites", {"customerId": "z" * 20, "message": "Hi"})
    foreign = invite(call, theirs)
    assert unknown.status_code == foreign.status_code == 404
    assert invite(call, make_customer(number="")).status_code == 409
    stopped = make_customer("Bo Ek")
    consent.stop(stopped.phone_number, source="sms", text="STOP")
    refused = invite(call, stopped)
    assert refused.status_code == 409
    assert "Bo Ek" in refused.text
    plans.subscribe(business.id, "pro", ends_at=the_clock.now())
    lapsed = invite(call, make_customer())
    assert (lapsed.status_code, "Retry-After" in lapsed.headers) == (402, False)
    assert plans.standing().used == 0


@pytest.mark.parametrize(
    "body", [{}, {"customerId": "x"}, {"customerId": "x", "message": " "}, {"customerId": 7, "message": "Hi"},
             {"customerId": "x", "message": "Hi", "state": "sent"}, {"customerId": "x", "message": "h" * 1601}],
)  # fmt: skip
def test_a_wrong_body_is_422_and_names_the_field(call: Call, body: dict[str, Any]) -> None:
    answer = call("POST", "/api/v1/invites", body)
    assert answer.status_code == 422
    assert answer.json
    assert answer.json["errors"]


def test_the_list_the_invite_and_the_resend(call: Call, run_jobs: Callable[..., int]) -> None:
    customer = make_customer()
    first = invite(call, customer, "Hi {first_name}").json["id"]  # type: ignore[index]
    assert call("POST", f"/api/v1/invites/{first}/resend").status_code == 409
    run_jobs()
    shown = call("GET", f"/api/v1/invites/{first}").json
    assert shown
    assert (shown["status"], shown["message"], shown["counted"], shown["parts"]) == ("sent", "Hi Anna", True, 1)
    again = call("POST", f"/api/v1/invites/{first}/resend")
    assert (again.status_code, again.json["used"]) == (202, 2)  # type: ignore[index]
    listed = call("GET", f"/api/v1/invites?customerId={customer.public_id}").json
    assert listed
    assert (listed["total"], listed["items"][0]["resendOf"]) == (2, first)
    assert call("GET", "/api/v1/invites?status=sent").json["total"] == 1  # type: ignore[index]


def test_the_subscription_says_what_is_left_and_when_it_begins_anew(call: Call) -> None:
    invite(call, make_customer())
    said = call("GET", "/api/v1/subscription").json
    assert said
    assert (said["plan"], said["limit"], said["used"], said["left"], said["lapsed"]) == ("starter", 3, 1, 2, False)
    assert datetime.fromisoformat(said["resetsAt"]) == plans.standing().resets_at


def test_roles(client: FlaskClient, business: Business) -> None:
    customer = make_customer()
    may = {Role.OWNER: 201, Role.ACCOUNTANT: 403, Role.DRIVER: 403, Role.CUSTOMER: 403}
    for role, status in may.items():
        call = caller(client, token_of(client, role))
        assert invite(call, customer).status_code == status, role
        assert call("GET", "/api/v1/invites").status_code == (200 if role in (Role.OWNER, Role.ACCOUNTANT) else 403)
        assert call("GET", "/api/v1/plans").status_code == 403
        assert call("GET", "/api/v1/businesses").status_code == (200 if role == Role.OWNER else 403)
    body = {"customerId": customer.public_id, "message": "Hi"}
    assert body_of(client, "/api/v1/invites", body).status_code == 401


def test_the_operator_edits_plans_and_lifts_a_business(client: FlaskClient, business: Business) -> None:
    other = make_business("other")
    operator = caller(client, token_of(client, Role.PLATFORM))
    listed = operator("GET", "/api/v1/plans").json
    assert listed
    assert [(plan["id"], plan["monthlyInvites"]) for plan in listed["items"]] == [
        ("starter", 3),
        ("growth", 100),
        ("pro", 1000),
    ]
    address = f"/api/v1/businesses/{other.public_id}/subscription"
    lifted = operator("PUT", address, {"plan": "growth"})
    assert (lifted.status_code, lifted.json["limit"]) == (200, 100)  # type: ignore[index]
    assert operator("PUT", address, {"plan": "gold"}).status_code == 422
    assert operator("PUT", "/api/v1/businesses/zzz/subscription", {"plan": "pro"}).status_code == 404
    firms = operator("GET", "/api/v1/businesses").json
    assert firms
    assert [(firm["slug"], firm["plan"]) for firm in firms["items"]] == [("majorna", "starter"), ("other", "growth")]
    assert operator("PATCH", "/api/v1/plans/starter", {"monthlyInvites": 5}).json["version"] == 2  # type: ignore[index]
    stale = operator("PATCH", "/api/v1/plans/starter", {"monthlyInvites": 6, "version": 1})
    assert (stale.status_code, stale.json["current"]["monthlyInvites"]) == (409, 5)  # type: ignore[index]
    assert operator("PATCH", "/api/v1/plans/gold", {}).status_code == 404
    assert plans.standing().limit == 5


def test_an_owner_sees_only_their_own_business(client: FlaskClient, business: Business) -> None:
    make_business("other")
    owner = caller(client, token_of(client, Role.OWNER))
    firms = owner("GET", "/api/v1/businesses").json
    assert firms
    assert [firm["slug"] for firm in firms["items"]] == ["majorna"]
    assert owner("PUT", f"/api/v1/businesses/{business.public_id}/subscription", {"plan": "pro"}).status_code == 403
