"""A car on its driver's phone: handed out, photographed in a cellar, and back with a scratch that the office sees."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.hires import HIRER, ODOMETER, hire_out
from tests.browser.test_driver import all_sent, job_of, kinds, sign_in
from tests.faults.client import OWNER
from tests.faults.hire import DRIVERS
from tests.faults.processes import Deployment
from tests.settings.pictures import png

TAKEN = """
select r.stage, f.width from field_reports r join files f on f.id = r.file_id order by r.id
"""


def pictures(*widths: int) -> list[FilePayload]:
    """Photos that can be told apart by how wide they are."""
    return [{"name": f"{wide}.png", "mimeType": "image/png", "buffer": png(wide, 20)} for wide in widths]


def scratch(form: Locator, x: int, y: int, words: str) -> None:
    """Press on the drawing, and say what is there."""
    form.locator("svg[data-press]").click(position={"x": x, "y": y})
    form.get_by_label("New mark 1: what").fill(words)


@pytest.mark.timeout(300)
def test_a_car_goes_out_and_comes_back_with_a_scratch(stage: Deployment, window: Callable[..., Page]) -> None:
    reference = hire_out(stage)
    page, office = window(PHONE), window(DESK)
    sign_in(page, stage, DRIVERS[0][1], "/driver")
    plate = str(stage.rows("select plate from cars c join rentals r on r.car_id = c.id")[0]["plate"])
    expect(page.locator("header .plate")).to_have_text(plate)
    job = job_of(page, HIRER)
    expect(job).to_contain_text(f"{ODOMETER:,} km")

    # A reading that is lower than last time is asked about, and goes nowhere before it is answered.
    job.get_by_text("Hand out the car").click()
    out = page.locator(f"#car_out-{reference}")
    out.get_by_label("Odometer (km)").fill("100")
    out.get_by_role("button", name="The car is out").click()
    expect(out.get_by_label("Yes, the lower reading is right")).to_be_focused()
    assert kinds(stage) == []
    out.get_by_label("Odometer (km)").fill(str(ODOMETER + 10))
    expect(out.get_by_label("Yes, the lower reading is right")).to_be_hidden()
    out.get_by_role("button", name="The car is out").click()
    expect(page.locator("#waiting[data-settling]")).to_have_count(0)
    all_sent(page)
    expect(job).to_contain_text("Started")
    assert kinds(stage) == ["car_out"]

    # In the cellar: three photos, and the car back with a scratch and a photo of it.
    page.context.set_offline(True)
    job.get_by_text("Photos", exact=True).click()
    photo = page.locator(f"#photo-{reference}")
    photo.get_by_label("Photos for the office").set_input_files(pictures(41, 42, 43))
    photo.get_by_role("button", name="Send").click()
    expect(page.locator("#waiting")).to_contain_text("3 things are waiting to send.")
    job.get_by_text("Take back the car").click()
    back = page.locator(f"#car_back-{reference}")
    back.get_by_label("Odometer (km)").fill(str(ODOMETER + 130))
    back.get_by_label("Fuel").select_option("5/8")
    scratch(back, 95, 90, "scratch")
    expect(back.get_by_label("New mark 1: where")).to_have_value("right_door")
    back.get_by_label("Photos").set_input_files(pictures(51))
    back.get_by_role("button", name="The car is back").click()
    expect(page.locator("#waiting")).to_contain_text("5 things are waiting to send.")
    page.get_by_role("button", name="Try now").click()
    expect(page.locator("#waiting")).to_contain_text("5 things are waiting to send.")
    assert kinds(stage) == ["car_out"]

    # Back in the street: all of it goes, once, in order.
    page.context.set_offline(False)
    all_sent(page)
    expect(page.get_by_text("1 of 1 done")).to_be_visible()
    assert kinds(stage) == ["car_out", "photo", "photo", "photo", "car_back", "photo"]
    taken = [(row["stage"], row["width"]) for row in stage.rows(TAKEN)]
    assert taken == [("", 41), ("", 42), ("", 43), ("back", 51)]
    assert stage.number("select odometer from cars where plate = %s", plate) == ODOMETER + 130
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # The office sees what needs a person, both looks side by side with the photo, and sees to it.
    sign_in(office, stage, OWNER, "/admin")
    office.get_by_role("link", name=re.compile("Compare")).click()
    expect(office.locator("#look-out")).to_contain_text("No marks.")
    expect(office.locator("#look-back")).to_contain_text("Front door, right: scratch")
    expect(office.locator("main")).to_contain_text("120 km")
    expect(office.locator("main")).to_contain_text("full → 5/8")
    picture = office.locator("#look-back img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 51)
    office.get_by_label("What was done about it").fill("Polished away")
    office.get_by_role("button", name="Seen to").click()
    expect(office.locator("main")).to_contain_text("The new marks were seen to. Polished away")
    office.goto(f"http://majorna.localhost:{stage.port}/admin")
    expect(office.get_by_text("with something new")).to_have_count(0)
