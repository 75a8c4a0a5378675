"""The queue's pages, as somebody in the office meets them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, text

from app.jobs import about, claims, queue, schedule, workers
from app.jobs.models import Job
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses, within
from tests.identity.people import Browser, make_member
from tests.jobs.test_claims import claim_one, crowd, row_of
from tests.jobs.test_queue import failed
from tests.jobs.wishes import MAIL, ROUND, ask
from tests.make import make_business

HTMX = {"HX-Request": "true"}


@pytest.fixture
def office(business: Business, client: FlaskClient) -> Browser:
    """The owner at work."""
    return enter(client, Role.OWNER)


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    about.describe_with("person", lambda ids: {number: (f"Person <{number}>", f"/people/{number}") for number in ids})
    yield
    about._describers.pop("person")


def enter(client: FlaskClient, role: Role) -> Browser:
    make_member(f"{role}@majorna.example", role)
    browser = Browser(client)
    browser.sign_in(f"{role}@majorna.example")
    return browser


def public(job_id: int) -> str:
    return row_of(job_id).public_id


def test_a_failure_is_told_in_words_with_a_link_to_whom_it_is_about(office: Browser) -> None:
    job_id = ask(MAIL, about=["person:7"])
    claims.fail(claim_one(), "The mailbox does not exist.", "no_such_mailbox", "550 5.1.1")
    page = office.get("/admin/queue").text
    assert "The mailbox does not exist." in page
    assert 'href="/people/7">Person &lt;7&gt;</a>' in page
    assert "1 attempt" in page
    assert f"/admin/queue/jobs/{public(job_id)}" in page
    assert "550 5.1.1" not in page
    assert "550 5.1.1" in office.get(f"/admin/queue/jobs/{public(job_id)}").text


def test_a_cause_with_many_jobs_is_one_line(office: Browser) -> None:
    for _ in range(12):
        failed()
    page = office.get("/admin/queue").text
    assert page.count("The mailbox does not exist.") == 1
    assert "× 12" in page
    assert "and 9 more" in page


def test_the_page_asks_the_database_as_often_for_many_jobs_as_for_few(office: Browser) -> None:
    def statements() -> int:
        seen: list[str] = []
        event.listen(db.engine, "before_cursor_execute", listener := lambda *given: seen.append(given[2]))
        assert office.get("/admin/queue").status_code == 200
        assert office.get("/admin/queue/jobs").status_code == 200
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    for number in range(3):
        ask(MAIL, about=[f"person:{number}"])
        claims.fail(claim_one(), f"Cause {number}.", "no")
    statements()
    few = statements()
    for number in range(20):
        ask(MAIL, about=[f"person:{number}"])
        claims.fail(claim_one(), f"Cause {number}.", "no")
    assert statements() == few < 25


def test_one_is_tried_again_with_and_without_scripts(office: Browser) -> None:
    one, two = failed(), failed()
    answer = office.post(f"/admin/queue/jobs/{public(one)}/tries", {"back": "job"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/queue/jobs/{public(one)}")
    answer = office.post(f"/admin/queue/jobs/{public(two)}/tries", {"back": "jobs", "list": "queue=mail"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="jobs"')
    assert "HX-Trigger" in answer.headers
    assert (row_of(one).state, row_of(two).state) == ("queued", "queued")


def test_all_of_a_cause_and_all_that_match_are_tried_again(office: Browser) -> None:
    same = [failed() for _ in range(3)]
    other = failed(words="The mailbox is full.")
    page = office.get("/admin/queue").text
    causes = re.findall(r'name="cause" value="([0-9a-f]{32})"', page)
    assert len(causes) == 2
    answer = office.post("/admin/queue/tries", {"cause": causes[1]}, headers=HTMX)
    assert "3 jobs are tried again." in answer.headers["HX-Trigger"]
    assert {row_of(job_id).state for job_id in same} == {"queued"}
    assert row_of(other).state == "failed"
    office.post("/admin/queue/tries", {"q": "full", "back": "jobs"})
    assert row_of(other).state == "queued"


def test_what_was_closed_is_not_tried_again_with_the_others(office: Browser) -> None:
    closed, open_ = failed(), failed()
    queue.close(Job.id == closed)
    office.post("/admin/queue/tries", {})
    assert (row_of(closed).state, row_of(open_).state) == ("failed", "queued")


def test_a_failure_is_closed_with_what_there_is_to_say(office: Browser) -> None:
    job_id = failed()
    asked = office.get(f"/admin/queue/closing?job={public(job_id)}&back=job", headers=HTMX)
    assert "Close 1 failure?" in asked.text
    assert "data-modal" in asked.text
    assert "Close 1 failure?" in office.get(f"/admin/queue/closing?job={public(job_id)}").text
    office.post("/admin/queue/closing", {"job": public(job_id), "back": "job", "note": " Called her,\n on paper. "})
    row = row_of(job_id)
    assert (row.seen, row.note) == (True, "Called her, on paper.")
    assert "Nothing needs you here" in office.get("/admin/queue").text
    assert "Closed: Called her, on paper." in office.get("/admin/queue/jobs?state=closed").text
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "job.closed"))
    assert entry is not None
    assert entry.after["note"] == "Called her, on paper."


def test_a_job_is_taken_off_the_queue(office: Browser) -> None:
    job_id = ask(MAIL)
    office.post(f"/admin/queue/jobs/{public(job_id)}/cancellation", {"back": "job"})
    assert row_of(job_id).state == "cancelled"
    running = ask(MAIL)
    claim_one()
    answer = office.post(f"/admin/queue/jobs/{public(running)}/cancellation", {"back": "job"}, headers=HTMX)
    assert answer.status_code == 409
    assert "under way" in answer.headers["HX-Trigger"]


def test_arguments_are_shown_without_secrets(office: Browser) -> None:
    job_id = ask(
        MAIL, email_id=12, day="2026-11-28", token="abc", access_key="k", link="eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0"
    )
    page = office.get(f"/admin/queue/jobs/{public(job_id)}").text
    assert "2026-11-28" in page
    assert re.search(r"email_id</dt><dd[^>]*>12<", page)
    for secret in ("abc", ">k<", "eyJhbGciOi"):
        assert secret not in page
    assert page.count("••••") == 3


def test_lists_are_filtered_by_their_address_and_odd_addresses_do_no_harm(office: Browser, clock: Any) -> None:
    failed()
    later = ask(MAIL, run_at=clock.now() + timedelta(days=1))
    assert public(later) in office.get("/admin/queue/jobs?state=scheduled").text
    assert public(later) not in office.get("/admin/queue/jobs?state=failed").text
    for odd in (
        "state=nonsense",
        "queue='; drop table jobs",
        "page=-1",
        "page=9999999999",
        "cause=x",
        "q=%25_\\",
        "job=x",
    ):
        assert office.get(f"/admin/queue/jobs?{odd}").status_code == 200
    assert office.post("/admin/queue/tries", {"back": "jobs", "list": "page=abc&state=%00&x"}).status_code == 303


def test_the_fragment_alone_is_sent_to_who_listens(office: Browser) -> None:
    for path, root in (("", "queue"), ("/jobs", "jobs")):
        part = office.get(f"/admin/queue{path}", headers=HTMX).text
        assert f'id="{root}"' in part[:300]
        assert "<html" not in part
        assert 'hx-trigger="job.failed from:#live' in part


def test_the_picture_has_its_table_behind_it_and_keeps_it_open(office: Browser) -> None:
    assert "<svg" in office.get("/admin/queue").text
    page = office.get("/admin/queue?table=1", headers=HTMX).text
    assert "Waiting at its end" in page
    assert 'hx-get="/admin/queue?table=1"' in page


def test_workers_and_rounds_are_shown(office: Browser, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "PERIODIC", {})
    schedule.periodic("round", ROUND, schedule.every(minutes=10))
    schedule.ask_for_due()
    workers.beat("w1", threads=8, busy=3)
    page = office.get("/admin/queue").text
    assert "Moving" in page
    assert "3 of 8 busy" in page
    assert "Come round" in page
    assert "late" not in re.sub(r"<[^>]+>", "", page[page.index("Periodic jobs") : page.index("Failed, to look at")])
    office.post("/admin/queue/rounds/round")
    with across_businesses():
        assert db.session.scalars(select(Job.kind).where(Job.kind == ROUND.name)).all() == [ROUND.name]
    clock.forward(minutes=12)
    page = office.get("/admin/queue").text
    assert "Standing still" in page
    assert "Gone" in page
    assert ">late<" in page


def test_a_sweep_by_hand_takes_back_what_lost_its_worker(office: Browser, clock: Any) -> None:
    job_id = ask(MAIL)
    claim_one()
    clock.forward(seconds=61)
    answer = office.post("/admin/queue/sweeps", headers=HTMX)
    assert "1 job was taken back" in answer.headers["HX-Trigger"]
    assert row_of(job_id).state == "queued"


def test_who_may_only_look_finds_no_buttons_and_no_way(business: Business, client: FlaskClient) -> None:
    job_id = failed()
    accountant = enter(client, Role.ACCOUNTANT)
    page = accountant.get("/admin/queue").text
    assert "The mailbox does not exist." in page
    assert "/admin/queue/tries" not in page
    assert "/admin/queue/sweeps" not in page
    for path in ("tries", f"jobs/{public(job_id)}/tries", f"jobs/{public(job_id)}/cancellation", "closing", "sweeps"):
        assert accountant.post(f"/admin/queue/{path}").status_code == 403
    assert row_of(job_id).state == "failed"


def test_what_concerns_the_whole_installation_is_for_the_owner(business: Business, client: FlaskClient) -> None:
    shared = failed(shared=True)
    dispatcher = enter(client, Role.DISPATCHER)
    page = dispatcher.get("/admin/queue/jobs").text
    assert public(shared) in page
    assert f"jobs/{public(shared)}/tries" not in page
    assert dispatcher.post(f"/admin/queue/jobs/{public(shared)}/tries").status_code == 404
    dispatcher.post("/admin/queue/tries")
    assert dispatcher.post("/admin/queue/rounds/round").status_code == 403
    assert row_of(shared).state == "failed"


def test_the_owner_may_act_on_what_concerns_the_whole_installation(office: Browser) -> None:
    shared = failed(shared=True)
    assert office.post(f"/admin/queue/jobs/{public(shared)}/tries").status_code == 303
    assert row_of(shared).state == "queued"


def test_another_business_s_job_is_not_there(office: Browser) -> None:
    with within(make_business("other").id):
        theirs = failed()
    name = public(theirs)
    assert office.get(f"/admin/queue/jobs/{name}").status_code == 404
    assert office.get("/admin/queue/jobs/no-such-job").status_code == 404
    for act in ("tries", "cancellation"):
        assert office.post(f"/admin/queue/jobs/{name}/{act}").status_code == 404
    office.post("/admin/queue/tries", {"job": name})
    office.post("/admin/queue/closing", {"job": name})
    assert (row_of(theirs).state, row_of(theirs).seen) == ("failed", False)
    assert name not in office.get("/admin/queue/jobs").text


def test_a_thousand_are_put_back_without_freezing_the_page(office: Browser, clock: Any) -> None:
    owner = db.session.scalar(select(Job.business_id).where(Job.id == failed()))
    assert owner is not None
    crowd(owner, 1_500)
    with transaction():
        db.session.execute(text("update jobs set state = 'failed', finished_at = now()"))
    began = clock.monotonic()
    answer = office.post("/admin/queue/tries", headers=HTMX)
    assert clock.monotonic() - began < 3
    assert "1000 jobs are tried again. The others follow by themselves." in answer.headers["HX-Trigger"].replace(
        ",", ""
    )
