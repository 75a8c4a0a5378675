"""On starter three invites go and are delivered before one's eyes, the fourth must wait, the operator lifts the plan,
the fourth goes, the customer answers STOP, and the fifth is refused by name."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.kernel import clock
from tests.browser.conftest import DESK
from tests.faults.client import OWNER, PASSWORD
from tests.faults.conftest import copy_of
from tests.faults.processes import ROOT, Deployment, wait_for
from tests.standins.twilio import TwilioStandIn
from tools.servers import Valkey

OPERATOR = "olle@kontor.example"
Stage = tuple[Deployment, TwilioStandIn]


@pytest.fixture
def stage(servers: tuple[str, str], quiet_template: str, own_valkey: Valkey, tmp_path: Path) -> Iterator[Stage]:
    """Web and worker with Twilio's stand-in beside them, in a place where it is about noon: nobody is woken."""
    with (
        TwilioStandIn() as twilio,
        copy_of(quiet_template, servers[0]) as database,
        Deployment(tmp_path, database, own_valkey.url(), **twilio.settings) as deployment,
    ):
        deployment.do("update businesses set time_zone = %s", f"Etc/GMT{clock.now().hour - 12:+d}")
        made = [sys.executable, "-m", "flask", "--app", "wsgi", "user", "create", "--email", OPERATOR, "--name", "Olle"]
        subprocess.run(
            [*made, "--role", "platform", "--password", PASSWORD],
            cwd=ROOT, env=deployment.environment, check=True, capture_output=True,
        )  # fmt: skip
        deployment.do("update users set language = 'en'")
        deployment.start_web()
        deployment.start_worker()
        twilio.inbound_url = f"http://localhost:{deployment.port}/webhooks/twilio/inbound"
        yield deployment, twilio


def sign_in(page: Page, stage: Deployment, email: str) -> None:
    """Somebody of the office, on the page of invites."""
    page.goto(f"http://majorna.localhost:{stage.port}/login?next=/admin/invites")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Invites", level=1)).to_be_visible()


def invite(page: Page, stage: Deployment, name: str, expected: str) -> None:
    """Find the customers, choose them, read what will happen, send."""
    page.goto(f"http://majorna.localhost:{stage.port}/admin/invites")
    page.get_by_label("Search customers").fill(name)
    expect(page.locator("#invite-people label").first).to_contain_text(name.split()[-1])
    page.get_by_role("button", name="Choose all found").click()
    expect(page.locator("#invite-people input:checked").first).to_be_attached()
    expect(page.locator("#invite-going")).to_contain_text(expected)
    page.get_by_role("button", name="Send the invites").click()


def test_three_go_the_fourth_waits_for_a_larger_plan_and_stop_is_obeyed(
    stage: Stage, window: Callable[..., Page]
) -> None:
    deployment, twilio = stage
    stranger = deployment.browser()
    for number, name in enumerate(["Kund Ett", "Kund Två", "Kund Tre", "Fjärde Fia"]):
        assert stranger.book(name=name, phone=f"070-174 06 0{number}").status == 201
    office, operator = window(DESK), window(DESK)
    sign_in(office, deployment, OWNER)

    # Three go, and are delivered live by signed webhooks.
    invite(office, deployment, "Kund", "3 invites will go")
    expect(office.get_by_text("3 invites are on their way.")).to_be_visible()
    expect(office.get_by_role("row").filter(has_text="Kund").filter(has_text="Sent")).to_have_count(3, timeout=30_000)
    assert sorted(sent["to"] for sent in twilio.sent) == ["+46701740600", "+46701740601", "+46701740602"]
    for sent in list(twilio.sent):
        twilio.tell(sent["sid"], "sent")
        twilio.tell(sent["sid"], "delivered")
    expect(office.get_by_role("row").filter(has_text="Delivered")).to_have_count(3, timeout=30_000)
    assert {told["status"] for told in twilio.told} == {200}

    # The fourth is refused with when it will be possible.
    invite(office, deployment, "Fjärde Fia", "0 invites will go")
    refusal = office.get_by_text("All 3 invites of this month are used. The next one can go from")
    expect(refusal.first).to_be_visible()
    assert re.search(r"\d{4}-\d\d-01 00:00", refusal.first.inner_text())
    assert len(twilio.sent) == 3

    # The operator lifts the plan; the fourth goes.
    sign_in(operator, deployment, OPERATOR)
    operator.get_by_label("Plan").select_option("growth")
    operator.get_by_role("button", name="Change the plan").click()
    expect(operator.get_by_role("heading", name="Plan Growth")).to_be_visible()
    invite(office, deployment, "Fjärde Fia", "1 invite will go")
    wait_for(lambda: len(twilio.sent) == 4, "the fourth at the provider")

    # The customer answers STOP; the fifth is refused by name.
    twilio.answer("+46701740603", "STOP")
    wait_for(lambda: deployment.number("select count(*) from number_standings where stopped_at is not null"), "STOP")
    invite(office, deployment, "Fjärde Fia", "0 invites will go")
    expect(office.get_by_text("Fjärde Fia wants no invites.").first).to_be_visible()
    assert len(twilio.sent) == 4
    assert deployment.number("select sum(used) from invite_months") == 4
