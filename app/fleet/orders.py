"""What may come in about cars, drivers and holds, by HTML and JSON alike."""

import re
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from flask_babel import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from app.customers.contact import checked_phone
from app.customers.orders import Name, needed, one_line
from app.fleet import rules
from app.kernel import clock
from app.kernel.errors import Invalid
from app.web.doors import current_business
from app.web.schemas import FieldFault, Listing, Order

Category = Literal["city", "sedan", "estate", "suv", "van", "minibus"]
Transmission = Literal["automatic", "manual"]
Fuel = Literal["petrol", "diesel", "hybrid", "plug_in", "electric"]
LICENCES = ("B", "BE", "C1", "C", "D1", "D")
Licence = Literal["B", "BE", "C1", "C", "D1", "D"]
#: What a day without a time means: fetched in the morning, brought back in the evening.
MORNING, EVENING = "10:00", "18:00"
_SPACE_FOR_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")


def _readable(time_of_day: str) -> BeforeValidator:
    def read(value: Any) -> Any:
        """A day gets its usual time; a `+` that a query turned into a space is one again."""
        if not isinstance(value, str):
            return value
        plain = value.strip()
        if re.fullmatch(r"\d{4}-\d\d-\d\d", plain, re.ASCII):
            plain = f"{plain}T{time_of_day}"
        try:
            if plain.isascii() and len(plain) >= len("2026-11-28T08:30"):
                return datetime.fromisoformat(_SPACE_FOR_PLUS.sub(r"\1+\2", plain))
        except ValueError:
            pass
        raise ValueError(_("This should be a time like 2026-11-28T08:30."))

    return BeforeValidator(read)


def _instant(value: datetime) -> datetime:
    if not 1900 <= value.year <= 2100:
        raise ValueError(_("This date is out of reach."))
    if value.tzinfo is None:
        return clock.later_reading(value.replace(second=0, microsecond=0), current_business().time_zone)
    return clock.in_utc(value).replace(second=0, microsecond=0)


From = Annotated[datetime, _readable(MORNING), AfterValidator(_instant), Field(alias="from")]
To = Annotated[datetime, _readable(EVENING), AfterValidator(_instant), Field(alias="to")]


def checked_period(starts_at: datetime, ends_at: datetime) -> None:
    """FieldFault for a period that no car can be had for."""
    for field, words in rules.faults_of_period(starts_at, ends_at, clock.now())[:1]:
        raise FieldFault(field, words)


class CarSearch(Listing):
    """The query of the search for free cars."""

    starts_at: From
    ends_at: To
    category: str = ""
    seats: Annotated[int, Field(ge=0, le=60)] = 0
    transmission: str = ""
    fuel: str = ""
    max_price: Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)] | None = None
    with_driver: bool = False
    q: Annotated[str, StringConstraints(max_length=100)] = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        checked_period(self.starts_at, self.ends_at)
        return self


class HoldOrder(Order):
    """Which car to hold, from when to when."""

    car_id: Annotated[str, StringConstraints(max_length=40)]
    starts_at: From
    ends_at: To
    with_driver: bool = False


class AdminListing(Listing):
    """The query of the office's lists."""

    q: Annotated[str, StringConstraints(max_length=100)] = ""


Amount = Annotated[Decimal, Field(ge=0, max_digits=10, decimal_places=2, allow_inf_nan=False, strict=False)]
Plate = Annotated[
    str, StringConstraints(max_length=20, to_upper=True), AfterValidator(one_line), AfterValidator(needed)
]


def _closing(opens: time | None, closes: time | None) -> None:
    if (opens is None) != (closes is None):
        raise FieldFault(
            "closes" if closes is None else "opens", _("Say both when it opens and when it closes, or neither.")
        )
    if opens is not None and closes is not None and closes <= opens:
        raise FieldFault("closes", _("It must close after it opens."))


