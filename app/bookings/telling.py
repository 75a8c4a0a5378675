"""What customers hear of their bookings after the confirmation: changed, cancelled, tomorrow, on our way.

By mail, and by text message where they chose that; on our way by that alone, for a mail would come too late. Each
once, in their language, with what is true when it leaves.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import gettext as _
from sqlalchemy import Select, select

from app.bookings import links
from app.bookings.calendar import calendar_entry, content_type
from app.bookings.confirmation import facts_of
from app.bookings.jobs import TELL
from app.bookings.models import OPEN, Booking, BookingState
from app.customers.contact import checked_phone
from app.customers.models import Customer
from app.jobs.queue import enqueue, is_waiting
from app.kernel import clock
from app.kernel.businesses import Business, get_business
from app.kernel.db import db, lock, transaction
from app.kernel.tenancy import across_businesses, current_business_id, within
from app.messaging import emails, notices, own_texts
from app.messaging.letters import Letter, written_by
from app.messaging.models import EmailLog
from app.web.i18n import speaking

#: Several changes within this time become one message, which says how it is then.
SETTLES = timedelta(minutes=5)
#: The hour, by the business's clocks, at which people hear of tomorrow while its owner has not said otherwise.
REMINDER_HOUR = 17
#: What is worth telling the customer.
WORTH_TELLING = frozenset({"starts_at", "ends_at", "from_address", "to_address"})
MAILS = {"changed": "booking_changed", "cancelled": "booking_cancelled", "reminder": "booking_reminder"}
#: Whose words a text message is written in by the owner, where these are not the mail's of the same name.
_TEXTS = {**MAILS, "received": "booking_received", "confirmed": "car_confirmed"}
_STANDS = {"cancelled": (BookingState.CANCELLED,)}


def tell(booking_id: int, of: str, as_of: int | None = None) -> None:
    """Write the messages about that occasion; nothing where it is no longer true.

    `as_of` is the count of changes that it speaks of: when there were more since, a later job tells of all of them.
    """
    with transaction():
        booking = lock(Booking, booking_id)
        if booking.state not in _STANDS.get(of, OPEN) or (as_of is not None and as_of != booking.sequence):
            return
        customer = db.session.scalars(select(Customer).where(Customer.id == booking.customer_id)).one()
        if of == "reminder" and not _is_wanted(booking):
            return
        if of in MAILS and customer.email:
            emails.queue_email(MAILS[of], to=customer, language=booking.language, about=[booking.marker])
        if booking.channel != "email":
            _text(booking, customer, of)


def ask_to_tell(booking: Booking, of: str) -> None:
    """Ask for the messages of that occasion, in the open transaction; asked twice, told once."""
    if of == "changed":
        enqueue(
            TELL, once=f"booking:{booking.id}:told:{of}:{booking.sequence}", about=[booking.marker],
            run_at=clock.now() + SETTLES, booking_id=booking.id, of=of, as_of=booking.sequence,
        )  # fmt: skip
    else:
        once = f"booking:{booking.id}:told:{of}"
        enqueue(TELL, once=once, about=[booking.marker], booking_id=booking.id, of=of)


def is_told_soon(booking: Booking) -> bool:
    """Whether earlier changes have not been told yet: whatever follows them belongs into the same message."""
    earlier = range(max(0, booking.sequence - 50), booking.sequence)
    return is_waiting(TELL, [f"booking:{booking.id}:told:changed:{number}" for number in earlier])


def remind() -> None:
    """Ask for reminders of tomorrow, from the owner's hour to midnight; what was moved there meanwhile gets its own."""
    with across_businesses():
        found = db.session.execute(_ahead().where(Business.sends_reminders)).all()
    for row in found:
        due = reminder_at(row.starts_at, row.time_zone, row.reminder_hour)
        if row.created_at < due and _is_time(row, due):
            with within(row.business_id), transaction():
                _ask_to_remind(row)


def keep_reminders(was: int, hour: int) -> None:
    """In the open transaction: where reminders go at another hour from now on, and today's is over, ask for them now.

    Whoever booked between the two would hear nothing otherwise: too late for the new hour, in time for the old one.
    """
    for row in db.session.execute(_ahead().where(Business.id == current_business_id())).all():
        is_planned = clock.now() < reminder_at(row.starts_at, row.time_zone, was)
        if is_planned and _is_time(row, reminder_at(row.starts_at, row.time_zone, hour)):
            _ask_to_remind(row)


