"""The owner looks at the numbers: on a tablet on Sunday, and once more on the phone."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.kernel import clock
from tests.browser import pictures
from tests.browser.conftest import PHONE
from tests.browser.years import LATE, look_back
from tests.faults.client import OWNER, PASSWORD
from tests.faults.processes import Deployment

TABLET = {"width": 820, "height": 1180}
SLOW = 60_000


def sign_in(page: Page, stage: Deployment) -> None:
    """The owner, before this month's numbers."""
    page.goto(f"http://majorna.localhost:{stage.port}/login?next=/admin/numbers")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Figures", level=1)).to_be_visible(timeout=SLOW)


def cells(page: Page, key: str) -> list[str]:
    """What stands in the line of that number, without the small percentages."""
    found = page.locator(f"#number-{key} td.r")
    return [one.locator("a, span").first.inner_text().strip() for one in found.all()]


def bare(text: str) -> str:
    """Only what makes the number: spreadsheets take no units and no grouping."""
    found = re.sub(r"[^0-9.,]", "", text).replace(",", "")
    return found.rstrip("0").rstrip(".") if "." in found else found


@pytest.mark.timeout(400)
def test_the_owner_looks_at_the_numbers(stage: Deployment, window: Callable[..., Page], tmp_path: Path) -> None:
    stage.do("update users set language = 'en'")
    look_back(stage)
    page = window(TABLET)
    sign_in(page, stage)

    # This month beside the same days of the month before and of last year.
    expect(page.locator("#numbers-lines thead th")).to_have_count(4)
    assert cells(page, "late") == [str(number) for number in LATE]
    assert bare(cells(page, "income")[0]) == "4200"
    pictures.take(page, "j7-1-this-month")

    # A number opens exactly what it counts, with customer and reason.
    page.locator("#number-late a").first.click()
    expect(page.get_by_role("heading", name="Late cancellations")).to_be_visible()
    expect(page.locator("#list-count")).to_have_text(str(LATE[0]))
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(LATE[0])
    for number in range(LATE[0]):
        expect(rows.filter(has_text=f"Found help: Late 0 {number}")).to_have_count(1)
    pictures.take(page, "j7-2-late-cancellations")
    page.get_by_role("link", name="Figures").last.click()
    expect(page.get_by_role("link", name="This month")).to_have_attribute("aria-current", "true")

    # Another period.
    page.get_by_role("link", name="1 Jan to today").click()
    expect(page.get_by_role("link", name="1 Jan to today")).to_have_attribute("aria-current", "true")
    expect(page).to_have_url(re.compile("period=to_today"))
    this_year = 1 if clock.today("Europe/Stockholm").month == 1 else 2
    expect(page.locator("#number-late a").first).to_have_text(str(sum(LATE[:this_year])))

    # Use per car: the definition stands beside it, and neither turnaround nor workshop is idle time.
    expect(
        page.get_by_text("Turnaround behind a rental and time off the road are not counted as idle.")
    ).to_be_visible()
    first = clock.today("Europe/Stockholm").replace(day=1)
    page.get_by_label("First day").fill(first.isoformat())
    page.get_by_label("Last day").fill(first.isoformat())
    page.get_by_role("button", name="Show").click()
    car = page.locator("#numbers-use-car tr[id^=number-]")
    expect(car.get_by_text("6 of 18 hours")).to_be_visible()
    expect(car.get_by_role("link").or_(car.locator("td.r span")).first).to_have_text("33 %")
    pictures.take(page, "j7-4-use-per-car")

    # The table that is taken along says the same.
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    taken.value.save_as(tmp_path / "figures.csv")
    text = (tmp_path / "figures.csv").read_text("utf-8-sig")
    _heads, *lines = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))
    shown = page.locator("#numbers tr[id^=number-]").all()
    assert len(lines) == len(shown) > 15
    for line, row in zip(lines, shown, strict=True):
        assert line[1] == row.locator("span.font-medium").first.inner_text()
        values = [one.locator("a, span").first.inner_text() for one in row.locator("td.r").all()]
        assert [bare(one) for one in line[2:-1]] == [bare(one) for one in values]

    # Who changed a price stands in the timeline of the booking.
    page.goto(f"http://majorna.localhost:{stage.port}/admin/bookings?q=Per+Sandell")
    page.get_by_role("link", name="Per Sandell").click()
    page.get_by_role("link", name="Change", exact=True).first.click()
    page.get_by_label("Price").fill("5600")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=SLOW)
    story = page.locator("ol.tl li").filter(has_text="Price")
    expect(story).to_contain_text("5,600")
    expect(story).to_contain_text("Ada Berg")
    expect(story).to_contain_text(re.compile(r"\d\d:\d\d|ago|just now"))
    pictures.take(page, "j7-6-who-changed-a-price")


@pytest.mark.timeout(400)
def test_the_numbers_on_a_phone(stage: Deployment, window: Callable[..., Page]) -> None:
    stage.do("update users set language = 'en'")
    look_back(stage)
    page = window(PHONE)
    sign_in(page, stage)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    late = page.locator("#number-late a").first
    late.scroll_into_view_if_needed()
    expect(late).to_be_in_viewport()
    late.click()
    expect(page.locator("tbody tr")).to_have_count(LATE[0])
    expect(page.get_by_text("Found help: Late 0 0")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # The month, as a list of days.
    soon = clock.today("Europe/Stockholm").replace(day=1) + timedelta(days=40)
    page.goto(f"http://majorna.localhost:{stage.port}/admin/calendar?month={soon:%Y-%m}")
    expect(page.get_by_role("link", name=re.compile("Per Sandell")).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
