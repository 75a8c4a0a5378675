"""The mail of the day after: thank you, some words about the place, and how to book again. One for each booking.

Not to addresses that bounced, nor to people who said no: to this mail by its own button, or to messages at all.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import g
from sqlalchemy import select

from app.ai import texts
from app.ai.contract import Place, Text
from app.ai.towns import town_in
from app.bookings import links
from app.bookings.confirmation import ask_to_send, facts_of
from app.bookings.jobs import FOLLOW_UP
from app.bookings.models import Booking, BookingState
from app.customers.models import Customer, Merge
from app.jobs.queue import enqueue, reschedule
from app.kernel import clock
from app.kernel.businesses import Business, get_business
from app.kernel.db import db, end_reading, lock, transaction
from app.kernel.tenancy import current_business_id
from app.messaging import consent, emails
from app.messaging.letters import Letter, write_letter, written_by
from app.messaging.models import EmailLog
from app.web.i18n import speaking

KIND = "booking_follow_up"
#: The hour, by the business's clocks, at which people have time for a mail that is not urgent, if the owner says none.
HOUR = 10
#: Whoever hears of a job that was over long before it was marked as done only wonders.
TOO_LONG_AGO = timedelta(days=14)


class OwnersWord(NamedTuple):
    """At which hour of which clocks such mails go, and whether they go at all."""

    time_zone: str
    hour: int
    is_on: bool


def ask_to_follow_up(booking: Booking) -> None:
    """Ask for the mail, in the open transaction; asked twice, written once."""
    zone, hour, _is_on = _owners_word(kept=True)
    enqueue(
        FOLLOW_UP, once=f"booking:{booking.id}:follow_up", about=[booking.marker],
        run_at=due_at(clock.now(), zone, hour), booking_id=booking.id,
    )  # fmt: skip


def due_at(done_at: datetime, zone: str, hour: int = HOUR) -> datetime:
    """When people hear of a job that was done then: the day after by wall-clock time, also when clocks change."""
    return clock.wall_time(done_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=1), hour, 0, zone)


def keep_to(hour: int) -> None:
    """In the open transaction: the mails that wait for their morning wait for that hour of it.

    Where it is over already, they go at once.
    """
    zone = _owners_word().time_zone
    reschedule(FOLLOW_UP, lambda at: clock.wall_time(at.astimezone(ZoneInfo(zone)).date(), hour, 0, zone))


def write(booking_id: int) -> None:
    """Write the mail and ask for it to be sent; nothing where it is not wanted, or no longer true."""
    email = _email_of(booking_id)
    if email is None:
        return
    if email.prepared_at is None:
        booking = db.session.scalars(select(Booking).where(Booking.id == booking_id)).one()
        business = get_business(current_business_id())
        place, reference, marker = _place(booking, email.language), booking.reference, booking.marker
        end_reading()
        text = texts.about_place(place, reference, allowed=business.uses_ai, about=marker)
        g.business = business
        with speaking(email.language):
            letter = letter_about(booking, text)
        write_letter(email.id, letter)
    ask_to_send(email.id)


def letter_about(booking: Booking, text: Text) -> Letter:
    """The mail's facts, in the language that is being spoken."""
    paragraph = "" if booking.service == "car" else text.paragraph
    facts = {
        "booking": facts_of(booking, paragraph, None, links.marker_of(booking)),
        "again_url": links.marker_of(booking, links.AGAIN),
        "stop_url": links.marker_of(booking, links.STOP),
    }
    return Letter(facts, (), {"text": text.source, "textReason": text.reason, "model": text.model})


def stop(booking: Booking) -> None:
    """The customer wants no such mails any more; said twice, it stays."""
    with transaction():
        customer = lock(Customer, booking.customer_id)
        customer.no_follow_up_at = customer.no_follow_up_at or clock.now()


def is_stopped(customer: Customer) -> bool:
    """Whether the person said no to such mails, also as somebody who has become part of this customer."""
    if customer.no_follow_up_at is not None or consent.is_stopped(customer.phone_number):
        return True
    said = select(Merge.id).where(Merge.customer_id == customer.id, Merge.other["no_follow_up_at"].astext.is_not(None))
    return db.session.scalar(said.limit(1)) is not None


def _email_of(booking_id: int) -> EmailLog | None:
    """The one mail of that booking: as it was asked for before, or a new one where it is wanted."""
    with transaction():
        booking = lock(Booking, booking_id)
        written = select(EmailLog).where(EmailLog.kind == KIND, EmailLog.about.contains([booking.marker]))
        if (known := db.session.scalar(written.order_by(EmailLog.id).limit(1))) is not None:
            return known if known.may_go_out else None
        customer = db.session.scalars(select(Customer).where(Customer.id == booking.customer_id)).one()
        if not _owners_word().is_on:
            return None
        is_true = booking.state == BookingState.DONE and booking.ends_at > clock.now() - TOO_LONG_AGO
        is_wanted = bool(customer.email) and not customer.email_trouble and not is_stopped(customer)
        if not is_true or not is_wanted:
            return None
        return emails.queue_email(KIND, to=customer, language=booking.language, about=[booking.marker], send=False)


def _owners_word(*, kept: bool = False) -> OwnersWord:
    """As the database has it now, whatever this process believes; `kept` as it is until the transaction ends."""
    rows = select(Business.time_zone, Business.follow_up_hour, Business.sends_follow_ups)
    rows = rows.where(Business.id == current_business_id())
    return OwnersWord(*db.session.execute(rows.with_for_update(read=True) if kept else rows).one())


def _place(booking: Booking, language: str) -> Place:
    town = town_in(booking.to_address or booking.from_address)
    return Place(town, language, town_in(booking.from_address), booking.service, "after")


def _plain_letter(email: EmailLog) -> Letter:
    number = next(int(marker.partition(":")[2]) for marker in email.about if marker.startswith("booking:"))
    booking = db.session.scalars(select(Booking).where(Booking.id == number)).one()
    return letter_about(booking, texts.built_in_text(_place(booking, email.language), booking.reference, "late"))


written_by(KIND, _plain_letter)
