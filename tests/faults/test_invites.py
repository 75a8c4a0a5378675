"""Invites through a provider that drops, hangs, errs and talks nonsense, while workers are killed."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.processes import ROOT, Deployment, wait_for
from tests.standins.server import Call, Reply
from tests.standins.twilio import TwilioStandIn
from tools.servers import Valkey

COUNT = 150
KILLS = 5
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
    """A deployment with invites that wait for a worker; a lost message shows within seconds."""
    address = new_database("texts")
    environment = os.environ | {
        "DATABASE_URL": address, "REDIS_URL": "", "INSTANCE_PATH": str(tmp_path / "seed"),
    }  # fmt: skip
    made = [sys.executable, "-m", "tests.faults.texts", str(COUNT)]
    subprocess.run(made, cwd=ROOT, env=environment, check=True, capture_output=True)
    with Deployment(tmp_path, address, own_valkey.url(), **twilio.settings) as deployment:
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


@pytest.mark.timeout(300)
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
