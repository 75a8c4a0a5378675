"""What may come in as a booking, by HTML and JSON alike."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self

from flask_babel import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from app.customers.orders import Address, Email, Name, Notes, Phone, needed, one_line
from app.kernel import clock
from app.kernel.businesses import Business
from app.web.doors import current_business
from app.web.i18n import known
from app.web.schemas import FieldFault, Order

MOST_MONTHS_AHEAD = 18
#: How long a job takes when nothing better is known.
USUAL_LENGTH = {"move": timedelta(hours=5), "cleaning": timedelta(hours=3)}
USUAL_START = time(8, 0)
EARLIEST_START, LATEST_START = time(6, 0), time(21, 30)


def _language(value: str) -> str:
    found = known(value)
    if found is None:
        raise ValueError(_("We write English (en), Swedish (sv) and Danish (da)."))
    return found


def _day(value: Any) -> Any:
    """`2026-11-28`, or a whole time whose day is meant."""
    if not isinstance(value, str):
        return value
    plain = value[:10] if len(value) > 10 and value[10] in "T " else value
    try:
        if len(plain) == 10 and plain.isascii():
            return date.fromisoformat(plain)
    except ValueError:
        pass
    raise ValueError(_("This should be a date like 2026-11-28."))


def _in_reach(value: date) -> date:
    if value.year < 1900 or value.year > 2100:
        raise ValueError(_("This date is out of reach."))
    today = clock.today(current_business().time_zone)
    if value < today:
        raise ValueError(_("This day is over. Choose today or later."))
    if value > _months_later(today, MOST_MONTHS_AHEAD):
        raise ValueError(_("This is more than 18 months ahead. Choose an earlier day."))
    return value


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, 28))


def _start(value: time) -> time:
    plain = value.replace(tzinfo=None)
    if not EARLIEST_START <= plain <= LATEST_START:
        raise ValueError(_("We start between 06:00 and 21:30."))
    return plain.replace(second=0, microsecond=0)


Day = Annotated[date, BeforeValidator(_day), AfterValidator(_in_reach)]
Start = Annotated[time, AfterValidator(_start)]
Extra = Annotated[str, StringConstraints(max_length=60), AfterValidator(one_line), AfterValidator(needed)]
ShortText = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)]


class MoveOrder(Order):
    """A move or a cleaning, as it is asked for."""

    name: Name
    email: Email
    phone: Phone
    from_address: Annotated[Address, AfterValidator(needed)]
    to_address: Address = ""
    date: Day
    time: Start | None = None
    service_type: Literal["move", "cleaning"] = "move"
    size: ShortText = ""
    extras: Annotated[list[Extra], Field(max_length=20)] = []
    notes: Notes = ""
    language: Annotated[str, AfterValidator(_language)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.service_type == "move" and not self.to_address:
            raise FieldFault("toAddress", _("Where do you move to? We need the new address."))
        if self.service_type == "move" and self.to_address.casefold() == self.from_address.casefold():
            raise FieldFault("toAddress", _("The new address is the same as the old one."))
        start, _end = self.span(current_business())
        if start < clock.now() - timedelta(minutes=1) and self.time is not None:
            raise FieldFault("time", _("This time is over. Choose a later one."))
        return self

    def span(self, business: Business) -> tuple[datetime, datetime]:
        """From when to when, as instants: the wall-clock time in the business's zone."""
        start = self.time or USUAL_START
        begins = clock.wall_time(self.date, start.hour, start.minute, business.time_zone)
        return begins, begins + USUAL_LENGTH[self.service_type]