class CarOrder(Order):
    """A car of the fleet."""

    name: Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line), AfterValidator(needed)]
    plate: Plate
    category: Category
    seats: Annotated[int, Field(ge=1, le=60)] = 5
    transmission: Transmission = "automatic"
    fuel: Fuel = "petrol"
    licence: Licence = "B"
    odometer: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    price_hour: Amount | None = None
    price_day: Annotated[Amount, Field(gt=0)]
    price_weekend: Amount | None = None
    price_week: Amount | None = None
    price_driver: Amount | None = None
    buffer_minutes: Annotated[int, Field(ge=0, le=1_440)] = 30
    notice_minutes: Annotated[int, Field(ge=0, le=43_200)] = 0
    shortest_minutes: Annotated[int, Field(ge=0, le=129_600)] = 60
    opens: time | None = None
    closes: time | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _closing(self.opens, self.closes)
        return self


class CarEdit(Order):
    """What is to be changed of a car, with the version that was read."""

    version: int | None = None
    name: Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line), AfterValidator(needed)] = ""
    plate: Plate = ""
    category: Category = "city"
    seats: Annotated[int, Field(ge=1, le=60)] = 5
    transmission: Transmission = "automatic"
    fuel: Fuel = "petrol"
    licence: Licence = "B"
    odometer: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    price_hour: Amount | None = None
    price_day: Annotated[Amount, Field(gt=0)] = Decimal(1)
    price_weekend: Amount | None = None
    price_week: Amount | None = None
    price_driver: Amount | None = None
    buffer_minutes: Annotated[int, Field(ge=0, le=1_440)] = 30
    notice_minutes: Annotated[int, Field(ge=0, le=43_200)] = 0
    shortest_minutes: Annotated[int, Field(ge=0, le=129_600)] = 60
    opens: time | None = None
    closes: time | None = None

    def changes(self) -> dict[str, Any]:
        """What was sent, by its own names."""
        return {name: getattr(self, name) for name in self.model_fields_set if name != "version"}


def _phone(value: str) -> str:
    return checked_phone(value, current_business().country)[0] if value else ""


def _shift(value: list[str] | None) -> list[str] | None:
    if value is None:
        return None
    try:
        begins, ends = (time.fromisoformat(part) for part in value)
    except ValueError:
        raise ValueError(_("A shift is two times, like 08:00 and 17:00.")) from None
    if ends <= begins:
        raise ValueError(_("A shift must end after it begins."))
    return [f"{begins:%H:%M}", f"{ends:%H:%M}"]


Shift = Annotated[list[str] | None, AfterValidator(_shift)]
Shifts = Annotated[list[Shift], Field(min_length=7, max_length=7)]
Licences = Annotated[list[Licence], Field(min_length=1, max_length=6)]
DriverPhone = Annotated[str, StringConstraints(max_length=40), AfterValidator(one_line), AfterValidator(_phone)]
Area = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)]
WEEKDAYS_EIGHT_TO_FIVE: list[list[str] | None] = [["08:00", "17:00"]] * 5 + [None, None]


DriverChannel = Literal["sms", "whatsapp"]


class DriverOrder(Order):
    """Somebody who drives; `shifts` are Monday to Sunday, null for a day off."""

    name: Name
    email: Annotated[str, StringConstraints(max_length=320)] = ""
    licences: Licences = ["B"]
    phone: DriverPhone = ""
    channel: DriverChannel = "sms"
    home_area: Area = ""
    shifts: Shifts = WEEKDAYS_EIGHT_TO_FIVE


class DriverEdit(Order):
    """What is to be changed of a driver, with the version that was read."""

    version: int | None = None
    name: Name = ""
    email: Annotated[str, StringConstraints(max_length=320)] = ""
    licences: Licences = ["B"]
    phone: DriverPhone = ""
    channel: DriverChannel = "sms"
    home_area: Area = ""
    shifts: Shifts = WEEKDAYS_EIGHT_TO_FIVE

    def changes(self) -> dict[str, Any]:
        """What was sent, by its own names."""
        return {name: getattr(self, name) for name in self.model_fields_set if name != "version"}


class BlockOrder(Order):
    """A time off the road, or off duty."""

    starts_at: From
    ends_at: To
    reason: Annotated[str, StringConstraints(max_length=300), AfterValidator(one_line)] = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.ends_at <= self.starts_at:
            raise FieldFault("to", _("The end must be after the start."))
        return self


def one_of(given: str, known: tuple[str, ...], field: str) -> tuple[str, ...]:
    """`suv,estate` as parts that are known; Invalid names the field otherwise."""
    parts = tuple(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))
    if any(part not in known for part in parts):
        raise Invalid([(field, _("This is not one of the choices."))])
    return parts
