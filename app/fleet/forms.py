"""The office's forms about cars and drivers."""

from typing import Any, ClassVar, Self

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    DecimalField,
    EmailField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice

from app.fleet.cars import email_of
from app.fleet.models import Car, Driver
from app.fleet.orders import LICENCES, BlockOrder, CarOrder, DriverOrder
from app.fleet.words import CATEGORY_WORDS, CHANNEL_WORDS, FUEL_WORDS, TRANSMISSION_WORDS
from app.web.forms import CheckedForm
from app.web.schemas import Order

WEEKDAYS = (
    _l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"),
)  # fmt: skip
_MONEY = {"inputmode": "decimal"}
_LICENCES = [SelectChoice(one, one) for one in LICENCES]


def _choices(words: dict[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, word) for value, word in words.items()]


class CarForm(CheckedForm[CarOrder]):
    """A car of the fleet."""

    checks: ClassVar[type[Order]] = CarOrder
    size: ClassVar[str] = "input-sm"

    name = StringField(_l("Make and model"), render_kw={"maxlength": 100})
    plate = StringField(_l("Plate"), render_kw={"maxlength": 20})
    category = SelectField(_l("Kind"), choices=_choices(CATEGORY_WORDS))
    seats = IntegerField(_l("Seats"), default=5)
    transmission = SelectField(_l("Gears"), choices=_choices(TRANSMISSION_WORDS))
    fuel = SelectField(_l("Drive"), choices=_choices(FUEL_WORDS))
    licence = SelectField(_l("Licence to drive it"), choices=_LICENCES)
    odometer = IntegerField(_l("Odometer (km)"), default=0)
    price_hour = DecimalField(_l("An hour"), render_kw=_MONEY)
    price_day = DecimalField(_l("A day"), render_kw=_MONEY)
    price_weekend = DecimalField(_l("A weekend"), description=_l("Friday noon to Monday noon"), render_kw=_MONEY)
    price_week = DecimalField(_l("A week"), render_kw=_MONEY)
    price_driver = DecimalField(_l("A day of its driver"), description=_l("Empty: let without"), render_kw=_MONEY)
    buffer_minutes = IntegerField(_l("Minutes between rentals"), default=30)
    notice_minutes = IntegerField(_l("Shortest notice (minutes)"), default=0)
    shortest_minutes = IntegerField(_l("Shortest rental (minutes)"), default=60)
    opens = TimeField(_l("Handed out from"), description=_l("Both empty: at any time"))
    closes = TimeField(_l("until"))

    @classmethod
    def of(cls, car: Car) -> Self:
        """The form as the car is now."""
        return cls(**{name: getattr(car, name) for name in CarOrder.model_fields})


class DriverForm(CheckedForm[DriverOrder]):
    """Somebody who drives; shifts are two times a weekday, empty for a day off."""

    checks: ClassVar[type[Order]] = DriverOrder
    size: ClassVar[str] = "input-sm"

    name = StringField(_l("Name"), render_kw={"maxlength": 200})
    email = EmailField(_l("Signs in as"), description=_l("The address of a user with the role driver"))
    phone = TelField(_l("Phone"), render_kw={"maxlength": 40})
    channel = SelectField(
        _l("Is told of jobs by"), choices=[SelectChoice(*each) for each in CHANNEL_WORDS.items()],
        description=_l("WhatsApp brings it only to those who wrote to your number within the last day."),
    )  # fmt: skip
    home_area = StringField(_l("Home area"), render_kw={"maxlength": 200})
    licences = SelectMultipleField(_l("Licences"), choices=_LICENCES)

    def __init__(self, *given: Any, week: list[list[str] | None] | None = None, **more: Any) -> None:
        super().__init__(*given, **more)
        #: From when to when on each weekday, as text; empty for a day off.
        self.week = self._sent_week() or [tuple(shift or ("", "")) for shift in (week or [None] * 7)]

    @classmethod
    def of(cls, driver: Driver) -> Self:
        """The form as the driver is now."""
        facts = {name: getattr(driver, name) for name in ("name", "phone", "channel", "home_area", "licences")}
        return cls(**facts, email=email_of(driver), week=driver.shifts)

    def typed(self) -> dict[str, Any]:
        """What was sent, the week gathered."""
        shifts = [[begins, ends] if begins or ends else None for begins, ends in self.week]
        return super().typed() | {"shifts": shifts}

    def _sent_week(self) -> list[tuple[Any, ...]]:
        if not self.is_submitted() or self.formdata_of("begins_0") is None:
            return []
        pairs = ((self.formdata_of(f"begins_{day}"), self.formdata_of(f"ends_{day}")) for day in range(7))
        return [((begins or "")[:8], (ends or "")[:8]) for begins, ends in pairs]

    @staticmethod
    def formdata_of(name: str) -> str | None:
        """What was sent under that name."""
        return request.form.get(name)


class BlockForm(CheckedForm[BlockOrder]):
    """A time off the road, or off duty."""

    checks: ClassVar[type[Order]] = BlockOrder
    size: ClassVar[str] = "input-sm"

    starts = DateField(_l("From"))
    starts_time = TimeField(_l("at"))
    ends = DateField(_l("To"))
    ends_time = TimeField(_l("at"))
    reason = StringField(_l("Why"), render_kw={"maxlength": 300})

    def typed(self) -> dict[str, Any]:
        """What was sent: days and times put together."""
        found: dict[str, Any] = {"reason": self.reason.data or ""}
        for name, day, at in (("from", self.starts, self.starts_time), ("to", self.ends, self.ends_time)):
            if day.data is not None and at.data is not None:
                found[name] = f"{day.data.isoformat()}T{at.data:%H:%M}"
        return found

    def words(self) -> str:
        """The first fault, for a short message."""
        said = [*self.form_errors, *(str(error) for field in self for error in field.errors)]
        return said[0] if said else ""
