"""The dispatcher's morning: a crew is ill, somebody else is suggested, a busy crew says no, a colleague was faster."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from app.kernel import clock
from tests.browser.conftest import DESK, PHONE
from tests.browser.crews import SECOND, send_out
from tests.faults.client import PASSWORD
from tests.faults.processes import Deployment, wait_for
from tests.faults.seed import OWNER

SLOW = 60_000
HAS = (
    "select r.name from bookings b join booking_claims l on l.booking_id = b.id join claims c on c.id = l.claim_id "
    "join resources r on r.id = c.resource_id where c.released_at is null and b.contact_name = %s"
)


def sign_in(page: Page, stage: Deployment, email: str) -> None:
    """A dispatcher, before the board of today."""
    page.goto(f"http://majorna.localhost:{stage.port}/login?next=/admin/board")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#board")).to_be_visible(timeout=SLOW)
    expect(page.locator("[data-live=live]").first).to_be_visible()


def bar(page: Page, name: str) -> Locator:
    """The booking of that person on the board."""
    return page.locator("#board a.bar").filter(has_text=name)


def line(page: Page, name: str) -> Locator:
    """The line of that crew."""
    return page.locator(f"#board [data-lane][aria-label='{name}']")


def who_has(stage: Deployment, name: str) -> list[str]:
    return [row["name"] for row in stage.rows(HAS, name)]


def day_after_next(page: Page, stage: Deployment) -> None:
    day = clock.today("Europe/Stockholm") + timedelta(days=2)
    page.goto(f"http://majorna.localhost:{stage.port}/admin/board?day={day.isoformat()}")
    expect(bar(page, "Per Sandell")).to_be_visible()
    expect(page.locator("[data-live=live]").first).to_be_visible()


@pytest.mark.timeout(400)
def test_the_dispatchers_morning(stage: Deployment, window: Callable[..., Page]) -> None:
    send_out(stage)
    ada, bo = window(DESK), window(DESK)
    sign_in(ada, stage, OWNER)
    sign_in(bo, stage, SECOND[0])

    # A crew is ill: one press, and its job waits for others, on the colleague's board too.
    ada.get_by_role("button", name=re.compile("Off today.*Crew 1")).click()
    ada.locator("#ask").get_by_role("button", name="Off today").click()
    expect(ada.get_by_text("Crew 1 is off for the rest of today.")).to_be_visible()
    assert who_has(stage, "Elsa Wikström") == []
    expect(line(bo, "No crew yet").get_by_text("Elsa Wikström")).to_be_visible(timeout=SLOW)

    # Suggest says who and why; accepted, it is theirs.
    ada.get_by_role("link", name="Suggest who takes them").click()
    expect(ada.get_by_text("Free then, with time for the way")).to_be_visible()
    ada.get_by_role("button", name=re.compile("Give to Crew [23]")).click()
    expect(ada.get_by_text("Everything is given out.")).to_be_visible()
    [taker] = who_has(stage, "Elsa Wikström")
    assert taker in ("Crew 2", "Crew 3")

    # Dropped on a busy crew: told who has it and until when, and what is free; nothing changed.
    day_after_next(ada, stage)
    bar(ada, "Per Sandell").drag_to(line(ada, "Crew 2"), source_position={"x": 20, "y": 20}, target_position=_at(ada))
    dialog = ada.locator("dialog#move")
    expect(dialog).to_contain_text("Crew 2 is taken until")
    expect(dialog).to_contain_text("11:00")
    expect(dialog).to_contain_text("Siv Ek has that time. Nothing was changed.")
    expect(dialog.get_by_role("link", name=re.compile("Crew 3, free then"))).to_be_visible()
    assert who_has(stage, "Per Sandell") == ["Crew 1"]
    dialog.get_by_label("From", exact=True).fill("14:00")
    dialog.get_by_label("From", exact=True).press("Tab")
    expect(dialog.get_by_text("Yes, send this")).to_be_visible()

    # The next free time is one press away, and asks whether the customer is to hear of it, word for word.
    dialog.get_by_role("link", name=re.compile("Crew 2, free from")).click()
    expect(dialog.get_by_label("From", exact=True)).to_have_value("11:00")
    expect(dialog.get_by_text("Yes, send this")).to_be_visible()
    dialog.get_by_role("button", name="Move it").click()
    expect(dialog).to_have_count(0)
    expect(line(ada, "Crew 2").get_by_text("Per Sandell")).to_be_visible()
    assert who_has(stage, "Per Sandell") == ["Crew 2"]

    # Undo is a move back.
    ada.get_by_role("button", name="Undo").click()
    wait_for(lambda: who_has(stage, "Per Sandell") == ["Crew 1"], "the booking back with its crew")
    expect(line(ada, "Crew 1").get_by_text("Per Sandell")).to_be_visible()

    # Two at once: the second, who had read it before, is told what changed, and overwrites nothing.
    day_after_next(bo, stage)
    bar(bo, "Per Sandell").click()
    theirs = bo.locator("dialog#move")
    theirs.get_by_label("Crew", exact=True).select_option(label="nobody yet")
    bar(ada, "Per Sandell").focus()
    ada.keyboard.press("Enter")  # the way of those who do not drag
    dialog.get_by_label("Crew", exact=True).select_option(label="Crew 3")
    dialog.get_by_role("button", name="Move it").press("Enter")
    expect(line(ada, "Crew 3").get_by_text("Per Sandell")).to_be_visible()
    theirs.get_by_role("button", name="Move it").click()
    expect(theirs).to_contain_text("Somebody else was faster.")
    expect(theirs).to_contain_text("with Crew 3")
    expect(theirs).to_contain_text("Ada Berg")
    assert who_has(stage, "Per Sandell") == ["Crew 3"]
    theirs.press("Escape")

    # What others do meanwhile does not take a booking out of the hand.
    held = bar(ada, "Siv Ek")
    held.hover(position={"x": 20, "y": 20})
    ada.mouse.down()
    line(ada, "Crew 1").hover(position=_at(ada))
    line(ada, "Crew 1").hover(position=_at(ada, 8))
    expect(ada.locator("#board .is-held")).to_have_count(1)
    bar(bo, "Per Sandell").click()
    theirs.get_by_label("Crew", exact=True).select_option(label="nobody yet")
    theirs.get_by_role("button", name="Move it").click()
    expect(line(bo, "No crew yet").get_by_text("Per Sandell")).to_be_visible()
    expect(ada.locator("#board .is-held")).to_have_count(1)
    ada.mouse.up()
    expect(line(ada, "No crew yet").get_by_text("Per Sandell")).to_be_visible(timeout=SLOW)
    assert who_has(stage, "Per Sandell") == []


@pytest.mark.timeout(300)
def test_on_a_phone_the_board_scrolls_inside_and_the_form_does_the_work(
    stage: Deployment, window: Callable[..., Page]
) -> None:
    send_out(stage)
    page = window(PHONE, java_script_enabled=False)
    page.goto(f"http://majorna.localhost:{stage.port}/login?next=/admin/board")
    page.get_by_label("E-mail").fill(OWNER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    day = clock.today("Europe/Stockholm") + timedelta(days=2)
    page.goto(f"http://majorna.localhost:{stage.port}/admin/board?day={day.isoformat()}")
    assert page.locator("#main").bounding_box()["width"] <= PHONE["width"]  # type: ignore[index]  # it is there
    bar(page, "Per Sandell").click()
    page.get_by_label("Crew", exact=True).select_option(label="Crew 3")
    page.get_by_role("button", name="Move it").click()
    expect(page.get_by_text("Moved.")).to_be_visible()
    assert who_has(stage, "Per Sandell") == ["Crew 3"]
    page.get_by_role("button", name="Undo").click()
    wait_for(lambda: who_has(stage, "Per Sandell") == ["Crew 1"], "the booking back with its crew")


def _at(page: Page, further: int = 0) -> dict[str, float]:
    """Where on another line a booking is let go at the same time: as far from the left as it was taken."""
    track = page.locator("#board [data-track]").first.bounding_box()
    taken = bar(page, "Per Sandell").bounding_box()
    assert track is not None
    assert taken is not None
    return {"x": taken["x"] - track["x"] + 20 + further, "y": 20}
