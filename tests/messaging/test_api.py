"""The e-mail log for programs."""

import pytest

from app.customers import register
from app.identity import tokens
from app.kernel.access import Role
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.messaging.models import EmailLog, EmailState
from tests.identity.people import HOST, apart, make_member
from tests.make import make_business
from tests.office.desk import booked, confirmation_of, make_mail, put

LOGS = "/api/v1/email-logs"


class Program:
    """A program with somebody's token."""

    def __init__(self, client, role: Role = Role.DISPATCHER) -> None:
        member = make_member(f"{role}@majorna.example", role)
        with transaction():
            claims = tokens.issue(member.user, role)
        self.client, self.headers = client, {"Authorization": f"Bearer {tokens.signed(claims)}"}

    def get(self, path: str):
        """The answer."""
        return apart(self.client.get, path, base_url=HOST, headers=self.headers)

    def post(self, path: str, **more):
        """The answer."""
        headers = self.headers | more.pop("headers", {})
        return apart(self.client.post, path, base_url=HOST, headers=headers, **more)


@pytest.fixture
def program(client, business):
    """A dispatcher's program."""
    return Program(client)


def subjects(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["subject"] for item in answer.json["items"]]


def test_the_log_is_a_list_newest_first(program) -> None:
    for number in range(3):
        make_mail(subject=f"Number {number}")
    answer = program.get(f"{LOGS}?perPage=2")
    assert subjects(answer) == ["Number 2", "Number 1"]
    assert {key: answer.json[key] for key in ("page", "perPage", "total")} == {"page": 1, "perPage": 2, "total": 3}
    assert subjects(program.get(f"{LOGS}?perPage=2&page=2")) == ["Number 0"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("status=bounced", ["Bounced"]),
        ("kind=password_reset", ["Reset"]),
        ("kind=nothing", []),
        ("q=anna@", ["Reset", "Bounced"]),
        ("q=BOUNC", ["Bounced"]),
        ("from=2020-01-01&to=2099-12-31", ["Reset", "Bounced"]),
        ("to=2020-01-01", []),
        ("from=2099-01-01T00:00:00%2B01:00", []),
        ("from=2020-01-01T10:00", ["Reset", "Bounced"]),
    ],
)
def test_the_log_can_be_narrowed(program, query: str, shown: list[str]) -> None:
    make_mail(EmailState.BOUNCED, subject="Bounced")
    make_mail(subject="Reset", kind="password_reset")
    assert subjects(program.get(f"{LOGS}?{query}")) == shown


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=lost", "status"),
        ("from=yesterday", "from"),
        ("to=2026-13-01", "to"),
        ("from=0001-01-01", "from"),
        ("from=9999-12-31T23:59:59-12:00", "from"),
        ("page=x", "page"),
        ("surprise=1", "surprise"),
        ("sort=price", "sort"),
    ],
)
def test_a_wrong_filter_is_named(program, query: str, field: str) -> None:
    answer = program.get(f"{LOGS}?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_to_includes_its_day(program) -> None:
    mail = make_mail(subject="Today")
    day = mail.created_at.date().isoformat()
    assert subjects(program.get(f"{LOGS}?from={day}&to={day}")) in (["Today"], [])
    assert subjects(program.get(f"{LOGS}?to=2099-01-01")) == ["Today"]


def test_one_mail_tells_everything_but_what_opens_something(program) -> None:
    booking = booked()
    mail = confirmation_of(booking)
    found = program.get(f"{LOGS}/{mail.public_id}")
    assert found.status_code == 200
    body = found.json
    assert (body["kind"], body["status"], body["bookingId"]) == ("booking_received", "queued", booking.public_id)
    assert body["customerId"]
    assert "kontor-link" not in found.text
    assert f"/admin/emails/{mail.public_id}" in body["html"]
    assert body["tries"] == body["resends"] == body["files"] == []


def test_resending_makes_a_row_that_names_the_first(program) -> None:
    mail = make_mail(EmailState.FAILED)
    answer = program.post(f"{LOGS}/{mail.public_id}/resend")
    assert answer.status_code == 202
    assert (answer.json["status"], answer.json["resendOf"]) == ("queued", mail.public_id)
    assert program.get(f"{LOGS}/{mail.public_id}").json["resends"] == [answer.json["id"]]


def test_a_key_makes_resending_safe_to_repeat(program) -> None:
    mail = make_mail(EmailState.FAILED)
    first, second = (
        program.post(f"{LOGS}/{mail.public_id}/resend", headers={"Idempotency-Key": "once"}) for _ in range(2)
    )
    assert first.json == second.json
    assert program.get(LOGS).json["total"] == 2


def test_a_mail_that_came_back_wants_another_address(program) -> None:
    booking = booked()
    mail = confirmation_of(booking)
    put(mail, EmailState.BOUNCED)
    register.note_trouble(booking.customer_id, "bounced")
    assert program.post(f"{LOGS}/{mail.public_id}/resend").status_code == 409
    answer = program.post(f"{LOGS}/{mail.public_id}/resend", json={"to": "right@example.se"})
    assert (answer.status_code, answer.json["to"]) == (202, "right@example.se")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"to": "x"}}, 422),
        ({"json": {"to": "a@b.se", "state": "sent"}}, 422),
        ({"data": "{", "content_type": "application/json"}, 400),
        ({"data": "to=x"}, 415),
    ],
)
def test_a_wrong_wish_is_refused(program, sent: dict, status: int) -> None:
    mail = make_mail(EmailState.FAILED)
    assert program.post(f"{LOGS}/{mail.public_id}/resend", **sent).status_code == status
    assert program.get(LOGS).json["total"] == 1


def test_what_opens_an_account_goes_nowhere_else(program) -> None:
    mail = make_mail(EmailState.FAILED, kind="password_reset")
    answer = program.post(f"{LOGS}/{mail.public_id}/resend", json={"to": "me@example.se"})
    assert answer.status_code == 409


def test_a_mail_on_its_way_answers_409(program) -> None:
    assert program.post(f"{LOGS}/{make_mail(EmailState.QUEUED).public_id}/resend").status_code == 409


def test_foreign_and_unknown_mails_look_the_same(client, business) -> None:
    other = make_business("other")
    with within(other.id):
        theirs = make_mail(EmailState.FAILED)
    program = Program(client)
    foreign, unknown = program.get(f"{LOGS}/{theirs.public_id}"), program.get(f"{LOGS}/unknown")
    assert foreign.status_code == unknown.status_code == 404
    assert {**foreign.json, "requestId": ""} == {**unknown.json, "requestId": ""}
    assert program.post(f"{LOGS}/{theirs.public_id}/resend").status_code == 404
    assert subjects(program.get(LOGS)) == []


def test_who_may_read_and_who_may_send(client, business) -> None:
    mail = make_mail(EmailState.FAILED)
    books = Program(client, Role.ACCOUNTANT)
    assert books.get(LOGS).status_code == 200
    assert books.post(f"{LOGS}/{mail.public_id}/resend").status_code == 403
    for role in (Role.DRIVER, Role.CUSTOMER):
        assert Program(client, role).get(LOGS).status_code == 403
    assert apart(client.get, LOGS, base_url=HOST).status_code == 401
    db.session.rollback()
    assert db.session.query(EmailLog).count() == 1
