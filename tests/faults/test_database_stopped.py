"""PostgreSQL goes away under load and comes back: a clear answer meanwhile, and nothing that was promised is lost."""

import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from tests.faults.client import Answer, Browser, Crowd
from tests.faults.conftest import seed
from tests.faults.processes import Deployment, wait_for
from tests.faults.standins import SlowResend
from tools.servers import Postgres, Valkey

AWAY_SECONDS = 20.0
CLEAR_WITHIN, WELL_WITHIN = 4.0, 5.0


@pytest.fixture
def alone(own_postgres: Postgres, own_valkey: Valkey, resend: SlowResend, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment on a PostgreSQL that may be stopped."""
    seed(own_postgres.url(), tmp_path / "seed")
    with Deployment(tmp_path, own_postgres.url(), own_valkey.url(), **resend.settings) as made:
        yield made


PAGES = ("/account", "/admin", "/admin/bookings", "/admin/emails", "/admin/queue", "/book/move")


def load(deployment: Deployment, ada: Browser) -> tuple[Crowd, Crowd]:
    """People who book, and people of the firm who look at pages."""
    pages = cycle(PAGES)
    return Crowd(8, lambda: deployment.browser().book()), Crowd(2, lambda: ada.get(next(pages)))


def between(crowd: Crowd, begin: float, end: float) -> list[Answer]:
    """The answers to those who began and ended within that time."""
    return [answer for answer in list(crowd.answers) if answer.at - answer.seconds > begin and answer.at < end]


def test_postgresql_stopped_for_twenty_seconds(alone: Deployment, own_postgres: Postgres, resend: SlowResend) -> None:
    alone.start_web()
    alone.start_worker()
    ada = alone.browser().sign_in()
    bookers, readers = load(alone, ada)
    with bookers, readers:
        wait_for(lambda: len(bookers.acknowledged) > 50, "bookings before")
        own_postgres.stop()
        away = time.monotonic()
        time.sleep(AWAY_SECONDS)  # the fault itself
        assert ada.get("/healthz").status == 200
        assert ada.get("/readyz").status == 503
        ending = time.monotonic()
        own_postgres.start()
        back = time.monotonic()
        wait_for(lambda: between(bookers, back, back + WELL_WITHIN), "answers when it is back")
        wait_for(lambda: ada.get("/readyz").status == 200, "ready again", WELL_WITHIN)
        wait_for(lambda: len(between(bookers, back + WELL_WITHIN, back + 600)) > 50, "bookings after")
        settled = time.monotonic()
        own_postgres.kill()  # and once more as a power cut would end it
        own_postgres.start()
        risen = time.monotonic()
        wait_for(lambda: len(between(bookers, risen, risen + 600)) > 50, "bookings after a crash")

    for crowd in (bookers, readers):
        meanwhile = between(crowd, away, ending)
        assert len(meanwhile) > 50
        assert {(answer.status, answer.headers.get("retry-after")) for answer in meanwhile} == {(503, "5")}
        assert max(answer.seconds for answer in meanwhile) < CLEAR_WITHIN
        assert {answer.status for answer in between(crowd, back + WELL_WITHIN, settled)} <= {200, 201}
        assert {answer.status for answer in crowd.answers} <= {200, 201, 503}
        assert crowd.broken == []
    alone.assert_there(bookers.acknowledged)
    alone.wait_for_jobs()
    assert resend.sent_twice() == []
    assert resend.count == alone.number("select count(*) from bookings")


def test_without_knowing_that_it_is_away_people_would_see_an_error(deployment: Deployment) -> None:
    deployment.start_web(without="away", WEB_CONCURRENCY="1")
    deployment.shut_database()
    answer = deployment.browser().book()
    assert (answer.status, answer.headers.get("retry-after")) == (500, None)
