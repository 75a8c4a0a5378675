"""Invites through a provider that drops, hangs, errs and talks nonsense, while workers are killed."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.processes import ROOT, Deployment, wait_for
from tests.standins.server import Call, Reply
from tests.standins.twilio import TwilioStandIn
from tools.servers import Valkey

COUNT = 300
KILLS = 10
#: While the provider is away: so many customers, each with so many invites.
PATIENT, EACH = 500, 2
#: The stand-in lists what it took at once, so that nobody need wait a minute for it to show.
QUICK = "minute of patience"


class SlowTwilio(TwilioStandIn):
    """Takes a message at once and says so a moment later, so that there is a time between the two to die in."""

    latency = 0.1

    def respond(self, call: Call) -> Reply:
        reply = super().respond(call)
        if call.method == "POST":
            self.stopped.wait(self.latency)
        return reply

    def per_number(self) -> Counter[str]:
        """How many messages each number was sent."""
        return Counter(message["to"] for message in list(self.sent))


@pytest.fixture
def twilio() -> Iterator[SlowTwilio]:
    with SlowTwilio() as standin:
        yield standin


@pytest.fixture
def texting(
    new_database: Callable[[str], str], own_valkey: Valkey, twilio: SlowTwilio, tmp_path: Path
) -> Iterator[Deployment]:
    """A deployment with an invite each to many customers that wait for a worker."""
    with waiting_invites(new_database("texts"), own_valkey, twilio, tmp_path, COUNT, 1) as deployment:
        yield deployment


@contextmanager
def waiting_invites(
    address: str, valkey: Valkey, twilio: SlowTwilio, folder: Path, customers: int, each: int
) -> Iterator[Deployment]:
    """A deployment in which each of so many customers has so many invites that wait for a worker."""
    environment = os.environ | {"DATABASE_URL": address, "REDIS_URL": "", "INSTANCE_PATH": str(folder / "seed")}
    made = [sys.executable, "-m", "tests.faults.texts", str(customers), str(each)]
    subprocess.run(made, cwd=ROOT, env=environment, check=True, capture_output=True)
    with Deployment(folder, address, valkey.url(), **twilio.settings) as deployment:
        yield deployment


def misbehave(twilio: SlowTwilio) -> None:
    """Each kind of trouble, in turns with good behaviour."""
    for kind in ("drop_after", "500", "429", "garbage", "bad_json", "truncated", "drop"):
        twilio.misbehave(kind, times=2)


def kill_among_messages(deployment: Deployment, twilio: SlowTwilio, kills: int, without: str = QUICK) -> None:
    """Kill a worker that often while the provider has messages of which it has not heard yet; one is always left."""
    worker = deployment.start_worker(without=without)
    for number in range(1, kills + 1):
        heir = deployment.start_worker(without=without, wait=False)
        misbehave(twilio)
        wanted = min(number * 20, COUNT - 20)
        wait_for(lambda: len(twilio.sent) >= wanted, "messages on their way", 120)  # noqa: B023
        worker.kill()
        worker = heir


def let_be_retried(deployment: Deployment) -> None:
    """Wait for the end. A job that was in hand at three kills asks a person, who presses the button."""
    left = "select count(*) from jobs where state in ('queued', 'running')"
    wait_for(lambda: deployment.number(left) == 0, "all jobs over", 120)
    failed = deployment.rows("select distinct code from jobs where state = 'failed'")
    assert [row["code"] for row in failed] in ([], ["poison"])
    if failed:
        again = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "retry", "--all"]
        subprocess.run(again, cwd=ROOT, env=deployment.environment, check=True, capture_output=True)
        deployment.wait_for_jobs()


@pytest.mark.timeout(600)
def test_none_is_lost_and_none_goes_twice(texting: Deployment, twilio: SlowTwilio) -> None:
    kill_among_messages(texting, twilio, KILLS)
    twilio.behave()
    twilio.latency = 0.0
    let_be_retried(texting)
    assert len(twilio.per_number()) == COUNT
    assert [number for number, count in twilio.per_number().items() if count > 1] == []
    assert texting.number("select count(*) from sms_messages where state = 'sent'") == COUNT
    assert texting.number("select sum(used) from invite_months") == COUNT
    assert texting.number("select count(*) from jobs where lost_leases > 0") > 0, "no kill hit a job"


def test_without_looking_first_messages_go_twice(texting: Deployment, twilio: SlowTwilio) -> None:
    kill_among_messages(texting, twilio, 2, without=f"{QUICK},look before resending")
    wait_for(lambda: [count for count in twilio.per_number().values() if count > 1], "a message sent twice")


@pytest.mark.timeout(600)
def test_what_waits_while_the_provider_is_away_all_goes_afterwards_in_order(
    new_database: Callable[[str], str], own_valkey: Valkey, twilio: SlowTwilio, tmp_path: Path
) -> None:
    twilio.latency = 0.0
    twilio.misbehave("503", times=1_000_000)
    with waiting_invites(new_database("away"), own_valkey, twilio, tmp_path, PATIENT, EACH) as texting:
        texting.start_worker(without=QUICK)
        tried = "select count(*) from sms_attempts"
        wait_for(lambda: texting.rows("select 1 from provider_gates where open_until is not null"), "the breaker open")
        before = texting.number(tried)
        wait_for(lambda: texting.number(tried) > before, "a probe")
        # Away is away for all: it is asked now and then, not once for each that waits.
        assert len(twilio.calls) < PATIENT / 5
        twilio.behave()
        texting.wait_for_jobs(300)
        assert texting.number("select count(*) from sms_messages where state = 'sent'") == PATIENT * EACH
    heard: dict[str, list[str]] = {}
    for message in twilio.sent:
        heard.setdefault(message["to"], []).append(message["body"].partition(", ")[2])
    in_order = [f"{turn + 1} of {EACH}" for turn in range(EACH)]
    assert (len(heard), [bodies for bodies in heard.values() if bodies != in_order]) == (PATIENT, [])
