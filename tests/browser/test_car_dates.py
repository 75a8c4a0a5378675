"""Erik gives the car that he rented other dates, from the link in his mail: what it means is told before he presses."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_manage import SETTLED, StandIns, days_ahead, event_in, link_in
from tests.browser.test_three_people import search, sign_in
from tests.faults.hire import DRIVERS, WANTED, Seeker, let_cars
from tests.faults.processes import Deployment, wait_for
from tests.standins.resend import ResendStandIn

ERIK = "erik@example.dk"
BOOKED = "select state, version, starts_at, ends_at, price from bookings order by id limit 1"
ANSWERED = "select driver_state from rentals order by booking_id limit 1"
ASKED = (
    "select u.email from rentals r join drivers d on d.id = r.driver_id join users u on u.id = d.user_id "
    "where r.booking_id = (select min(id) from bookings)"
)


def mail_to_erik(resend: ResendStandIn, words: str) -> Any:
    """The mail with those words, once it is at the provider."""

    def found() -> list[Any]:
        mails = [sent["payload"] for sent in resend.sent if sent["payload"]["to"] == [ERIK]]
        return [payload for payload in mails if words in payload["text"]]

    wait_for(found, f"a mail that says {words}")
    return found()[-1]


def rent(page: Page, stage: Deployment) -> None:
    """Rent the car with a driver, as a guest."""
    search(page, stage)
    page.get_by_role("button", name=f"Choose {WANTED}").click()
    page.get_by_label("Name").fill("Erik Holm")
    page.get_by_role("textbox", name="E-mail").fill(ERIK)
    page.get_by_label("Mobile phone").fill("070-765 43 21")
    page.get_by_label("Where shall the driver pick you up?").fill("Karl Johansgatan 47, 414 55 Göteborg")
    page.get_by_role("button", name="Book the car").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you, Erik.")


def choose(page: Page, first: date, last: date) -> None:
    """Other days in the form; what they mean comes by itself."""
    page.get_by_label("From").fill(first.isoformat())
    page.get_by_label("To").fill(last.isoformat())
    page.get_by_label("To").blur()


def take_from_under(stage: Deployment, car_id: str, day: date) -> None:
    """Somebody else rents that car for a day."""
    rival = Seeker(stage.port, "majorna.localhost")
    held = rival.hold(car_id, **{"from": f"{day}T10:00", "to": f"{day}T18:00"})
    assert held.status == 201, held
    assert rival.confirm(held.json["holdId"], "karl@example.se").status == 201


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_other_dates_from_the_mail(
    stage: Deployment, standins: StandIns, window: Callable[..., Page], size: dict[str, int]
) -> None:
    resend = standins[0]
    car = let_cars(stage)[WANTED]
    erik, sara = window(size), window(PHONE)
    rent(erik, stage)
    confirmation = mail_to_erik(resend, "Your car is booked")
    assert "you can change the dates or cancel by yourself" in confirmation["text"]
    link, before = link_in(confirmation, stage, "/booking/"), event_in(confirmation)
    sign_in(sara, stage, DRIVERS[0][1])
    sara.get_by_role("button", name="Yes").click()
    wait_for(lambda: stage.rows(ANSWERED) == [{"driver_state": "accepted"}], "a driver who has said yes")
    said = stage.rows(BOOKED)

    # Opened, the page says what is now; dates that somebody else has are told, and others are named.
    taken = days_ahead(20)
    take_from_under(stage, car, taken)
    erik.goto(link)
    erik.get_by_role("link", name="Change the dates").click()
    expect(erik.get_by_text("These are your dates now.")).to_be_visible()
    choose(erik, taken, taken)
    expect(erik.get_by_text(f"{WANTED} is already taken then.")).to_be_visible()
    expect(erik.get_by_text("Your old dates are still yours.")).to_be_visible()
    expect(erik.get_by_text("Free then, if you ask us for another car:")).to_be_visible()
    expect(erik.get_by_role("button", name="Take these dates")).to_have_count(0)
    assert stage.rows(BOOKED) == said
    near = erik.locator(".note a")
    expect(near).to_have_count(3)

    # One of them, one press away, costs the same and keeps the driver; a day more costs more.
    near.last.click()
    expect(erik.get_by_text("It costs the same.")).to_be_visible()
    expect(erik.get_by_text("Sara drives you then too.")).to_be_visible()
    wanted = date.fromisoformat(erik.get_by_label("From").input_value())
    choose(erik, wanted, wanted + timedelta(days=1))
    expect(erik.get_by_text(re.compile(r"It costs .*2,700.* more"))).to_be_visible()
    assert erik.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert stage.rows(BOOKED) == said

    # Where the driver has something else, that is told before, too.
    stage.do(
        "insert into claims (business_id, resource_id, kind, during, reason, created_at) "
        "select business_id, id, 'block', tstzrange(%s::timestamptz, %s::timestamptz), 'Dentist', now() "
        "from resources where name = %s",
        f"{wanted}T00:00Z", f"{wanted + timedelta(days=2)}T00:00Z", DRIVERS[0][0],
    )  # fmt: skip
    choose(erik, wanted, wanted + timedelta(days=2))
    choose(erik, wanted, wanted + timedelta(days=1))
    expect(erik.get_by_text("Sara cannot come then; we look for another driver.")).to_be_visible()
    erik.get_by_role("button", name="Take these dates").click()
    expect(erik.get_by_text("Your new dates are booked.")).to_be_visible()
    now = stage.rows(BOOKED)[0]
    assert (now["starts_at"].date(), now["price"] - said[0]["price"]) == (wanted, 2_700)

    # The old time is free at once; a new mail says the new price, and the entry in his calendar moves in place.
    begins = stage.rows("select lower(during) from claims where kind = 'booking' and released_at is null")
    assert said[0]["starts_at"] not in [row["lower"] for row in begins]
    stage.do(SETTLED)
    changed = mail_to_erik(resend, "The entry in your calendar moves along")
    assert "5,400" in changed["text"].replace("\xa0", ",")
    after = event_in(changed)
    assert after["uid"] == before["uid"]
    assert int(after["sequence"]) > int(before.get("sequence", 0))
    assert after["dtstart"].dt.date() == wanted

    # Another driver is asked, and Sara no longer has it.
    wait_for(lambda: stage.rows(ASKED) == [{"email": DRIVERS[1][1]}], "the other driver who is asked")
