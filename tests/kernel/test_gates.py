"""The gate before each provider: its rate and its breaker, shared by all threads and processes."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

import pytest
from flask import Flask
from pydantic import BaseModel
from sqlalchemy import event, text

from app.kernel import clock as kernel_clock
from app.kernel import gates
from app.kernel.config import settings
from app.kernel.db import db, transaction
from app.kernel.gates import ProviderGate, Rate
from app.kernel.http import Limits, Outside, ProviderError
from tests.standins.server import Call, Reply, StandIn

pytestmark = pytest.mark.usefixtures("business")

FIVE = Rate(5, 1)


class Thing(BaseModel):
    id: str


class Service(StandIn):
    headers: dict[str, str] = {}

    def respond(self, call: Call) -> Reply:
        return Reply(200, {"id": "1"}, self.headers)

    def error(self, status: int, retry_after: str = "") -> Reply:
        return Reply(status, {}, {"Retry-After": retry_after} if retry_after else {})


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as server:
        yield server


def outside(service: Service, **options: object) -> Outside:
    limits = Limits(connect=2, read=0.8, total=2, patience=float(options.pop("patience", 2.0)))  # type: ignore[arg-type]
    return Outside("Service", service.url, limits=limits, **({"rate": Rate(50, 1)} | options))  # type: ignore[arg-type]


def refused(service: Service, **options: object) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        outside(service, **options).get("/")
    return caught.value


def row() -> ProviderGate:
    found = db.session.get(ProviderGate, "service", populate_existing=True)
    db.session.rollback()
    assert found is not None
    return found


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands, so that slots are exact however slow the machine is."""
    at = kernel_clock.now()
    monkeypatch.setattr(kernel_clock, "now", lambda: at)


