"""The office finds a customer, opens and tags them, merges a double, parts it again, takes the data along, erases."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK
from tests.faults.client import OWNER, PASSWORD
from tests.faults.processes import Deployment


def test_search_open_tag_merge_part_take_along_and_erase(
    stage: Deployment, window: Callable[..., Page], tmp_path: Path
) -> None:
    stage.do("update users set language = 'en'")
    stranger = stage.browser()
    for name, email in (("Åsa Björklund", "asa@example.se"), ("Asa Björklund", "asa.b@example.se")):
        assert stranger.book(name=name, email=email, phone="070-174 06 11").status == 201
    page = window(DESK)
    page.goto(f"http://majorna.localhost:{stage.port}/login?next=/admin/customers")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Customers", level=1)).to_be_visible()

    # Search as one types, in any spelling.
    page.get_by_label("Search customers").fill("bjoerklund")
    expect(page.locator("#customer-rows tbody tr")).to_have_count(2)
    page.get_by_label("Search customers").fill("asa@example.se")
    expect(page.locator("#customer-rows tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Åsa Björklund").click()
    expect(page.get_by_role("heading", name="Åsa Björklund", level=1)).to_be_visible()
    expect(page.get_by_text("Booked on the website")).to_be_visible()

    # A tag, and off again.
    page.get_by_label("New tag").fill("autumn offer")
    page.get_by_role("button", name="Add the tag").click()
    off = page.get_by_role("button", name="Take the tag autumn offer off")
    expect(off).to_be_visible()
    off.click()
    expect(off).to_have_count(0)

    # The double: merged, and parted again.
    page.get_by_role("link", name="Compare the two").click()
    page.get_by_role("button", name="Merge the two").click()
    expect(page.get_by_role("heading", name="Merged into this customer")).to_be_visible()
    assert stage.number("select count(*) from customers") == 1
    page.get_by_role("button", name="Part again").click()
    expect(page.get_by_role("heading", name="Asa Björklund", level=1)).to_be_visible()
    assert stage.number("select count(distinct customer_id) from bookings") == 2

    # Take along, and erase once nothing is to be done any more.
    stage.do("update bookings set state = 'cancelled'")
    page.get_by_role("link", name="Personal data").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Take along as JSON").click()
    waiting.value.save_as(tmp_path / "held.json")
    held = json.loads((tmp_path / "held.json").read_text())["held"]
    assert held["customer"][0]["email"] == "asa.b@example.se"
    assert held["bookings"]
    page.reload()
    page.get_by_label("I know that this cannot be taken back.").check()
    page.get_by_role("button", name="Erase the person").click()
    expect(page.get_by_text("The person is erased.").first).to_be_visible()
    assert stage.number("select count(*) from customers where email = 'asa.b@example.se'") == 0
    assert stage.number("select count(*) from email_logs where to_address = 'asa.b@example.se'") == 0
