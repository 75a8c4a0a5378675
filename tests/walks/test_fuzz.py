"""Any bytes at any door: never a 5xx, never a stack trace."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from apiflask import APIFlask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.kernel.access import Role
from app.kernel.businesses import Business
from app.web import security
from tests.identity.people import HOST, apart, log_in, make_member
from tests.make import make_booking
from tests.walks.test_doors import Call, Visitor, calls
from tests.walks.values import values_of

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
QUIET = [
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
    HealthCheck.data_too_large,
]


@pytest.fixture
def token(client: FlaskClient, business: Business) -> str:
    """An owner's."""
    make_member("ada@majorna.example", Role.OWNER)
    answer = log_in(client)
    assert answer.json is not None
    return str(answer.json["token"])


def test_the_description_holds_under_fuzzing(clean: APIFlask, business: Business, token: str) -> None:
    with clean.test_request_context():
        make_booking()
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", clean)
    headers = {"Authorization": f"Bearer {token}"}
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.label.endswith(("/auth/logout",)):
            continue

        @settings(max_examples=25, deadline=None, suppress_health_check=QUIET, derandomize=True, database=None)
        @given(case=operation.as_strategy())
        def fuzz(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        fuzz()
        asked += 1
    assert asked > 8


ODD = [
    "", " ", "\x00", "\x1b[31m", "😀" * 50, "a" * 6_000, "-1", "99999999999999999999", "1e999", "NaN", "2026-02-30",
    "0000-00-00", "9999-12-31T99:99", "<script>alert(1)</script>", "{{ 7*7 }}", "' or 1=1 --", "../../etc/passwd",
    "\u202e", "\r\nX-Header: 1", "%00", "ÅÄÖåäöæøÆØ", "null", "[]", "true", "25:61", "2026-03-29",
    "02:30", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
]  # fmt: skip
FIELDS = (
    "name email phone fromAddress from_address to_address date time service_type size extras notes language password "
    "next q state reason version crew act role code page per_page sort view lang theme remember _once step starts_at "
    "ends_at price current new_password words title kind queue status from to"
).split()


def _forms(seed: int) -> Iterator[dict[str, Any]]:
    lot = random.Random(seed)
    for _ in range(3):
        yield {name: lot.choice(ODD) for name in lot.sample(FIELDS, lot.randint(1, len(FIELDS)))}
    yield {f"field{number}": "x" for number in range(300)}


def test_no_form_and_no_address_breaks_anything(
    clean: APIFlask, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security.csrf, "protect", lambda: None)
    make_member("ada@majorna.example", Role.OWNER)
    visitor = Visitor(clean, "ada@majorna.example")
    values = values_of(clean, business) | {"account.public_id": "z" * 20, "account.jti": "z" * 20}
    wrong, asked = [], 0
    for number, call in enumerate(calls(clean)):
        path = call.path(values)
        for fields in _forms(number):
            more: dict[str, Any] = {"query_string": fields} if call.method == "GET" else {"data": fields}
            headers = _auth(visitor, call) | ({"HX-Request": "true"} if asked % 2 else {})
            answer = apart(visitor.client.open, path, method=call.method, base_url=HOST, headers=headers, **more)
            asked += 1
            if answer.status_code >= 500 or "Traceback" in answer.text:
                wrong.append(f"{call} {fields}: {answer.status_code}")
    assert wrong[:3] == []
    assert asked > 300


def _auth(visitor: Visitor, call: Call) -> dict[str, str]:
    return visitor.headers if call.is_api else {}


BODIES = [
    b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"name": "\\ud800"}', b'{"a":' * 5_000, b'{"name": NaN}',
    b'{"name": 1e999}', b'{"name": "a\\u0000b"}', b'{"name": null, "email": []}', b"[" * 100_000, b'{"date": 20261201}',
    b'{"date": 1e10}', b"{}" * 10,
]  # fmt: skip


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data", "application/json; charset=utf-16", ""]
)
def test_no_body_breaks_the_api(clean: APIFlask, business: Business, kind: str) -> None:
    make_member("ada@majorna.example", Role.OWNER)
    visitor = Visitor(clean, "ada@majorna.example")
    values = values_of(clean, business)
    wrong = []
    for call in calls(clean):
        if not call.is_api or call.method == "GET":
            continue
        for body in BODIES:
            answer = apart(
                visitor.client.open,
                call.path(values),
                method=call.method,
                data=body,
                content_type=kind or None,
                headers=visitor.headers,
            )
            if answer.status_code >= 500:
                wrong.append(f"{call} {body[:30]!r}: {answer.status_code}")
    assert wrong == []
