"""The office's forms about bookings."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import AfterValidator, model_validator
from pydantic import Field as Rule
from wtforms import (
    DateField,
    EmailField,
    Field,
    HiddenField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice

from app.bookings.models import Booking
from app.bookings.orders import Extra, MoveOrder, ShortText
from app.customers.orders import Address, Name, Notes, Phone, needed
from app.kernel import clock
from app.web.days import business_zone
from app.web.forms import CheckedForm
from app.web.i18n import LANGUAGES
from app.web.schemas import FieldFault, Order

LONGEST = timedelta(days=90)


class StaffEdit(Order):
    """What the office may change of a booking, with the version that was read."""

    version: Annotated[int, Rule(strict=False, ge=1, lt=2**31)]
    contact_name: Name
    contact_phone: Phone
    day: date
    start: time
    end_day: date
    end: time
    from_address: Annotated[Address, AfterValidator(needed)]
    to_address: Address = ""
    load: ShortText = ""
    extras: Annotated[list[Extra], Rule(max_length=20)] = []
    notes: Notes = ""
    price: Annotated[Decimal, Rule(ge=0, max_digits=12, decimal_places=2, strict=False)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 1900 <= self.day.year <= 2100 or not 1900 <= self.end_day.year <= 2100:
            raise FieldFault("day", _("This date is out of reach."))
        begins, ends = self.span()
        if not timedelta(0) < ends - begins <= LONGEST:
            raise FieldFault("end", _("The end must be after the start, by 90 days at most."))
        return self

    def span(self) -> tuple[datetime, datetime]:
        """From when to when, as instants: wall-clock times of the business."""
        zone = business_zone()
        return (
            clock.wall_time(self.day, self.start.hour, self.start.minute, zone),
            clock.wall_time(self.end_day, self.end.hour, self.end.minute, zone),
        )

    def changes(self) -> dict[str, Any]:
        """What is to stand in the booking, by its own names."""
        begins, ends = self.span()
        plain = self.model_dump(exclude={"version", "day", "start", "end_day", "end", "load"})
        return {**plain, "size": self.load, "starts_at": begins, "ends_at": ends}


class _OneLineOfExtras(CheckedForm[Any]):
    """Extras stand in one line, parted by commas."""

    size: ClassVar[str] = "input-sm"

    def typed(self) -> dict[str, Any]:
        """What was sent, the extras as a list."""
        found = super().typed()
        if "extras" in found:
            found["extras"] = [part.strip() for part in str(found["extras"]).split(",") if part.strip()]
        return found


class StaffEditForm(_OneLineOfExtras):
    """What the office changes of a booking."""

    checks: ClassVar[type[Order]] = StaffEdit

    version = HiddenField()
    #: What the fields said when the page was made, so that a later save knows which of them were changed here.
    read = HiddenField()
    contact_name = StringField(_l("Name"))
    contact_phone = TelField(_l("Phone"))
    day = DateField(_l("Day"))
    start = TimeField(_l("Start"))
    end_day = DateField(_l("Day of the end"))
    end = TimeField(_l("End"))
    from_address = StringField(_l("From"))
    to_address = StringField(_l("To"))
    load = StringField(_l("Size"))
    extras = StringField(_l("Extras"), description=_l("Parted by commas"))
    notes = TextAreaField(_l("The customer’s notes"))
    price = StringField(_l("Price"), render_kw={"inputmode": "decimal"})

    @classmethod
    def of(cls, booking: Booking, **more: Any) -> Self:
        """The form as the booking is now."""
        zone = ZoneInfo(business_zone())
        begins, ends = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
        made = cls(
            **more,
            version=booking.version,
            contact_name=booking.contact_name,
            contact_phone=booking.contact_phone,
            day=begins.date(),
            start=begins.time(),
            end_day=ends.date(),
            end=ends.time(),
            from_address=booking.from_address,
            to_address=booking.to_address,
            load=booking.size,
            extras=", ".join(booking.extras),
            notes=booking.notes,
            price=f"{booking.price.normalize():f}" if booking.price is not None else "",
        )
        made.read.data = json.dumps({field.name: field._value() for field in made.said()})
        return made

    def said(self) -> Iterator[Field]:
        """The fields that say something of the booking."""
        return (field for field in self if field.name not in ("version", "read", "csrf_token"))

    def merge(self, now: Booking) -> list[tuple[str, str, str]]:
        """Take over what somebody else has changed and was not changed here; (label, now, yours) for what was.

        A next save is about the booking as it is now.
        """
        present = type(self).of(now, formdata=None)
        read, mine = _read(self.read.data), []
        for field in self.said():
            typed, other = field._value(), present[field.name]
            if typed == read.get(field.name):
                field.data, field.raw_data = other.data, None
            elif typed != other._value():
                mine.append((str(field.label.text), other._value(), typed))
        self.version.data, self.read.data = present.version.data, present.read.data
        return mine


def _read(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class StaffOrderForm(_OneLineOfExtras):
    """A move or a cleaning that the office books for somebody."""

    checks: ClassVar[type[Order]] = MoveOrder

    once = HiddenField()
    service_type = SelectField(_l("Service"), validate_choice=False)
    name = StringField(_l("Name"))
    email = EmailField(_l("E-mail"))
    phone = TelField(_l("Phone"))
    language = SelectField(_l("Mails in"), choices=[SelectChoice(*pair) for pair in LANGUAGES.items()])
    from_address = StringField(_l("From"), description=_l("For a cleaning: the place to clean"))
    to_address = StringField(_l("To"), description=_l("Only for a move"))
    date = DateField(_l("Day"))
    time = TimeField(_l("Time"), description=_l("Empty when it is not settled yet"))
    load = StringField(_l("Size"))
    extras = StringField(_l("Extras"), description=_l("Parted by commas"))
    notes = TextAreaField(_l("Notes"))

    def typed(self) -> dict[str, Any]:
        """What was sent, by the order's names."""
        found = super().typed()
        if self.load.data and self.load.data.strip():
            found["size"] = self.load.data
        return found
