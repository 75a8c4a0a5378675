"""The queue for programs, by the contract."""

from typing import Any, get_args

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.jobs import claims, queue, workers
from app.jobs.api import QueueName
from app.jobs.kinds import QUEUES
from app.jobs.models import Job
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.tenancy import within
from tests.identity.people import HOST, apart, body_of, log_in, make_member
from tests.jobs.test_claims import claim_one, row_of
from tests.jobs.test_queue import failed
from tests.jobs.wishes import SMS, ask
from tests.make import make_business


class Program:
    """A caller with a token."""

    def __init__(self, client: FlaskClient, role: Role) -> None:
        make_member(f"{role}@majorna.example", role)
        self.client, self.token = client, log_in(client, f"{role}@majorna.example").json["token"]

    def get(self, path: str) -> TestResponse:
        """Ask."""
        return apart(
            self.client.get, f"/api/v1/jobs{path}", headers={"Authorization": f"Bearer {self.token}"}, base_url=HOST
        )

    def post(self, path: str, body: Any = None) -> TestResponse:
        """Act."""
        if body is not None:
            return body_of(self.client, f"/api/v1/jobs{path}", body, self.token)
        headers = {"Authorization": f"Bearer {self.token}"}
        return apart(self.client.post, f"/api/v1/jobs{path}", headers=headers, base_url=HOST)


@pytest.fixture
def program(business: Business, client: FlaskClient) -> Program:
    """The dispatcher's program."""
    return Program(client, Role.DISPATCHER)


def mine(answer: TestResponse) -> list[dict[str, Any]]:
    """The jobs of our test wishes; making a member asks for jobs of its own."""
    return [item for item in answer.json["items"] if item["kind"].startswith("tests.")]


def test_jobs_are_listed_with_their_reasons(program: Program) -> None:
    job_id = failed(email_id=7)
    [item] = mine(program.get("?status=failed"))
    assert (item["id"], item["queue"], item["status"]) == (row_of(job_id).public_id, "mail", "failed")
    assert (item["reason"], item["code"], item["attempts"]) == ("The mailbox does not exist.", "no_such_mailbox", 1)
    assert (item["title"], item["arguments"], item["closed"]) == ("Send a test mail", {"email_id": "7"}, False)
    assert item["createdAt"].endswith(("Z", "+00:00"))
    assert program.get(f"/{item['id']}").json == item


def test_lists_take_the_contract_s_filters_and_refuse_others(program: Program) -> None:
    failed()
    waiting = ask(SMS)
    assert [item["id"] for item in mine(program.get("?queue=sms"))] == [row_of(waiting).public_id]
    assert [item["status"] for item in mine(program.get("?q=mailbox"))] == ["failed"]
    answer = program.get("?perPage=1&page=2").json
    assert (answer["page"], answer["perPage"], len(answer["items"])) == (2, 1, 1)
    assert answer["total"] >= 2
    for odd, field in (
        ("queue=nowhere", "queue"), ("status=odd", "status"), ("page=0", "page"), ("perPage=101", "perPage"),
        ("sort=-words", "sort"), ("unknown=1", "unknown"), ("page=x", "page"),
    ):  # fmt: skip
        answer = program.get(f"?{odd}")
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field)


def test_the_queues_that_may_be_named_are_the_program_s() -> None:
    assert get_args(QueueName) == QUEUES


def test_stats_are_the_contract_s(program: Program) -> None:
    failed()
    ask(SMS)
    workers.beat("w1", threads=8, busy=2)
    found = program.get("/stats").json
    assert len(found["queues"]) == 11
    assert set(found["queues"]["mail"]) == {
        "queued", "running", "scheduled", "failed", "done24h", "oldestQueuedSeconds",
    }  # fmt: skip
    assert found["queues"]["mail"]["failed"] == 1
    assert found["queues"]["sms"]["queued"] == 1
    assert [(worker["name"], worker["alive"], worker["busy"]) for worker in found["workers"]] == [("w1", True, 2)]


def test_one_is_tried_again_and_cancelled(program: Program) -> None:
    name = row_of(failed()).public_id
    assert program.post(f"/{name}/retry").json["status"] == "queued"
    assert program.post(f"/{name}/retry").json["status"] == "queued"
    assert program.post(f"/{name}/cancel").json["status"] == "cancelled"
    assert program.post(f"/{name}/cancel").json["status"] == "cancelled"
    assert program.post(f"/{name}/retry").json["status"] == "queued"
    claims.finish(claim_one())
    for act in ("retry", "cancel"):
        answer = program.post(f"/{name}/{act}")
        assert (answer.status_code, answer.content_type) == (409, "application/problem+json")


def test_failed_ones_are_tried_again_by_queue_or_all(program: Program) -> None:
    mail, text_ = failed(), failed(SMS)
    assert program.post("/retry-failed", {"queue": "sms"}).json == {"retried": 1, "more": False}
    assert (row_of(mail).state, row_of(text_).state) == ("failed", "queued")
    assert program.post("/retry-failed").json == {"retried": 1, "more": False}
    assert program.post("/retry-failed", {}).json == {"retried": 0, "more": False}
    assert program.post("/retry-failed", {"queue": "nowhere"}).status_code == 422
    assert program.post("/retry-failed", {"all": True}).status_code == 422


def test_closed_failures_are_failed_still_and_left_alone(program: Program) -> None:
    job_id = failed()
    queue.close(Job.id == job_id, note="Seen.")
    [item] = mine(program.get("?status=failed"))
    assert (item["closed"], item["note"]) == (True, "Seen.")
    assert program.post("/retry-failed").json["retried"] == 0


def test_another_business_s_jobs_are_not_there(program: Program) -> None:
    with within(make_business("other").id):
        name = row_of(failed()).public_id
    unknown = program.get("/no-such-job")
    for answer in (program.get(f"/{name}"), program.post(f"/{name}/retry"), program.post(f"/{name}/cancel")):
        assert answer.status_code == 404
        assert {**answer.json, "requestId": ""} == {**unknown.json, "requestId": ""}
    assert mine(program.get("")) == []


def test_rights_are_the_table_s(business: Business, client: FlaskClient) -> None:
    name = row_of(failed()).public_id
    accountant, customer = Program(client, Role.ACCOUNTANT), Program(client, Role.CUSTOMER)
    assert accountant.get("").status_code == 200
    assert accountant.post(f"/{name}/retry").status_code == 403
    assert accountant.post("/retry-failed").status_code == 403
    assert customer.get("").status_code == 403
    assert apart(client.get, "/api/v1/jobs", base_url=HOST).status_code == 401


def test_jobs_of_no_business_are_for_owners_to_touch(program: Program, client: FlaskClient) -> None:
    name = row_of(failed(shared=True)).public_id
    assert program.get(f"/{name}").status_code == 200
    assert program.post(f"/{name}/retry").status_code == 404
    assert Program(client, Role.OWNER).post(f"/{name}/retry").json["status"] == "queued"
