"""The queue at /readyz and /metrics, and the red bar."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from app.jobs import health, workers
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.tenancy import within
from tests.identity.people import Browser, apart, make_member
from tests.jobs.test_workers import note
from tests.jobs.wishes import MAIL, ask
from tests.make import make_business


@pytest.fixture(autouse=True)
def _fresh_look(redis_url: str) -> None:
    with Redis.from_url(redis_url) as line:
        line.flushdb()
    health._Strangers.good_until = 0.0


@pytest.fixture
def office(business: Business, client: FlaskClient) -> Browser:
    """The owner at work."""
    make_member()
    browser = Browser(client)
    browser.sign_in()
    return browser


def checks(client: FlaskClient) -> dict[str, Any]:
    answer = apart(client.get, "/readyz")
    assert answer.status_code == 200
    return dict(answer.json["checks"])


def test_readyz_names_a_silent_worker_and_an_old_job(business: Business, client: FlaskClient, clock: Any) -> None:
    assert checks(client)["worker"] == {"status": "warn", "lastSeen": None}
    workers.beat("w1", threads=8, busy=0)
    ask(MAIL)
    found = checks(client)
    assert found["worker"]["status"] == found["queue"]["status"] == "ok"
    assert found["worker"]["lastSeen"] is not None
    clock.forward(seconds=61)
    assert checks(client)["worker"]["status"] == "warn"
    assert checks(client)["queue"]["status"] == "ok"
    clock.forward(minutes=5)
    assert checks(client)["queue"]["status"] == "warn"
    assert checks(client)["queue"]["oldestQueuedSeconds"] > 300


def test_readyz_counts_workers_on_another_database(business: Business, client: FlaskClient) -> None:
    workers.beat("ours", threads=8, busy=0)
    note("theirs", '{"installation": "another-database"}')
    assert checks(client)["worker"]["onAnotherDatabase"] == 1
    assert checks(client)["worker"]["status"] == "warn"


def test_metrics_tell_jobs_by_queue_and_state(business: Business, client: FlaskClient) -> None:
    ask(MAIL)
    workers.beat("w1", threads=8, busy=0)
    told = apart(client.get, "/metrics").text
    assert 'kontor_jobs{queue="mail",state="queued"} 1.0' in told
    assert 'kontor_jobs{queue="crm",state="failed"} 0.0' in told
    assert "kontor_workers_alive 1.0" in told
    assert "anna" not in told.lower()


def test_the_bar_stands_within_a_minute_of_the_last_word(office: Browser, clock: Any) -> None:
    workers.beat("w1", threads=8, busy=0)
    assert "No worker has been seen" not in office.get("/admin/queue").text
    clock.forward(seconds=50)
    assert "No worker has been seen" not in office.get("/admin/queue/alarms", headers={"HX-Request": "true"}).text
    clock.forward(seconds=6)
    for path in ("/admin/queue", "/admin", "/admin/queue/alarms"):
        assert re.search(r"No worker has been seen for 5\d s\.", office.get(path).text)


def test_the_bar_counts_what_waits_in_this_business_alone(office: Browser, business: Business) -> None:
    with within(make_business("other").id):
        for _ in range(5):
            ask(MAIL)
    ask(MAIL)
    page = office.get("/admin/queue").text
    assert "No worker has been seen yet." in page
    assert "1 job is waiting." in page


def test_a_worker_on_another_database_is_told_of(office: Browser) -> None:
    workers.beat("ours", threads=8, busy=0)
    note("theirs", '{"installation": "another-database"}')
    page = office.get("/admin/queue/alarms", headers={"HX-Request": "true"}).text
    assert "A worker sees a different database." in page
    assert "theirs" in page
    assert "<html" not in page


def test_while_redis_is_away_pages_ask_it_once_in_a_while(office: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(workers, "strangers", lambda: asked.append(1) or [])
    for _ in range(5):
        office.get("/admin/queue/alarms", headers={"HX-Request": "true"})
    assert len(asked) == 1


def test_customers_see_no_bar(business: Business, client: FlaskClient) -> None:
    make_member("kund@example.se", Role.CUSTOMER)
    browser = Browser(client)
    browser.sign_in("kund@example.se")
    assert browser.get("/admin/queue/alarms").status_code == 403
