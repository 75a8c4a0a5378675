"""Every route × every role, and another business's ids at every door."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pytest
from apiflask import APIFlask
from sqlalchemy import text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.kernel.access import Role, may
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import within
from app.web import security
from app.web.doors import door_of
from tests.identity.people import HOST, Browser, apart, log_in, make_member
from tests.make import make_business
from tests.walks.values import UNKNOWN, Values, values_of

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
#: Streams never end by themselves; signing out would end the walk.
LEFT_OUT = {"live.events", "identity.logout", "accounts_api.log_out", "static"}


@dataclass(frozen=True)
class Call:
    """One way to call one route."""

    rule: Rule
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def is_api(self) -> bool:
        """Whether programs call it."""
        return self.rule.rule.startswith(("/api/", "/webhooks/"))

    def path(self, values: Values) -> str:
        """The address; a part that nobody thought of fails the walk."""
        family = self.rule.endpoint.partition(".")[0]
        return re.sub(r"<(?:[^<>]+:)?([^<>:]+)>", lambda found: values[f"{family}.{found[1]}"], self.rule.rule)


def calls(app: APIFlask) -> Iterator[Call]:
    """Everything that can be called; programs' doors first, for some pages take a user's tokens away."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (not rule.rule.startswith("/api/"), rule.rule)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint not in LEFT_OUT:
                yield Call(rule, method)


class Visitor:
    """Somebody who asks at doors, as a browser and as a program."""

    def __init__(self, app: APIFlask, email: str | None) -> None:
        self.client = app.test_client()
        self.headers: dict[str, str] = {}
        if email is not None:
            answer = log_in(self.client, email)
            assert answer.status_code == 200, answer.text
            self.headers = {"Authorization": f"Bearer {answer.json['token']}"}  # type: ignore[index]  # it has a body
            page = Browser(self.client).sign_in(email)
            assert page.status_code == 303, page.text

    def ask(self, call: Call, path: str) -> TestResponse:
        """Call it; unsafe calls carry a body of the kind that the door takes."""
        more = {"json": {}} if call.is_api else {"data": {"x": "y"}}
        return apart(
            self.client.open,
            path,
            method=call.method,
            base_url=HOST,
            headers=self.headers if call.is_api else {},
            **(more if call.method in UNSAFE else {}),
        )


@pytest.fixture
def open_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buttons without their token: the walk is about rights and rows."""
    monkeypatch.setattr(security.csrf, "protect", lambda: None)


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_at_every_door(clean: APIFlask, business: Business, open_forms: None, role: Role | None) -> None:
    if role is not None:
        make_member(f"{role}@majorna.example", role)
    make_member("first@majorna.example", Role.OWNER)
    visitor = Visitor(clean, f"{role}@majorna.example" if role is not None else None)
    values = values_of(clean, business) | {"account.public_id": UNKNOWN, "account.jti": UNKNOWN}
    wrong = []
    for call in calls(clean):
        door = door_of(clean, call.rule.endpoint)
        assert door is not None
        answer = visitor.ask(call, call.path(values))
        allowed = door.open or (role is not None and any(may(role, right) for right in door.needs))
        to_login = answer.status_code == 303 and "/login" in answer.headers.get("Location", "") and not door.open
        turned_away = answer.status_code == 403 if role is not None else answer.status_code == 401 or to_login
        if answer.status_code >= 500 or (not allowed and not turned_away):
            wrong.append(f"{call}: {answer.status_code}, allowed {allowed}")
        if allowed and not door.open and (answer.status_code == 401 or to_login):
            wrong.append(f"{call}: led to the log-in though {role} may")
    assert wrong == [], "\n".join(wrong)


def test_foreign_ids_look_exactly_like_unknown_ones(clean: APIFlask, business: Business, open_forms: None) -> None:
    theirs = make_business("biler", name="Aarhus Biler")
    with within(theirs.id):
        make_member("stranger@biler.example", Role.OWNER)
    foreign = values_of(clean, theirs)
    make_member("ada@majorna.example", Role.OWNER)
    visitor = Visitor(clean, "ada@majorna.example")
    unknown = {
        name: UNKNOWN if len(value) == 20 else "ZZZZ-ZZZZ" if len(value) == 9 else value
        for name, value in foreign.items()
    }
    before = _everything(theirs)
    wrong, looked = [], 0
    for call in calls(clean):
        if "<" not in call.rule.rule or call.path(foreign) == call.path(unknown):
            continue
        looked += 1
        asked, lost = (visitor.ask(call, call.path(values)) for values in (foreign, unknown))
        same = (asked.status_code, _body(asked, foreign)) == (lost.status_code, _body(lost, unknown))
        if not same or asked.status_code < 400:
            wrong.append(f"{call}: {asked.status_code} for a foreign id, {lost.status_code} for an unknown one")
    assert wrong == []
    assert looked > 15
    assert _everything(theirs) == before


def _body(answer: TestResponse, values: Values) -> str:
    body = re.sub(r"[0-9a-f]{16}", "", answer.text)
    body = re.sub(r'content="[^"]+"|value="[^"]+"', "", body)
    for value in sorted(set(values.values()), key=len, reverse=True):
        if len(value) > 6:
            body = body.replace(value, "")
    return body


def _everything(business: Business) -> list[object]:
    tables = [
        table
        for table in db.metadata.sorted_tables
        if "business_id" in table.c and table.name not in ("events", "audit_log")
    ]
    rows = (
        db.session.execute(
            text(f"select * from {table.name} where business_id = :b order by id"), {"b": business.id}
        ).all()
        for table in tables
    )
    found = [tuple(row) for row in chain.from_iterable(rows)]
    db.session.rollback()
    return found