def test_slots_keep_to_the_rate_in_any_stretch_of_time(still: None) -> None:
    slots = [gates.pass_or_wait("mail", FIVE, patience=10) for _ in range(23)]
    assert all(slot.taken for slot in slots)
    assert [round(slot.wait, 3) for slot in slots] == [number // 5 for number in range(23)]


def test_the_sixth_call_of_a_second_has_to_wait_its_turn(still: None) -> None:
    assert [gates.pass_or_wait("mail", FIVE, patience=0).taken for _ in range(5)] == [True] * 5
    sixth = gates.pass_or_wait("mail", FIVE, patience=0.5)
    assert not sixth.taken
    assert 0.5 < sixth.wait <= 1
    near = gates.pass_or_wait("mail", FIVE, patience=2)
    assert near.taken
    assert 0.5 < near.wait <= 1


def test_other_providers_are_not_touched(still: None) -> None:
    for _ in range(5):
        gates.pass_or_wait("one", FIVE, patience=0)
    assert not gates.pass_or_wait("one", FIVE, patience=0).taken
    assert gates.pass_or_wait("two", FIVE, patience=0).taken


def test_a_few_a_day_are_all_there_at_once_and_again_the_next_day(clock: ModuleType) -> None:
    four = Rate(4, 86_400)
    assert [gates.pass_or_wait("bank", four).taken for _ in range(5)] == [True] * 4 + [False]
    clock.forward(hours=23)
    assert not gates.pass_or_wait("bank", four).taken
    clock.forward(hours=1, seconds=1)
    assert [gates.pass_or_wait("bank", four).taken for _ in range(5)] == [True] * 4 + [False]


def test_a_fast_rate_is_remembered_in_few_slots() -> None:
    for _ in range(120):
        assert gates.pass_or_wait("fast", Rate(1000, 1), patience=10).taken
    assert len(db.session.get(ProviderGate, "fast").taken) == 50
    db.session.rollback()


def test_threads_share_the_rate(app: Flask, still: None) -> None:
    def take(_: int) -> float:
        with app.app_context():
            return gates.pass_or_wait("crowd", Rate(10, 1), patience=60).wait

    with ThreadPoolExecutor(8) as crowd:
        waits = sorted(round(wait, 3) for wait in crowd.map(take, range(60)))
    assert waits == [number // 10 for number in range(60)]


def test_a_passing_call_costs_one_statement(service: Service) -> None:
    outside(service).get("/")
    seen: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        outside(service).get("/")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == 1


def test_the_gate_joins_nobodys_transaction() -> None:
    def undone() -> None:
        with transaction():
            gates.pass_or_wait("apart", FIVE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    assert db.session.get(ProviderGate, "apart") is not None
    db.session.rollback()


def test_five_failures_in_a_row_stop_the_calls_until_one_probe_succeeds(service: Service, clock: ModuleType) -> None:
    service.misbehave("500", times=5)
    assert [refused(service).code for _ in range(5)] == ["outage"] * 5
    waiting = refused(service)
    assert (waiting.waiting, waiting.retry, len(service.calls)) == (True, True, 5)
    assert 25 < (waiting.retry_after or 0) <= settings().breaker_open_seconds
    clock.forward(seconds=settings().breaker_open_seconds + 1)
    assert outside(service).get("/").status == 200
    assert (row().failures, row().open_until) == (0, None)
    assert outside(service).get("/").status == 200


def test_a_failed_probe_opens_it_again(service: Service, clock: ModuleType) -> None:
    service.misbehave("500", times=6)
    for _ in range(5):
        refused(service)
    clock.forward(seconds=settings().breaker_open_seconds + 1)
    assert refused(service).code == "outage"
    assert refused(service).waiting


def test_exactly_one_of_a_crowd_may_probe(app: Flask, service: Service, clock: ModuleType) -> None:
    service.misbehave("500", times=5)
    for _ in range(5):
        refused(service)
    clock.forward(seconds=settings().breaker_open_seconds + 1)
    service.misbehave("slow", seconds=0.2)
    outcomes: list[str] = []
    together = threading.Barrier(8)

    def ask() -> None:
        with app.app_context():
            together.wait()
            try:
                outside(service, patience=0).get("/")
                outcomes.append("answered")
            except ProviderError as error:
                outcomes.append("waiting" if error.waiting else error.code)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["answered"] + ["waiting"] * 7


def test_a_probe_whose_process_died_is_given_up(service: Service, clock: ModuleType) -> None:
    for _ in range(5):
        gates.failed("service", "down")
    clock.forward(seconds=settings().breaker_open_seconds + 1)
    assert gates.pass_or_wait("service", FIVE).is_probe
    meanwhile = gates.pass_or_wait("service", FIVE)
    # Most probes tell in a moment; whoever comes during one does not wait until it would be given up.
    assert (meanwhile.taken, meanwhile.wait) == (False, gates.LOOK_AGAIN_SECONDS)
    clock.forward(seconds=gates.PROBE_SECONDS + 1)
    assert gates.pass_or_wait("service", FIVE).is_probe


@pytest.mark.parametrize("kind", ["hang", "drop", "garbage", "bad_json"])
def test_silence_and_nonsense_count_as_failures(service: Service, kind: str) -> None:
    service.misbehave(kind, times=5, seconds=1)
    for _ in range(5):
        with pytest.raises(ProviderError):
            outside(service).get("/", expect=Thing)
    assert refused(service).waiting


def test_refusals_are_answers_and_close_the_breaker(service: Service) -> None:
    service.misbehave("500", times=4)
    for _ in range(4):
        refused(service)
    service.misbehave("422")
    assert refused(service).code == "refused"
    assert row().failures == 0


def test_retry_after_holds_for_everybody(service: Service, clock: ModuleType) -> None:
    service.misbehave("429", retry_after="120")
    assert refused(service).retry_after == 120
    waiting = refused(service)
    assert waiting.waiting
    assert (waiting.retry_after or 0) > 110
    assert [gate.name for gate in gates.shut_gates()] == ["service"]
    clock.forward(seconds=121)
    assert outside(service).get("/").status == 200
    assert gates.shut_gates() == []


def test_an_answer_is_not_lost_when_its_success_cannot_be_noted(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.misbehave("500")
    refused(service)
    service.headers = {"ratelimit-limit": "2"}
    monkeypatch.setattr(gates, "_SUCCEEDED", text("select * from a_table_that_is_away"))
    monkeypatch.setattr(gates, "_LEARN", text("select * from a_table_that_is_away"))
    assert outside(service).get("/").status == 200


def test_a_person_may_say_try_now(service: Service) -> None:
    for _ in range(5):
        gates.failed("service", "down")
    gates.pause("service", 3600, "slow down")
    assert refused(service).waiting
    gates.reopen("service")
    assert outside(service).get("/").status == 200


def test_the_rate_that_the_provider_names_is_kept_to(service: Service) -> None:
    service.headers = {"ratelimit-limit": "2;w=60"}
    outside(service, rate=Rate(50, 1)).get("/")
    assert (row().learned_count, row().learned_seconds) == (2, 60)
    outside(service, patience=0).get("/")
    assert refused(service, patience=0).waiting


def test_a_near_slot_is_waited_for(service: Service) -> None:
    slow = Rate(1, 0.4)
    started = time.monotonic()
    for _ in range(3):
        outside(service, rate=slow).get("/")
    assert 0.75 < time.monotonic() - started < 4.5


PROCESS = """
import sys
from flask import Flask
from pydantic import BaseModel
from app.kernel import gates
from app.kernel.config import settings
from app.kernel.db import db, engine_options
app = Flask("other")
app.config.update(SQLALCHEMY_DATABASE_URI=settings().database_url, SQLALCHEMY_ENGINE_OPTIONS=engine_options())
db.init_app(app)
with app.app_context():
    print(sum(gates.pass_or_wait("shared", gates.Rate(40, 600), patience=0).taken for _ in range(30)))
"""


def test_processes_share_the_gate() -> None:
    environment = {
        "DATABASE_URL": db.engine.url.render_as_string(hide_password=False),
        "INSTANCE_PATH": str(settings().instance_path),
    }
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert sum(int(process.communicate(timeout=60)[0]) for process in running) == 40
