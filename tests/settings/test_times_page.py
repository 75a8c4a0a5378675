"""The owner says when messages go by themselves: refused in words, never over somebody else, in the audit log."""

import pytest
from sqlalchemy import select

from app.kernel.audit import AuditEntry
from app.kernel.db import db
from app.settings import firm
from tests.bookings.visitor import value_of
from tests.identity.people import Browser
from tests.settings.test_settings_pages import owner
from tests.settings.test_times import say

__all__ = ["owner"]

PAGE = "/admin/settings/messages"
USUAL = {"sends_reminders": "y", "reminder_hour": "17", "sends_follow_ups": "y", "follow_up_hour": "10"}


def test_the_owner_says_when_and_it_stands_in_the_audit_log(owner: Browser) -> None:
    page = owner.get(PAGE).text
    assert "The day before at 17:00" in page
    sent = USUAL | {"reminder_hour": "15", "read": value_of(page, "read")}
    del sent["sends_follow_ups"]
    assert owner.post(f"{PAGE}/times", sent).status_code == 303
    page = owner.get(PAGE).text
    assert "The day before at 15:00" in page
    assert "Does not go" in page
    db.session.rollback()
    [entry] = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "settings.changed"))
    assert entry.before == {"reminder_hour": 17, "sends_follow_ups": True}
    assert entry.after == {"reminder_hour": 15, "sends_follow_ups": False}


@pytest.mark.parametrize("hour", ["3", "22", "noon", ""])
def test_an_hour_at_which_people_sleep_is_refused_in_words(owner: Browser, hour: str) -> None:
    answer = owner.post(f"{PAGE}/times", USUAL | {"reminder_hour": hour})
    assert answer.status_code == 422
    words = {"noon": "This should be a whole number.", "": "This is needed."}
    assert words.get(hour, "Choose an hour from 07:00 to 21:00") in answer.text
    assert firm.present().reminder_hour == 17


def test_whoever_is_slower_sees_both_hours_and_overwrites_nothing(owner: Browser) -> None:
    read = value_of(owner.get(PAGE).text, "read")
    say(reminder=15)
    slow = owner.post(f"{PAGE}/times", USUAL | {"reminder_hour": "19", "read": read})
    assert slow.status_code == 409
    assert "Somebody else has changed these settings meanwhile." in slow.text
    assert firm.present().reminder_hour == 15
