"""What may come in as a booking, by HTML and JSON alike."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from flask_babel import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

from app.bookings import offers
from app.customers.orders import Address, Email, Name, Notes, Phone, needed, one_line
from app.kernel import clock
from app.kernel.businesses import Business
from app.web.doors import current_business
from app.web.i18n import known
from app.web.schemas import Order

MOST_MONTHS_AHEAD = 18
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
    if value > last_day(today):
        raise ValueError(_("This is more than 18 months ahead. Choose an earlier day."))
    return value


def last_day(today: date) -> date:
    """The last day that can be booked today."""
    year, month = divmod(today.year * 12 + today.month - 1 + MOST_MONTHS_AHEAD, 12)
    return date(year, month + 1, min(today.day, 28))


def _start(value: time) -> time:
    plain = value.replace(tzinfo=None)
    if not EARLIEST_START <= plain <= LATEST_START:
        raise ValueError(_("We start between 06:00 and 21:30."))
    return plain.replace(second=0, microsecond=0)


def _new_place(value: str, known: ValidationInfo) -> str:
    if known.data.get("service_type") != "move":
        return value
    if not value:
        raise ValueError(_("Where do you move to? We need the new address."))
    if value.casefold() == known.data.get("from_address", "").casefold():
        raise ValueError(_("The new address is the same as the old one."))
    return value


def still_ahead(value: time | None, known: ValidationInfo) -> time | None:
    """Refuse a time of the order's day that is over."""
    zone, day = current_business().time_zone, known.data.get("date")
    if value is None or day is None:
        return value
    if clock.wall_time(day, value.hour, value.minute, zone) < clock.now() - timedelta(minutes=1):
        raise ValueError(_("This time is over. Choose a later one."))
    return value


Day = Annotated[date, BeforeValidator(_day), AfterValidator(_in_reach)]
Start = Annotated[time, AfterValidator(_start)]
Extra = Annotated[str, StringConstraints(max_length=60), AfterValidator(one_line), AfterValidator(needed)]
Language = Annotated[str, AfterValidator(_language)]
Channel = Literal["email", "sms", "whatsapp"]
ShortText = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)]


class MoveOrder(Order):
    """A move or a cleaning, as it is asked for. Each rule names its own field, so that all faults are told at once."""

    service_type: Literal["move", "cleaning"] = "move"
    from_address: Annotated[Address, AfterValidator(needed)]
    to_address: Annotated[Address, AfterValidator(_new_place), Field(validate_default=True)] = ""
    date: Day
    time: Annotated[Start | None, AfterValidator(still_ahead)] = None
    size: ShortText = ""
    extras: Annotated[list[Extra], Field(max_length=20)] = []
    #: What a price depends on beside them: m³; the floors at both ends and whether they have a lift; metres to carry.
    volume: Annotated[int, Field(ge=1, le=500)] | None = None
    floor: Annotated[int, Field(ge=-5, le=80)] | None = None
    lift: bool | None = None
    to_floor: Annotated[int, Field(ge=-5, le=80)] | None = None
    to_lift: bool | None = None
    distance: Annotated[int, Field(ge=0, le=2_000)] | None = None
    notes: Notes = ""
    name: Name
    email: Email
    phone: Phone
    language: Language | None = None
    #: How the customer wants to hear of it beside the mails.
    channel: Channel = "email"

    def span(self, business: Business) -> tuple[datetime, datetime]:
        """From when to when, as instants: the wall-clock time in the business's zone."""
        start = self.time or USUAL_START
        begins = clock.wall_time(self.date, start.hour, start.minute, business.time_zone)
        return begins, begins + offers.rules(self.service_type).length

    def details(self) -> dict[str, Any]:
        """What was said beside the size, under the outside's names; what was not said is left out."""
        names = {"volume", "floor", "lift", "to_floor", "to_lift", "distance"}
        return self.model_dump(include=names, exclude_none=True, by_alias=True)
