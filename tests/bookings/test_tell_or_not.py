"""Staff say whether the customer hears of a change, with the exact words before their eyes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.bookings import lifecycle
from app.bookings.models import Booking
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.events import Event
from app.messaging.models import EmailLog
from tests.bookings.visitor import value_of
from tests.identity.people import HOST, Browser, apart, log_in
from tests.make import make_booking
from tests.messaging.texting import noon
from tests.settings.test_settings_pages import owner

__all__ = ["owner"]


@pytest.fixture(autouse=True)
def by_day(business: Business, clock: Any) -> None:
    """It is noon."""
    noon()


def told() -> list[EmailLog]:
    db.session.rollback()
    rows = select(EmailLog).where(EmailLog.kind != "booking_received").order_by(EmailLog.id)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def a_booking(**more: Any) -> Booking:
    made = make_booking(**more)
    return db.session.scalars(select(Booking).where(Booking.id == made.id)).one()


def edit_of(owner: Browser, booking: Booking) -> dict[str, str]:
    """The edit form as the page holds it."""
    page = owner.get(f"/admin/bookings/{booking.reference}/edit").text
    names = ("version", "read", "contact_name", "contact_phone", "day", "start", "end_day", "end", "from_address",
             "to_address", "load", "extras", "price")  # fmt: skip
    return {name: value_of(page, name) for name in names}


def settle(run_jobs: Callable[..., int], clock: Any) -> None:
    clock.forward(minutes=6)
    run_jobs()


def test_the_form_shows_the_very_mail_that_is_sent(owner: Browser, run_jobs: Callable[..., int], clock: Any) -> None:
    booking = a_booking(language="sv")
    run_jobs()
    typed = edit_of(owner, booking) | {"start": "11:00", "end": "15:00"}
    at = f"/admin/bookings/{booking.reference}/edit"
    shown = owner.post(f"{at}?tell=1", typed)
    assert "11:00" in shown.text
    assert "/admin/" not in shown.headers.get("Location", "")
    assert told() == []
    assert owner.post(at, typed | {"tell": "yes"}).status_code == 303
    settle(run_jobs, clock)
    [mail] = told()
    assert mail.subject in shown.text
    for line in mail.text_body.splitlines():
        if line and "kontor-link" not in line:
            assert line in shown.text.replace("&amp;", "&").replace("&#39;", "'")


def test_no_sends_nothing_and_stands_on_the_timeline(owner: Browser, run_jobs: Callable[..., int], clock: Any) -> None:
    booking = a_booking()
    run_jobs()
    typed = edit_of(owner, booking) | {"start": "11:00", "end": "15:00", "tell": "no"}
    assert owner.post(f"/admin/bookings/{booking.reference}/edit", typed).status_code == 303
    settle(run_jobs, clock)
    assert told() == []
    assert "The customer was not told." in owner.get(f"/admin/bookings/{booking.reference}").text


def test_what_nobody_hears_of_is_said_to_be_so(owner: Browser) -> None:
    booking = a_booking()
    typed = edit_of(owner, booking) | {"price": "4200"}
    shown = owner.post(f"/admin/bookings/{booking.reference}/edit?tell=1", typed)
    assert "Nothing is sent" in shown.text


def test_a_price_set_while_a_message_waits_does_not_swallow_it(
    owner: Browser, run_jobs: Callable[..., int], clock: Any
) -> None:
    booking = a_booking()
    run_jobs()
    begins = booking.starts_at + timedelta(hours=1)
    lifecycle.edit(booking.id, {"starts_at": begins, "ends_at": begins + timedelta(hours=4)})
    lifecycle.edit(booking.id, {"notes": "The key is with the neighbour."})
    lifecycle.edit(booking.id, {"to_address": "Storgatan 3, Kungälv"}, tell=False)
    settle(run_jobs, clock)
    [mail] = told()
    assert "Storgatan 3" in mail.text_body


@pytest.mark.parametrize(("tell", "kinds"), [("yes", ["booking_cancelled"]), ("no", [])])
def test_a_cancellation_shows_its_words_and_goes_as_chosen(
    owner: Browser, run_jobs: Callable[..., int], tell: str, kinds: list[str]
) -> None:
    booking = a_booking(language="da")
    run_jobs()
    page = owner.get(f"/admin/bookings/{booking.reference}").text
    assert owner.post(
        f"/admin/bookings/{booking.reference}/state", {"state": "cancelled", "tell": tell, "version": "1"}
    ).status_code in (200, 303)
    run_jobs()
    assert [mail.kind for mail in told()] == kinds
    for mail in told():
        assert mail.subject in page


def test_programs_say_notify(client: Any, owner: Browser, run_jobs: Callable[..., int], clock: Any) -> None:
    booking, other = a_booking(), a_booking(email="other@example.com")
    run_jobs()
    begins = booking.starts_at + timedelta(hours=1)
    headers = {"Authorization": f"Bearer {log_in(owner.client).json['token']}"}
    for one, notify in ((booking, False), (other, True)):
        body = {"startsAt": begins.isoformat(), "notify": notify}
        answer = apart(client.patch, f"/api/v1/bookings/{one.public_id}", json=body, headers=headers, base_url=HOST)
        assert answer.status_code == 200
    settle(run_jobs, clock)
    assert [mail.to_address for mail in told()] == ["other@example.com"]
    at = f"/api/v1/bookings/{booking.public_id}/cancel"
    answer = apart(client.post, at, json={"notify": False}, headers=headers, base_url=HOST)
    assert answer.status_code == 200
    run_jobs()
    assert len(told()) == 1
    db.session.rollback()
    detail = db.session.scalars(select(Event.detail).where(Event.name == "booking.cancelled")).one()
    assert detail["tell"] is False
