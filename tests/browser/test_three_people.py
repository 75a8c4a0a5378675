"""Two people want one car: one holds it and lets it run out, the other gets it; a driver says no, the next one yes."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.faults.client import PASSWORD
from tests.faults.hire import DRIVERS, WANTED, a_week_ahead, let_cars, let_time_pass
from tests.faults.processes import Deployment, wait_for

SLOW = 60_000


def search(page: Page, stage: Deployment) -> None:
    """From the front page to the free cars of a day, with a driver."""
    page.goto(f"http://majorna.localhost:{stage.port}/")
    page.get_by_label("From", exact=True).fill(a_week_ahead())
    page.get_by_label("To", exact=True).fill(a_week_ahead())
    page.get_by_label("With a driver").check()
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("button", name=f"Choose {WANTED}")).to_be_visible()


def sign_in(page: Page, stage: Deployment, email: str) -> None:
    """A driver, before the day's page."""
    page.goto(f"http://majorna.localhost:{stage.port}/login?next=/driver")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/driver$"))
    expect(page.locator("[data-live=live]").first).to_be_visible()


def seconds_left(page: Page) -> float:
    """What the countdown has still to count, by its own reckoning."""
    return page.locator("[data-deadline]").evaluate("one => (Number(one.dataset.deadline) - Date.now()) / 1000")


@pytest.mark.timeout(300)
def test_one_lets_it_run_out_the_other_books_it_and_the_second_driver_comes(
    stage: Deployment, window: Callable[..., Page]
) -> None:
    let_cars(stage)
    first, second = window(DESK), window(PHONE)
    sara, nils = window(PHONE), window(PHONE)
    search(first, stage)
    search(second, stage)

    # The first holds it; the second sees it go without touching anything.
    first.get_by_role("button", name=f"Choose {WANTED}").click()
    expect(first).to_have_url(re.compile(r"/book/car\?hold="))
    expect(second.get_by_role("listitem").filter(has_text=WANTED)).to_contain_text("Just taken", timeout=SLOW)
    expect(second.get_by_role("button", name=f"Choose {WANTED}")).to_have_count(0)

    # A second tab and a reload show the same hold with the same time left.
    held = stage.number("select count(*) from holds")
    tab = first.context.new_page()
    tab.goto(first.url)
    first.reload()
    assert abs(seconds_left(first) - seconds_left(tab)) < 2
    assert 500 < seconds_left(first) <= 600
    assert stage.number("select count(*) from holds") == held == 1
    tab.close()

    # The first lets it run out: the form stays as it was typed, and the second sees the car come back.
    first.get_by_label("Name").fill("Ada Berg")
    let_time_pass(stage)
    expect(second.get_by_role("button", name=f"Choose {WANTED}")).to_be_visible(timeout=SLOW)
    first.get_by_role("textbox", name="E-mail").fill("ada@example.se")
    first.get_by_label("Mobile phone").fill("070-123 45 67")
    first.get_by_label("Where shall the driver pick you up?").fill("Linnégatan 12, 413 04 Göteborg")

    # The second, on a phone and without an account, gets it.
    second.get_by_role("button", name=f"Choose {WANTED}").click()
    second.get_by_label("Name").fill("Erik Holm")
    second.get_by_role("textbox", name="E-mail").fill("erik@example.dk")
    second.get_by_label("Mobile phone").fill("070-765 43 21")
    second.get_by_label("Where shall the driver pick you up?").fill("Karl Johansgatan 47, 414 55 Göteborg")
    second.get_by_role("button", name="Book the car").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("Thank you, Erik.")

    # The first comes too late, is told so in words, and has lost nothing of what was typed.
    first.get_by_role("button", name="Book the car").click()
    expect(first.get_by_text(f"{WANTED} has been taken by somebody else.")).to_be_visible()
    expect(first.get_by_label("Name")).to_have_value("Ada Berg")
    assert stage.rows("select contact_name from bookings") == [{"contact_name": "Erik Holm"}]

    # Whoever is asked first says no; the next one is asked, and says yes.
    asked = "select u.email from rentals r join drivers d on d.id = r.driver_id join users u on u.id = d.user_id"
    wait_for(lambda: stage.rows(asked), "a driver who is asked")
    assert stage.rows(asked) == [{"email": DRIVERS[0][1]}]
    sign_in(sara, stage, DRIVERS[0][1])
    sign_in(nils, stage, DRIVERS[1][1])
    expect(nils.get_by_text("Can you drive?")).to_have_count(0)
    sara.get_by_role("button", name="I can’t").click()
    expect(sara.get_by_text("Can you drive?")).to_have_count(0)
    wait_for(lambda: stage.rows(asked) == [{"email": DRIVERS[1][1]}], "the second driver who is asked")
    nils.get_by_role("button", name="Yes").click(timeout=SLOW)  # it came onto the page by itself
    expect(nils.get_by_text("Can you drive?")).to_have_count(0)

    # The customer's page says who comes, by itself.
    expect(second.get_by_text("Nils drives you")).to_be_visible(timeout=SLOW)
    assert second.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
