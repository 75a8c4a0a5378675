"""Bookings as programs see and change them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from pydantic import AfterValidator, Field, model_validator
from sqlalchemy import Select

from app.bookings.models import Booking
from app.bookings.orders import Extra, ShortText
from app.customers.orders import Address, Name, Notes, Phone, needed, one_line
from app.kernel import clock
from app.kernel.money import Money
from app.web.doors import current_business
from app.web.schemas import FieldFault, Listing, Order, Shown

LONGEST = timedelta(days=90)
Status = Literal["received", "confirmed", "assigned", "in_progress", "done", "cancelled", "expired", "no_show"]


class Received(Shown):
    """The answer to a booking."""

    booking_id: str
    reference: str
    customer_id: str
    status: str
    manage_url: str


class CustomerOfBooking(Shown):
    """Who booked."""

    id: str
    name: str
    email: str
    phone: str


class BookingShown(Shown):
    """A booking."""

    id: str
    reference: str
    status: str
    service_type: str
    starts_at: datetime
    ends_at: datetime
    has_time: bool
    from_address: str
    to_address: str
    size: str
    extras: list[str]
    notes: str
    language: str
    price: dict[str, str] | None
    #: What was said of volume, stairs and carrying, and the price as it was shown meanwhile.
    details: dict[str, Any]
    price_low: dict[str, str] | None
    price_high: dict[str, str] | None
    customer: CustomerOfBooking
    mail_trouble: str
    cancelled_reason: str
    version: int
    created_at: datetime
    updated_at: datetime


def show_booking(booking: Booking) -> BookingShown:
    """The booking for a program, times with the business's offset."""
    zone = ZoneInfo(current_business().time_zone)
    customer = booking.customer
    return BookingShown(
        id=booking.public_id,
        reference=booking.reference,
        status=booking.state,
        service_type=booking.service,
        starts_at=booking.starts_at.astimezone(zone),
        ends_at=booking.ends_at.astimezone(zone),
        has_time=booking.has_time,
        from_address=booking.from_address,
        to_address=booking.to_address,
        size=booking.size,
        extras=booking.extras,
        notes=booking.notes,
        language=booking.language,
        price=_money(booking.price, booking),
        details=booking.details,
        price_low=_money(booking.price_low, booking),
        price_high=_money(booking.price_high, booking),
        customer=CustomerOfBooking(
            id=customer.public_id, name=booking.contact_name, email=customer.email, phone=booking.contact_phone
        ),
        mail_trouble=booking.mail_trouble,
        cancelled_reason=booking.cancelled_reason,
        version=booking.version,
        created_at=booking.created_at.astimezone(zone),
        updated_at=booking.updated_at.astimezone(zone),
    )


def _money(amount: Decimal | None, booking: Booking) -> dict[str, str] | None:
    return Money(amount, booking.currency).as_json() if amount is not None else None


_SORTS = {
    "": (Booking.created_at.desc(), Booking.id.desc()),
    "createdAt": (Booking.created_at, Booking.id),
    "-createdAt": (Booking.created_at.desc(), Booking.id.desc()),
    "startsAt": (Booking.starts_at, Booking.id),
    "-startsAt": (Booking.starts_at.desc(), Booking.id.desc()),
}


class BookingListing(Listing):
    """The query of the list of bookings."""

    sort: Literal["", "createdAt", "-createdAt", "startsAt", "-startsAt"] = ""
    status: Status | None = None
    service_type: Literal["move", "cleaning", "car"] | None = None
    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None

    def narrow(self, rows: Select[Booking]) -> Select[Booking]:
        """The rows with the given state and service that start on the given days (both included)."""
        zone = current_business().time_zone
        if self.status:
            rows = rows.where(Booking.state == self.status)
        if self.service_type:
            rows = rows.where(Booking.service == self.service_type)
        if self.from_:
            rows = rows.where(Booking.starts_at >= clock.wall_time(self.from_, 0, 0, zone))
        if self.to:
            rows = rows.where(Booking.starts_at < clock.wall_time(self.to + timedelta(days=1), 0, 0, zone))
        return rows

    def ordered(self, rows: Select[Booking]) -> Select[Booking]:
        """The rows in the wished order."""
        return rows.order_by(*_SORTS[self.sort])


class Price(Order):
    """An amount with its currency."""

    amount: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2, strict=False)]
    currency: Literal["SEK", "DKK", "EUR", "NOK"]


def _instant(value: datetime) -> datetime:
    if not 1900 <= value.year <= 2100:
        raise ValueError(_("This date is out of reach."))
    if value.tzinfo is None:
        return clock.later_reading(value, current_business().time_zone)
    return value


Instant = Annotated[datetime, AfterValidator(_instant)]


class BookingEdit(Order):
    """What staff may change; what is left out stays."""

    version: int | None = None
    name: Name | None = None
    phone: Phone | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    from_address: Annotated[Address, AfterValidator(needed)] | None = None
    to_address: Address | None = None
    size: ShortText | None = None
    extras: Annotated[list[Extra], Field(max_length=20)] | None = None
    notes: Notes | None = None
    price: Price | None = None
    #: Whether the customer hears of it.
    notify: bool = True
    #: Why it is moved to a time that cannot be kept; without it such a move is refused.
    overbook_reason: Annotated[str, Field(max_length=300), AfterValidator(one_line)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_at and self.ends_at and not timedelta(0) < self.ends_at - self.starts_at <= LONGEST:
            raise FieldFault("endsAt", _("The end must be after the start, by 90 days at most."))
        return self

    def changes(self, booking: Booking) -> dict[str, Any]:
        """The changes in the booking's own names. A new start alone moves the end along."""
        own = {"version", "name", "phone", "price", "notify", "overbook_reason"}
        given = self.model_dump(exclude=own, exclude_none=True)
        if self.name is not None:
            given["contact_name"] = self.name
        if self.phone is not None:
            given["contact_phone"] = self.phone
        if self.price is not None:
            given["price"] = self.price.amount
        if self.starts_at is not None and self.ends_at is None:
            given["ends_at"] = self.starts_at + (booking.ends_at - booking.starts_at)
        return given


class CancelOrder(Order):
    """Why it is cancelled."""

    reason: Annotated[str, Field(max_length=300)] = ""
    version: int | None = None
    #: Whether the customer hears of it; a customer who cancels always does.
    notify: bool = True
