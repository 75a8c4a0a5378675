"""The owner's pages: what was typed is kept, nobody is overwritten silently, each change is in the audit log."""

import io
import re
from typing import Any

import pytest
from sqlalchemy import select

from app.bookings import offers, price_list
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import db
from app.messaging.letters import sender_of
from app.settings import firm
from tests.bookings.visitor import value_of
from tests.identity.people import Browser, make_member
from tests.settings.pictures import JPEG, PNG, SVG, WEBP

FIRM = {
    "name": "Majorna", "phone": "031-12 45 80", "email": "hej@majorna.example", "address": "Karl Johansgatan 47",
    "legal": "", "about": "", "country": "SE", "time_zone": "Europe/Stockholm", "currency": "SEK",
}  # fmt: skip


@pytest.fixture
def owner(client: Any, business: Business) -> Browser:
    """The owner's browser."""
    make_member()
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    return browser


def present() -> Business:
    db.session.rollback()
    return firm.present()


def deeds(action: str) -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def read_of(browser: Browser, section: str) -> str:
    return value_of(browser.get(f"/admin/settings/{section}").text, "read")


def test_a_change_is_saved_and_stands_in_the_audit_log(owner: Browser) -> None:
    sent = FIRM | {"name": "Majorna Nya", "read": read_of(owner, "firm")}
    assert owner.post("/admin/settings/firm", sent).status_code == 303
    assert present().name == "Majorna Nya"
    entry = deeds("settings.changed")[0]
    assert (entry.before["name"], entry.after["name"]) == ("Majorna Flytt & Städ", "Majorna Nya")
    assert "phone" not in entry.after


def test_what_is_wrong_is_told_and_what_was_typed_stays(owner: Browser) -> None:
    answer = owner.post("/admin/settings/firm", FIRM | {"name": "", "email": "no address", "about": "Kept words"})
    assert answer.status_code == 422
    assert "Kept words" in answer.text
    assert "no address" in answer.text
    assert present().name == "Majorna Flytt & Städ"


def test_whoever_is_slower_sees_both_versions_and_overwrites_nothing(owner: Browser) -> None:
    read = read_of(owner, "firm")
    firm.change_firm({"name": "Somebody else was here"})
    slow = owner.post("/admin/settings/firm", FIRM | {"name": "Mine", "read": read})
    assert slow.status_code == 409
    assert "Somebody else was here" in slow.text
    assert present().name == "Somebody else was here"
    again = FIRM | {"name": "Mine", "read": value_of(slow.text, "read")}
    assert owner.post("/admin/settings/firm", again).status_code == 303
    assert present().name == "Mine"


def test_other_settings_may_be_changed_meanwhile(owner: Browser) -> None:
    read = read_of(owner, "firm")
    firm.change_firm({"hue": 12})
    assert owner.post("/admin/settings/firm", FIRM | {"read": read}).status_code == 303


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.ACCOUNTANT, Role.DRIVER, Role.CUSTOMER])
def test_only_owners_come_in(client: Any, business: Business, role: Role) -> None:
    make_member(role=role)
    browser = Browser(client)
    browser.sign_in()
    assert browser.get("/admin/settings").status_code == 403


def test_every_page_opens_and_the_overview_says_what_is_missing(owner: Browser) -> None:
    overview = owner.get("/admin/settings").text
    assert "Ten minutes" in overview
    for page in set(re.findall(r'href="(/admin/settings/[a-z/]+)"', overview)):
        assert owner.get(page).status_code == 200, page


def test_hours_in_the_wrong_order_are_refused_at_their_day(owner: Browser) -> None:
    sent = {"opens_mon": "18:00", "closes_mon": "07:00", "only_free": "never"}
    answer = owner.post("/admin/settings/days", sent)
    assert answer.status_code == 422
    assert "It must close after it opens." in answer.text
    lacking = owner.post("/admin/settings/days", {"only_free": "form"})
    assert "Say first when you work" in lacking.text


def test_hours_holidays_and_the_rule_are_saved(owner: Browser, client: Any) -> None:
    sent = {"opens_mon": "07:00", "closes_mon": "18:00", "holidays": ["SE"], "only_free": "form"}
    assert owner.post("/admin/settings/days", sent).status_code == 303
    found = present()
    assert found.hours == [["07:00", "18:00"], None, None, None, None, None, None]
    assert (found.holidays, found.only_free) == (["SE"], "form")
    forget_believed()
    assert "07:00–18:00" in owner.get("/").text


def test_closed_days_come_and_go(owner: Browser) -> None:
    answer = owner.post("/admin/settings/days/closed", {"first": "2027-07-05", "last": "2027-07-01"})
    assert answer.status_code == 422
    sent = {"first": "2027-07-05", "last": "2027-07-25", "reason": "Summer"}
    assert owner.post("/admin/settings/days/closed", sent).status_code == 303
    page = owner.get("/admin/settings/days").text
    assert ">Summer</span>" in page
    number = re.search(r"/closed/(\d+)/reopen", page)
    assert number is not None
    assert owner.post(f"/admin/settings/days/closed/{number[1]}/reopen").status_code == 303
    assert ">Summer</span>" not in owner.get("/admin/settings/days").text
    assert len(deeds("settings.closed")) == len(deeds("settings.reopened")) == 1


