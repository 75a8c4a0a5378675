"""What an owner may say about the firm, one checked model for each page of the settings."""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from flask_babel import gettext as _
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.bookings.old_photos import USUAL_MONTHS as PHOTO_MONTHS
from app.bookings.unused import USUAL_MONTHS as UNUSED_MONTHS
from app.customers.contact import checked_email, checked_phone
from app.customers.orders import Name, many_lines, one_line
from app.kernel.businesses import Business
from app.web.doors import current_business
from app.web.schemas import FieldFault, Order

COUNTRIES = ("SE", "DK", "NO")
CURRENCIES = ("SEK", "DKK", "NOK", "EUR")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: At these hours messages about bookings may go by themselves.
WAKING_HOURS = range(7, 22)
Language = Literal["en", "sv", "da"]


def _email(value: str) -> str:
    return checked_email(value) if value else ""


def _phone(value: str) -> str:
    return checked_phone(value, current_business().country)[0] if value else ""


Line = Annotated[str, StringConstraints(max_length=300), AfterValidator(one_line)]
Email = Annotated[str, StringConstraints(max_length=320), AfterValidator(one_line), AfterValidator(_email)]
Number = Annotated[int, Field(strict=False)]


class Section(Order):
    """Some settings of a business, with a mark for what they were when the page was made."""

    read: str = ""

    def values(self, _now: Business) -> dict[str, Any]:
        """What is to stand in the business, by its own names."""
        return self.model_dump(exclude={"read"})


class FirmOrder(Section):
    """Name and contact."""

    name: Name
    about: Annotated[str, StringConstraints(max_length=500), AfterValidator(many_lines)] = ""
    phone: Annotated[str, StringConstraints(max_length=40), AfterValidator(one_line), AfterValidator(_phone)] = ""
    email: Email = ""
    address: Line = ""
    legal: Line = ""
    country: Literal["SE", "DK", "NO"]
    time_zone: Literal["Europe/Stockholm", "Europe/Copenhagen", "Europe/Oslo", "Europe/Helsinki", "Europe/Berlin"]
    currency: Literal["SEK", "DKK", "NOK", "EUR"]


class LookOrder(Section):
    """The accent: hue and strength; lightness is ours."""

    hue: Annotated[Number, Field(ge=0, le=359)]
    chroma: Annotated[float, Field(strict=False, ge=0, le=0.14)]


class MailOrder(Section):
    """Languages, and who mails come from."""

    language: Language
    languages: list[Language] = []
    sender_name: Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line)] = ""
    reply_to: Email = ""

    @model_validator(mode="after")
    def _own_language(self) -> Self:
        if self.language not in self.languages:
            raise FieldFault("languages", _("The firm’s own language has to be among them."))
        return self


class TextsOrder(Section):
    """What a message says; empty for the built-in words."""

    subject: Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)] = ""
    body: Annotated[str, StringConstraints(max_length=4_000), AfterValidator(many_lines)] = ""
    text: Annotated[str, StringConstraints(max_length=600), AfterValidator(many_lines)] = ""


class TimesOrder(Section):
    """Whether and when, by the firm's clocks, customers are reminded the day before and written to the day after."""

    sends_reminders: bool = False
    reminder_hour: Number
    sends_follow_ups: bool = False
    follow_up_hour: Number

    @model_validator(mode="after")
    def _by_day(self) -> Self:
        for name in ("reminder_hour", "follow_up_hour"):
            if getattr(self, name) not in WAKING_HOURS:
                words = _("Choose an hour from %(first)s to %(last)s; people sleep at night.",
                          first=f"{WAKING_HOURS[0]:02}:00", last=f"{WAKING_HOURS[-1]:02}:00")  # fmt: skip
                raise FieldFault(name, words)
        return self


class SafetyOrder(Section):
    """What is asked of staff at log-in."""

    demands_second_step: bool = False


