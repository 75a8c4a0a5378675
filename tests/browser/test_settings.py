"""An owner sets up a new firm in the browser; then a customer books on a phone: a price, and free days only (J1)."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.faults.client import PASSWORD
from tests.faults.processes import Deployment, wait_for
from tests.faults.seed import OWNER

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def open_settings(page: Page, stage: Deployment, section: str) -> None:
    page.goto(f"http://majorna.localhost:{stage.port}/admin/settings/{section}")


def saved(page: Page, words: str = "Saved.") -> None:
    expect(page.locator("#toasts")).to_contain_text(words)


def set_up_firm(page: Page, stage: Deployment) -> None:
    """Everything that the checklist asks for, top to bottom."""
    page.goto(f"http://majorna.localhost:{stage.port}/login?next=/admin")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Before customers can book well")).to_be_visible()
    page.get_by_role("link", name="All settings").click()

    open_settings(page, stage, "firm")
    page.get_by_label("A few words about you").fill("Family firm since 1987.")
    page.get_by_role("button", name="Save").click()
    saved(page)

    open_settings(page, stage, "offers")
    move = page.locator("form[aria-labelledby=move-h]")
    move.get_by_label("How long one takes").fill("300")
    move.get_by_role("button", name="Save").click()
    saved(page)
    cleaning = page.locator("form[aria-labelledby=cleaning-h]")
    cleaning.get_by_label("We offer this").uncheck()
    cleaning.get_by_role("button", name="Save").click()
    saved(page)

    open_settings(page, stage, "crews")
    page.get_by_label("A new crew").fill("Crew 1")
    page.get_by_role("button", name="Add the crew").click()
    saved(page, "Crew 1 can be given jobs now.")

    open_settings(page, stage, "days")
    for weekday in WEEKDAYS:
        page.get_by_label(f"{weekday}, opens").select_option("07:00")
        page.get_by_label(f"{weekday}, closes").select_option("18:00")
    page.get_by_label("Sweden").check()
    page.get_by_label("On our pages only days and times with a free crew").check()
    page.get_by_role("button", name="Save").click()
    saved(page)

    open_settings(page, stage, "prices/move")
    page.get_by_role("button", name="Save the amounts").click()
    saved(page, "Customers see prices")

    page.goto(f"http://majorna.localhost:{stage.port}/admin/settings")
    expect(page.get_by_text("Customers can book.")).to_be_visible()


def price_on(page: Page) -> Locator:
    return page.locator("#price strong")


def test_a_new_firm_is_set_up_and_a_customer_books_only_what_it_can_keep(
    stage: Deployment, window: Callable[..., Page]
) -> None:
    set_up_firm(window(DESK), stage)
    # Every web process believes the new settings within seconds.
    phone = window(PHONE)

    def offers_days() -> bool:
        phone.goto(f"http://majorna.localhost:{stage.port}/book/move?step=2")
        return phone.locator("#when").count() == 1

    wait_for(lambda: all(offers_days() for _look in range(4)), "the calendar of free days")

    phone.goto(f"http://majorna.localhost:{stage.port}/")
    expect(phone.get_by_text("Family firm since 1987.")).to_be_visible()
    phone.get_by_role("link", name="Book a move").first.click()
    phone.get_by_label("Volume in m³").fill("25")
    phone.get_by_label("Piano", exact=True).check()
    expect(price_on(phone)).to_contain_text("6,550–8,350")
    phone.get_by_role("button", name="Go on").click()

    # A postcode of the wrong form is said at once and blocks nothing.
    phone.get_by_label("Moving from").fill("Linnégatan 12, Göteborg")
    phone.get_by_label("Moving to").fill("Strandvägen 4, 442 31 Kungälv")
    expect(phone.get_by_text("We see no postcode like")).to_be_visible()
    # The price moves along and the focus stays.
    floor = phone.get_by_label("Floor at the old place")
    floor.fill("3")
    expect(price_on(phone)).to_contain_text("7,200–9,200")
    expect(floor).to_be_focused()
    phone.locator("#lift").select_option("no")

    # Only free days can be chosen: no Sunday, and the month can be turned.
    phone.get_by_role("button", name="The month after").click()
    expect(phone.locator("#when").get_by_role("button", name="The month before")).to_be_visible()
    days = phone.locator("input[name=date]")
    expect(days.first).to_be_attached()
    labels = [days.nth(number).get_attribute("aria-label") or "" for number in range(days.count())]
    assert labels
    assert not any(re.match("Saturday|Sunday", label) for label in labels)
    days.first.check(force=True)
    expect(phone.locator("#time option")).to_have_count(8)  # any time, and the hours from 07 to 13
    phone.locator("#time").select_option("08:00")
    phone.get_by_role("button", name="Go on").click()

    phone.get_by_label("Name").fill("Anna Lindqvist")
    phone.get_by_role("textbox", name="E-mail").fill("anna@gmial.com")
    phone.get_by_label("Phone").fill("070-123 45 67")
    phone.get_by_label("Phone").press("Tab")
    expect(phone.get_by_text("Did you mean").first).to_be_visible()
    phone.get_by_role("button", name="Book the move").dblclick()
    expect(phone.locator("article[id^=booking-]")).to_be_visible()
    expect(phone.locator("article[id^=booking-]")).to_contain_text("7,200–9,200")
    wait_for(lambda: stage.number("select count(*) from bookings") >= 1, "the booking")
    assert stage.number("select count(*) from bookings") == 1
    row = stage.rows("select price_low, price_high, details from bookings")[0]
    assert (int(row["price_low"]), int(row["price_high"])) == (7200, 9200)  # type: ignore[call-overload]  # numbers of the driver
    assert row["details"] == {"volume": 25, "floor": 3, "lift": False}

    # The crew is taken then: the hour is no longer offered to the next one.
    other = window(PHONE)
    chosen = stage.rows("select (starts_at at time zone 'Europe/Stockholm')::date::text as day from bookings")[0]["day"]
    other.goto(f"http://majorna.localhost:{stage.port}/book/move?step=2&date={chosen}")
    assert other.locator(f"input[name=date][value='{chosen}']").count() == 0