def test_an_offer_is_changed_under_its_version(owner: Browser) -> None:
    sent = {"move-is_offered": "y", "move-minutes": "240", "move-travel_minutes": "45", "move-notice_hours": "72"}
    assert owner.post("/admin/settings/offers/move", sent | {"move-version": "0"}).status_code == 303
    assert offers.rules("move").minutes == 240
    stale = owner.post("/admin/settings/offers/move", sent | {"move-version": "0", "move-minutes": "120"})
    assert stale.status_code == 409
    assert 'value="120"' in stale.text
    off = {name: value for name, value in sent.items() if name != "move-is_offered"} | {"move-version": "1"}
    assert owner.post("/admin/settings/offers/move", off).status_code == 303
    assert present().services == ["cleaning"]
    short = sent | {"move-version": "2", "move-minutes": "5"}
    assert owner.post("/admin/settings/offers/move", short).status_code == 422


def test_crews_are_added_renamed_and_taken_out(owner: Browser) -> None:
    assert owner.post("/admin/settings/crews", {"new-name": "Crew A", "new-label": "Bo, Eva"}).status_code == 303
    twice = owner.post("/admin/settings/crews", {"new-name": "Crew A"})
    assert twice.status_code == 422
    assert "There is a crew of this name already." in twice.text
    public_id = re.search(r'id="crew-([a-z0-9]+)"', owner.get("/admin/settings/crews").text)
    assert public_id is not None
    key = public_id[1]
    assert owner.post(f"/admin/settings/crews/{key}", {f"{key}-name": "Crew B"}).status_code == 303
    assert "Crew B" in owner.get("/admin/settings/crews").text
    assert owner.post(f"/admin/settings/crews/{key}/retire").status_code == 303
    assert "Crew B" not in re.sub(r"(?s)toasts.*", "", owner.get("/admin/settings/crews").text)
    assert owner.post("/admin/settings/crews/limits", {"move": "2"}).status_code == 303
    assert 'value="2"' in owner.get("/admin/settings/crews").text


def test_amounts_are_suggested_checked_and_saved(owner: Browser) -> None:
    page = owner.get("/admin/settings/prices").text
    assert "No price is shown yet." in page
    wrong = owner.post("/admin/settings/prices/move", {"base": "much", "volume": "190"})
    assert wrong.status_code == 422
    assert 'value="much"' in wrong.text
    read = value_of(page, "read")
    assert owner.post("/admin/settings/prices/move", {"base": "1 200,50", "read": read}).status_code == 303
    assert str(price_list.stored("move")["base"]) == "1200.50"
    stale = owner.post("/admin/settings/prices/move", {"base": "900", "read": read})
    assert stale.status_code == 409
    assert deeds("settings.prices")[0].after == {"base": "1200.50"}
    assert owner.post("/admin/settings/prices/move", {"drop": "1"}).status_code == 303
    assert price_list.stored("move") == {}


@pytest.mark.parametrize("picture", [PNG, JPEG, WEBP], ids=["png", "jpeg", "webp"])
def test_a_logo_is_served_with_right_headers(owner: Browser, clean: Any, picture: bytes) -> None:
    sent = {"logo": (io.BytesIO(picture), "logo.bin")}
    assert owner.post("/admin/settings/logo", sent).status_code == 303
    found = Browser(clean.test_client()).get(str(present().logo_url))
    assert found.data == picture
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in found.headers["Content-Security-Policy"]
    assert "immutable" in found.headers["Cache-Control"]
    assert found.headers["Content-Type"].startswith("image/")
    assert owner.post("/admin/settings/logo", {"drop": "1"}).status_code == 303
    assert present().logo_url is None


@pytest.mark.parametrize(
    "picture", [SVG, b"", b"<html>", PNG[:20], PNG + b"\x00" * 400_000], ids=["svg", "none", "html", "cut", "large"]
)
def test_anything_else_is_no_logo(owner: Browser, picture: bytes) -> None:
    answer = owner.post("/admin/settings/logo", {"logo": (io.BytesIO(picture), "logo.png")})
    assert answer.status_code == 422
    assert present().logo_mark == ""


def test_mails_bear_the_sender_that_was_chosen(owner: Browser) -> None:
    sent = {"language": "sv", "languages": ["sv", "da"], "sender_name": "Flyttarna", "reply_to": "svar@majorna.example"}
    assert owner.post("/admin/settings/mail", sent | {"read": read_of(owner, "mail")}).status_code == 303
    assert sender_of(present()).startswith('"Flyttarna" <')
    foreign = owner.post("/admin/settings/mail", sent | {"language": "en"})
    assert foreign.status_code == 422


def test_the_colour_changes_the_style_sheet(owner: Browser) -> None:
    assert owner.post("/admin/settings/look", {"hue": "145", "chroma": "0.11"}).status_code == 303
    assert "--brand-h:145" in owner.get("/theme.css").text
    assert owner.post("/admin/settings/look", {"hue": "900", "chroma": "9"}).status_code == 422


def test_pages_are_offered_in_the_firms_languages_only(owner: Browser, clean: Any) -> None:
    firm.change_firm({"languages": ["sv", "da"]})
    stranger = Browser(clean.test_client())
    english = stranger.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="sv"' in english
    assert 'value="en"' not in english
    assert '<html lang="da"' in stranger.get("/", headers={"Accept-Language": "da"}).text
