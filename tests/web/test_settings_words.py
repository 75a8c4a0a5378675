"""The settings and what they make of the booking form say nothing that went through no translation."""

import pytest
from flask.testing import FlaskClient

from app.kernel.access import Role
from app.kernel.businesses import Business
from app.settings.firm import change_firm
from tests.bookings.test_price_pages import set_prices
from tests.bookings.visitor import book, typed
from tests.identity.people import Browser
from tests.make import make_crew
from tests.office.desk import at_desk
from tests.web.test_translations import bracketed, untranslated, visitor

__all__ = ["bracketed", "visitor"]


@pytest.mark.usefixtures("bracketed")
def test_booking_by_the_calendar_with_a_price_has_no_untranslated_text(visitor: Browser) -> None:
    make_crew()
    change_firm({"hours": [["07:00", "18:00"]] * 7, "only_free": "form"})
    set_prices()
    for step in ("1", "2"):
        assert untranslated(visitor.post("/book/move", typed(step=step, volume="25")).text) == []
    page = visitor.get(book(visitor, volume="25", time="07:00"))
    assert untranslated(page.text) == []
    full = visitor.post("/book/move", typed(step="2", time="07:00", _once="another"))
    assert full.status_code == 422
    assert untranslated(full.text) == []


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize(
    "page", ["firm", "look", "days", "mail", "safety", "retention", "prices/move", "prices/cleaning"]
)
def test_settings_have_no_untranslated_text(client: FlaskClient, business: Business, page: str) -> None:
    browser = at_desk(client, Role.OWNER)
    assert untranslated(browser.get(f"/admin/settings/{page}").text) == []
