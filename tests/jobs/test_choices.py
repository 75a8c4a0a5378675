"""Which jobs somebody means, and what may be done with all of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.jobs import about, choices, claims, lists, queries, queue
from app.jobs.choices import Choice
from app.jobs.kinds import JobKind, Lane
from app.jobs.models import Job
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import across_businesses, current_business_id, within
from tests.jobs.test_claims import claim_one, row_of
from tests.jobs.test_queue import failed
from tests.jobs.wishes import MAIL, SMS, SYNC, ask, done_by
from tests.make import make_business

pytestmark = pytest.mark.usefixtures("business")


@pytest.fixture
def named() -> Iterator[list[list[int]]]:
    """Things called `thing`, each look-up noted."""
    asked: list[list[int]] = []

    def names(ids: list[int]) -> dict[int, tuple[str, str]]:
        asked.append(ids)
        return {
            number: (f"Thing {number} of {current_business_id()}", f"/things/{number}") for number in ids if number < 90
        }

    about.describe_with("thing", names, find=lambda words: [7] if words == "Anna" else [])
    yield asked
    about._describers.pop("thing")
    about._finders.pop("thing")


def ids(choice: Choice, **more: Any) -> list[int]:
    return [job.id for job in lists.jobs_page(choice, **more).items]


def settle(kind: JobKind, *, as_state: str) -> int:
    if as_state == "failed":
        return failed(kind)
    job_id = ask(kind)
    [job] = claims.claim(kind.travels_in, "here")
    assert job.id == job_id
    if as_state == "done":
        claims.finish(job)
    return job_id


def test_lists_are_narrowed_by_queue_and_state(clock: Any) -> None:
    done, running, broken = (settle(MAIL, as_state=state) for state in ("done", "running", "failed"))
    closed = settle(MAIL, as_state="failed")
    queue.close(Job.id == closed)
    waiting, later = ask(SMS), ask(SMS, run_at=clock.now() + timedelta(hours=1))
    off = ask(SMS)
    queue.cancel(off)
    assert ids(Choice()) == [off, later, waiting, closed, broken, running, done]
    assert ids(Choice(queue="sms")) == [off, later, waiting]
    by_state = {state: ids(Choice(state=state)) for state in (*choices.STATES, "any_failed")}
    assert by_state == {
        "queued": [waiting], "scheduled": [later], "running": [running], "failed": [broken], "closed": [closed],
        "done": [done], "cancelled": [off], "any_failed": [closed, broken],
    }  # fmt: skip
    assert ids(Choice(queue="mail", state="done")) == [done]
    assert ids(Choice(queue="etl", state="done")) == []


def test_lists_have_pages_orders_and_totals(clock: Any) -> None:
    made = [ask(MAIL, run_at=clock.now() - timedelta(minutes=number)) for number in range(7)]
    page = lists.jobs_page(Choice(), page=2, per_page=3)
    assert ([job.id for job in page.items], page.total) == (made[::-1][3:6], 7)
    assert ids(Choice(), sort="createdAt") == made
    assert ids(Choice(), sort="runAt") == made[::-1]
    assert ids(Choice(), page=9) == []


def test_a_long_list_is_not_counted_to_its_end_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_COUNTED", 3)
    made = [ask(MAIL) for _ in range(6)]
    assert lists.jobs_page(Choice(), per_page=2).total == 4
    assert lists.jobs_page(Choice(), per_page=2, exact=True).total == 6
    assert ids(Choice(), per_page=2, page=3) == made[::-1][4:]
    assert ids(Choice(), sort="runAt", per_page=2) == made[:2]


def test_words_find_jobs_by_id_kind_reason_and_what_they_are_about(named: Any) -> None:
    done, broken = settle(MAIL, as_state="done"), settle(SMS, as_state="failed")
    other = ask(SYNC, about=["thing:7", "thing:8"])
    assert ids(Choice(q=row_of(done).public_id)) == [done]
    assert ids(Choice(q="test mail")) == [done]
    assert ids(Choice(q="MAILBOX does")) == [broken]
    assert ids(Choice(q="no_such_mailbox")) == [broken]
    assert ids(Choice(q="etl")) == [other]
    assert ids(Choice(q="Anna")) == [other]
    assert ids(Choice(q="100%")) == ids(Choice(q="_")) == []


def test_a_cause_is_queue_code_and_words_together() -> None:
    one, two = failed(), failed()
    other = failed(words="The mailbox is full.")
    found = queries.causes()
    assert [(cause.words, cause.count) for cause in found] == [
        ("The mailbox is full.", 1),
        ("The mailbox does not exist.", 2),
    ]
    assert ids(Choice(cause=found[1].key)) == [two, one]
    assert choices.retry_chosen(Choice(cause=found[1].key), with_shared=True) == (2, False)
    assert row_of(other).state == "failed"


def test_a_closed_cause_is_no_longer_shown_nor_counted() -> None:
    failed()
    assert queries.count_failed() == 1
    [cause] = queries.causes()
    assert choices.close_chosen(Choice(cause=cause.key), "Seen.", with_shared=True) == 1
    assert (queries.count_failed(), queries.causes()) == (0, [])


def test_what_jobs_are_about_is_looked_up_once_a_kind_and_inside_the_business(
    business: Business, named: list[list[int]]
) -> None:
    with across_businesses():
        found = about.described(["thing:1", "thing:2", "thing:1", "thing:95", "unknown:1", "thing:x", "nonsense"])
    assert named == [[1, 2, 95]]
    assert {marker: thing.label for marker, thing in found.items()} == {
        "thing:1": f"Thing 1 of {business.id}",
        "thing:2": f"Thing 2 of {business.id}",
    }


def test_a_remedy_leads_to_the_page_where_the_cause_is_mended(named: Any) -> None:
    about.mend_with("tests_gone", "Put it right", "thing")
    things = about.described(["thing:3"]).values()
    assert about.remedy("tests_gone", things) == ("Put it right", "/things/3")
    assert about.remedy("tests_other", things) is None
    assert about.remedy("tests_gone", []) is None


def test_no_list_count_or_act_reaches_another_business() -> None:
    other = make_business("other")
    with within(other.id):
        theirs = failed()
        ask(MAIL)
    assert ids(Choice()) == ids(Choice(q="mailbox")) == ids(Choice(state="failed")) == []
    counts = {one.name: one for one in queries.queue_counts()}
    assert (counts["mail"].failed, counts["mail"].queued) == (0, 0)
    assert (queries.causes(), queries.count_failed(), queries.count_waiting(), queries.delays()) == ([], 0, 0, [])
    assert choices.retry_chosen(Choice(), with_shared=True) == (0, False)
    assert choices.close_chosen(Choice(), "", with_shared=True) == 0
    with across_businesses():
        assert db.session.scalar(lists.visible_job(row_of(theirs).public_id)) is None
    assert (row_of(theirs).state, row_of(theirs).seen) == ("failed", False)


def test_without_the_scope_the_other_business_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    with within(make_business("other").id):
        failed()
    monkeypatch.setattr(choices, "scope", lambda with_shared=True: text("true"))
    monkeypatch.setattr(queries, "scope", choices.scope)
    assert queries.count_failed() == 1


def test_jobs_of_no_business_are_seen_by_all_and_touched_by_few() -> None:
    shared = failed(shared=True)
    assert ids(Choice()) == [shared]
    assert queries.count_failed() == 1
    assert choices.retry_chosen(Choice(), with_shared=False) == (0, False)
    assert choices.retry_chosen(Choice(), with_shared=True) == (1, False)
    assert row_of(shared).state == "queued"


def test_more_than_a_thousand_are_put_back_by_a_job(monkeypatch: pytest.MonkeyPatch, run_jobs: Any) -> None:
    monkeypatch.setattr(queue, "MOST_AT_ONCE", 3)
    again = queue.retry_some
    monkeypatch.setattr(queue, "retry_some", lambda *conditions: again(*conditions, most=3))
    made = [failed() for _ in range(8)]
    untouched = failed(SMS)
    assert choices.retry_chosen(Choice(queue="mail"), with_shared=True) == (3, True)
    assert [row_of(job_id).state for job_id in made].count("queued") == 3
    with done_by(MAIL, lambda: None), done_by(SMS, lambda: None):
        run_jobs()
    assert {row_of(job_id).state for job_id in made} == {"done"}
    assert row_of(untouched).state == "failed"
    payload = db.session.scalar(select(Job.payload).where(Job.kind == "jobs.retry_matching"))
    assert payload is not None
    assert payload["choice"] == {"queue": "mail"}


def test_words_that_people_typed_never_go_into_a_payload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_AT_ONCE", 2)
    again = queue.retry_some
    monkeypatch.setattr(queue, "retry_some", lambda *conditions: again(*conditions, most=2))
    for _ in range(5):
        failed()
    assert choices.retry_chosen(Choice(q="mailbox"), with_shared=True) == (5, False)
    assert db.session.scalar(text("select count(*) from jobs where kind = 'jobs.retry_matching'")) == 0


def test_counts_tell_what_waits_runs_failed_and_was_done(clock: Any) -> None:
    settle(MAIL, as_state="done")
    settle(MAIL, as_state="running")
    settle(MAIL, as_state="failed")
    ask(MAIL)
    ask(MAIL, run_at=clock.now() + timedelta(hours=1))
    clock.forward(seconds=90)
    counts = {one.name: one for one in queries.queue_counts()}
    mail = counts["mail"]
    assert (mail.queued, mail.running, mail.scheduled, mail.failed, mail.done_24h) == (1, 1, 1, 1, 1)
    assert mail.oldest_seconds is not None
    assert 89 < mail.oldest_seconds < 95
    assert counts["crm"].oldest_seconds is None
    clock.forward(hours=25)
    assert {one.name: one.done_24h for one in queries.queue_counts()}["mail"] == 0


def test_the_last_hour_tells_what_ended_and_what_waited(clock: Any) -> None:
    for _ in range(5):
        ask(MAIL)
    clock.forward(minutes=3)
    claims.finish(claim_one())
    claims.fail(claim_one(), "No.", "no")
    counts = queries.queue_counts()
    minutes = queries.last_hour(counts)
    assert (len(minutes), sum(one.done for one in minutes), sum(one.failed for one in minutes)) == (60, 1, 1)
    assert (minutes[-1].waiting, minutes[-2].waiting, minutes[-10].waiting) == (3, 5, 0)
    assert sum(next(one.spark for one in counts if one.name == "mail")) == 2
    clock.forward(minutes=61)
    assert sum(one.done for one in queries.last_hour(queries.queue_counts())) == 0


def test_what_is_tried_again_by_itself_is_one_line_a_reason(clock: Any) -> None:
    for _ in range(3):
        ask(MAIL)
    for _ in range(3):
        claims.put_back(claim_one(), at=clock.now() + timedelta(minutes=4), words="Busy.", code="later")
    [delay] = queries.delays()
    assert (delay.words, delay.count, delay.attempts) == ("Busy.", 3, 1)
    assert claims.claim(Lane.PROMPT, "here") == []