def reminder_at(starts_at: datetime, zone: str, hour: int = REMINDER_HOUR) -> datetime:
    """When people hear of a job that begins then: the day before, by wall-clock time, also when clocks change."""
    return clock.wall_time(_day(starts_at, zone) - timedelta(days=1), hour, 0, zone)


def _ahead() -> Select[*tuple[Any, ...]]:
    """What may have to be told of soon, with the owner's word about it as it is now, whatever a process believes."""
    now = clock.now()
    return (
        select(
            Booking.id, Booking.business_id, Booking.starts_at, Booking.created_at, Business.time_zone,
            Business.reminder_hour,
        )
        .join(Business, Business.id == Booking.business_id)
        .where(
            Booking.state.in_(OPEN), Booking.state != BookingState.IN_PROGRESS, Booking.starts_at > now,
            Booking.starts_at < now + timedelta(hours=48),
        )
        .order_by(Booking.id)
    )  # fmt: skip


def _is_time(row: Any, due: datetime) -> bool:
    # What was moved to the day that has begun is not tomorrow any more; the change itself is told.
    return due <= clock.now() < clock.wall_time(_day(row.starts_at, row.time_zone), 0, 0, row.time_zone)


def _ask_to_remind(row: Any) -> None:
    day = _day(row.starts_at, row.time_zone).isoformat()
    enqueue(
        TELL, once=f"booking:{row.id}:told:reminder:{day}", about=[f"booking:{row.id}"], booking_id=row.id,
        of="reminder",
    )  # fmt: skip


def _is_wanted(booking: Booking) -> bool:
    """Whether the owner still wants reminders to go, and the job is still tomorrow's."""
    rows = select(Business.sends_reminders, Business.time_zone).where(Business.id == current_business_id())
    found = db.session.execute(rows).one()
    tomorrow = clock.today(found.time_zone) + timedelta(days=1)
    return found.sends_reminders and _day(booking.starts_at, found.time_zone) == tomorrow


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _text(booking: Booking, customer: Customer, of: str) -> None:
    business = get_business(current_business_id())
    number = checked_phone(booking.contact_phone, business.country)[1] or customer.phone_number
    g.business = business
    with speaking(booking.language):
        body = words_of(booking, business, of)
    notices.text(
        customer, body, kind=f"booking_{of}", channel=booking.channel, number=number, language=booking.language,
        about=[booking.marker],
    )  # fmt: skip


def words_of(booking: Booking, business: Business, of: str) -> str:
    """The text message, in the language that is being spoken; without the secret link, which stands in the mail."""
    facts = facts_of(booking, "", None, "")
    kind = _TEXTS.get(of)
    own = own_texts.said(kind, own_texts.TEXT, booking.language, {"booking": facts}, business) if kind else ""
    return own or text_words(of, {"firm": business.name, "when": facts["when"], "reference": booking.reference})


def text_words(of: str, facts: Mapping[str, str]) -> str:
    """The built-in text message of that occasion about `firm`, `when` and `reference`."""
    return {
        "received": _("%(firm)s: we have your booking %(reference)s for %(when)s. More in your mail.", **facts),
        "confirmed": _("%(firm)s: booking %(reference)s for %(when)s is confirmed. More in your mail.", **facts),
        "changed": _("%(firm)s: your booking %(reference)s has changed, it is now %(when)s.", **facts),
        "cancelled": _("%(firm)s: your booking %(reference)s for %(when)s is cancelled.", **facts),
        "on_the_way": _("%(firm)s: we are on our way to you now. Booking %(reference)s.", **facts),
        "reminder": _("%(firm)s: see you tomorrow, %(when)s. Booking %(reference)s.", **facts),
    }[of]


def _letter(email: EmailLog) -> Letter:
    number = next(int(marker.partition(":")[2]) for marker in email.about if marker.startswith("booking:"))
    booking = db.session.scalars(select(Booking).where(Booking.id == number)).one()
    manage = links.marker_of(booking)
    entry = calendar_entry(booking, get_business(current_business_id()), manage, email.language)
    facts = facts_of(booking, "", None, manage)
    return Letter({"booking": facts}, [("booking.ics", content_type(booking), entry, None)])


for _kind in MAILS.values():
    written_by(_kind, _letter)