class RetentionOrder(Section):
    """How long things are kept, in months."""

    mails: Annotated[Number, Field(ge=1, le=84)]
    texts: Annotated[Number, Field(ge=1, le=84)]
    accounts: Annotated[Number, Field(ge=3, le=84)] = UNUSED_MONTHS
    photos: Annotated[Number, Field(ge=1, le=84)] = PHOTO_MONTHS

    def values(self, now: Business) -> dict[str, Any]:
        """The months under their names; what stands there beside them stays."""
        said = {name: getattr(self, name) for name in ("mails", "texts", "accounts", "photos")}
        return {"retention": {**now.retention, **said}}


def _clock(value: time | None) -> str | None:
    return value.strftime("%H:%M") if value is not None else None


class DaysOrder(Section):
    """Opening hours by weekday, public holidays, and whether only what can be kept is taken."""

    opens_mon: time | None = None
    closes_mon: time | None = None
    opens_tue: time | None = None
    closes_tue: time | None = None
    opens_wed: time | None = None
    closes_wed: time | None = None
    opens_thu: time | None = None
    closes_thu: time | None = None
    opens_fri: time | None = None
    closes_fri: time | None = None
    opens_sat: time | None = None
    closes_sat: time | None = None
    opens_sun: time | None = None
    closes_sun: time | None = None
    holidays: list[Literal["SE", "DK"]] = []
    only_free: Literal["never", "form", "always"] = "never"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for weekday in WEEKDAYS:
            opens, closes = getattr(self, f"opens_{weekday}"), getattr(self, f"closes_{weekday}")
            if (opens is None) != (closes is None):
                raise FieldFault(f"closes_{weekday}", _("Choose both times, or none for a day off."))
            if opens is not None and opens >= closes:
                raise FieldFault(f"closes_{weekday}", _("It must close after it opens."))
        if self.only_free != "never" and self.hours() is None:
            raise FieldFault("only_free", _("Say first when you work; then we know what can be kept."))
        return self

    def hours(self) -> list[list[str] | None] | None:
        """Monday to Sunday; None when no day has hours."""
        found: list[list[str] | None] = []
        for weekday in WEEKDAYS:
            opens, closes = _clock(getattr(self, f"opens_{weekday}")), _clock(getattr(self, f"closes_{weekday}"))
            found.append([opens, closes] if opens and closes else None)
        return found if any(found) else None

    def values(self, _now: Business) -> dict[str, Any]:
        """Hours, holidays and the rule."""
        return {"hours": self.hours(), "holidays": self.holidays, "only_free": self.only_free}


class ClosedOrder(Order):
    """Days on which nobody works."""

    first: date
    last: date | None = None
    reason: Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 1900 <= self.first.year <= 2100 or (self.last and not 1900 <= self.last.year <= 2100):
            raise FieldFault("first", _("This date is out of reach."))
        if self.last is not None and not 0 <= (self.last - self.first).days <= 366:
            raise FieldFault("last", _("The last day must not be before the first, nor a year after it."))
        return self


class OfferOrder(Order):
    """One thing that is offered, with its rules."""

    version: Annotated[int, Field(strict=False, ge=0)] = 0
    is_offered: bool = False
    minutes: Annotated[Number, Field(ge=0, le=1440)] = 0
    travel_minutes: Annotated[Number, Field(ge=0, le=480)] = 0
    notice_hours: Annotated[Number, Field(ge=0, le=1440)] = 0


class CrewOrder(Order):
    """A crew: what it is called and who is in it."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(one_line)]
    label: Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)] = ""


class LimitsOrder(Order):
    """How many jobs of each kind may be under way at once; empty for as many as there are crews."""

    move: Annotated[Number, Field(ge=1, le=100)] | None = None
    cleaning: Annotated[Number, Field(ge=1, le=100)] | None = None


Amount = Annotated[Decimal, Field(ge=0, max_digits=9, decimal_places=2, strict=False)]
