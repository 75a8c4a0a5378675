"""The booking form in three steps over one model: each step shows its own fields and carries the others along."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    Field,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput, EmailInput, TelInput

from app.bookings import portal_days, price_list
from app.bookings.asking import AskingForm
from app.bookings.choices import CHANNELS, EXTRAS, SIZES, said_all
from app.bookings.orders import EARLIEST_START, LATEST_START, MoveOrder, last_day
from app.bookings.portal_days import Month
from app.bookings.pricing import Asked, Quote
from app.kernel import clock
from app.web.i18n import time_zone
from app.web.presentation import day

STEPS = {
    1: ("size", "volume", "extras", "notes"),
    2: ("from_address", "floor", "lift", "to_address", "to_floor", "to_lift", "distance", "date", "time"),
    3: ("name", "email", "phone", "channel"),
}
LAST = max(STEPS)
_NEEDED = {
    "from_address": _l("Write the address: street and number, postcode and town."),
    "date": _l("Choose a day."),
    "name": _l("Write your name."),
    "email": _l("Write your e-mail address; the confirmation goes there."),
    "phone": _l("Write your phone number; we call if anything is unclear."),
}


def _half_hours() -> list[SelectChoice]:
    first, last = (at.hour * 2 + at.minute // 30 for at in (EARLIEST_START, LATEST_START))
    times = [f"{half // 2:02d}:{half % 2 * 30:02d}" for half in range(first, last + 1)]
    return [SelectChoice("", _l("Any time that day")), *map(SelectChoice, times)]


_LIFTS = [SelectChoice("", "–"), SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
_ONLY_MOVES = ("to_address", "volume", "floor", "lift", "to_floor", "to_lift", "distance")


def _number(least: int, most: int) -> dict[str, Any]:
    return {"min": least, "max": most, "inputmode": "numeric"}


def _place(autocomplete: str) -> dict[str, Any]:
    return {"maxlength": 300, "autocomplete": autocomplete}


class BookingForm(AskingForm[MoveOrder]):
    """What a visitor types in to book a move or a cleaning."""

    checks = MoveOrder

    size = RadioField(_l("How much is there?"))
    volume = IntegerField(
        _l("Volume in m³"), description=_l("If you know it; then the price is closer."), render_kw=_number(1, 500)
    )
    extras = SelectMultipleField(_l("Does any of this belong to it?"))
    notes = TextAreaField(
        _l("Anything else we should know?"),
        description=_l("A narrow stair, a key with the neighbour, a cat that must not get out."),
        render_kw={"maxlength": 5000},
    )
    from_address = StringField(_l("Moving from"), render_kw=_place("section-from street-address"))
    to_address = StringField(_l("Moving to"), render_kw=_place("section-to street-address"))
    floor = IntegerField(_l("Floor at the old place"), render_kw=_number(-5, 80))
    lift = SelectField(_l("Lift there"), choices=_LIFTS, validate_choice=False)
    to_floor = IntegerField(_l("Floor at the new place"), render_kw=_number(-5, 80))
    to_lift = SelectField(_l("Lift there"), choices=_LIFTS, validate_choice=False)
    distance = IntegerField(
        _l("Metres to carry"), description=_l("From the doors to where a van can stand."), render_kw=_number(0, 2000)
    )
    date = StringField(_l("Day"), widget=DateInput())
    time = SelectField(_l("Start"), choices=_half_hours())
    name = StringField(_l("Name"), render_kw={"maxlength": 200, "autocomplete": "name"})
    email = StringField(
        _l("E-mail"),
        widget=EmailInput(),
        description=_l("The confirmation goes here."),
        render_kw={"maxlength": 320, "autocomplete": "email"},
    )
    phone = StringField(
        _l("Phone"),
        widget=TelInput(),
        description=_l("Write it as you like; we call if anything is unclear."),
        render_kw={"maxlength": 40, "autocomplete": "tel"},
    )

    channel = RadioField(
        _l("How shall we keep you posted?"), choices=[SelectChoice(*each) for each in CHANNELS.items()], default="email"
    )

    def __init__(self, service: str, *, country: str, **given: Any) -> None:
        super().__init__(country=country, **given)
        self.service = service
        #: The step that is shown; only its faults are.
        self.step = 1
        #: The calendar, where only days that can be kept are to be chosen.
        self.month: Month | None = None
        self.size.choices = [SelectChoice(words, shown) for words, shown in SIZES[service].items()]
        self.extras.choices = [SelectChoice(words, shown) for words, shown in EXTRAS[service].items()]
        today = clock.today(time_zone())
        self.date.render_kw = {"min": today.isoformat(), "max": last_day(today).isoformat()}
        self.from_address.description = _("Street and number, postcode and town.")
        if service == "cleaning":
            self.size.label.text = _("How large is the home?")
            self.notes.description = _("Where the key is, a code, pets, what matters most to you.")
            self.from_address.label.text = _("Where we clean")
            self.from_address.render_kw = _place("street-address")
            for name in _ONLY_MOVES:
                del self[name]

    def typed(self) -> dict[str, Any]:
        """What was sent, under the model's names."""
        found = {**super().typed(), "service_type": self.service}
        return found | {name: found[name] == "yes" for name in ("lift", "to_lift") if name in found}

    def fields_of(self, step: int) -> list[Field]:
        """The fields of a step, in order."""
        return [self._fields[name] for name in STEPS[step] if name in self._fields]

    def carried(self) -> list[Field]:
        """The fields of the other steps."""
        return [field for step in STEPS if step != self.step for field in self.fields_of(step)]

    def wrong_step(self, last: int) -> int | None:
        """The first step up to `last` with a fault; what has not been asked yet bears none."""
        self._read()
        if last > 1:
            self._refuse_what_is_taken()
        for step in range(1, last + 1):
            if any(field.errors for field in self.fields_of(step)):
                return step
        return last if self.form_errors else None

    def show(self, step: int, *, faults: bool, month: str = "") -> None:
        """Show that step, with the faults of its own fields or with none."""
        self.step = step
        if step == 2:
            self.open_month(month)
        for field in self.carried() + ([] if faults else self.fields_of(step)):
            field.errors = []

    def summary(self) -> list[tuple[str, str, str]]:
        """The faults of the shown step for the list above the form."""
        shown = self.fields_of(self.step)
        whole = [(shown[0].id, "", str(words)) for words in self.form_errors]
        return whole + [(field.id, str(field.label.text), str(field.errors[0])) for field in shown if field.errors]

    def asks(self, field: Field) -> dict[str, str]:
        """Attributes that let htmx check this field when it is left, together with what we ask about it."""
        asked_at = url_for("portal.check", service=self.service, check=field.short_name)
        return {**super().asks(field), "hx-post": asked_at}

    def open_month(self, asked: str) -> None:
        """Show the calendar at that month, and the hours that are free on the chosen day."""
        chosen = str(self.date.data or "")
        self.month = portal_days.month_of(self.service, chosen, asked)
        free = portal_days.windows(self.service, chosen)
        if self.month is not None and free is not None:
            self.time.choices = [SelectChoice("", _("Any time that day")), *free]
            self.time.label.text = _("We come between")

    def price(self) -> Quote | None:
        """What it would cost as it was typed so far; None while that cannot be said."""
        return price_list.price_of(self._asked())

    def price_mark(self) -> str:
        """Stands for the price that is shown."""
        found = self.price()
        return f"{found.low}-{found.high}" if found is not None else ""

    def costs_otherwise(self) -> bool:
        """Whether another price was shown than the one that would be kept: what is kept is what was seen."""
        shown = request.form.get("_price")
        return shown is not None and shown != self.price_mark()

    def shows_prices(self) -> bool:
        """Whether the firm shows prices of this kind."""
        return bool(price_list.amounts(self.service))

    def _asked(self) -> Asked:
        def number(name: str) -> int | None:
            found = self._fields[name].data if name in self._fields else None
            return found if isinstance(found, int) and -5 <= found <= 2_000 else None

        def lift(name: str) -> bool | None:
            return {"yes": True, "no": False}.get(str(self._fields[name].data)) if name in self._fields else None

        return Asked(
            kind=self.service,
            size=str(self.size.data or ""),
            extras=tuple(self.extras.data or ()),
            volume=number("volume"),
            floors=((number("floor"), lift("lift")), (number("to_floor"), lift("to_lift"))),
            distance=number("distance"),
        )

    def _refuse_what_is_taken(self) -> None:
        """Say at the day or the time what cannot be kept, and what can."""
        if self.date.errors or self.time.errors:
            return
        refused = portal_days.refusal(self.service, str(self.date.data or ""), str(self.time.data or ""))
        if refused is not None:
            field, words = refused.errors[0]
            self._fields[field].errors = [str(words)]

    def so_far(self) -> Iterator[tuple[str, str]]:
        """What has been said so far, as (term, words)."""
        yield _("Service"), _("Move") if self.service == "move" else _("Cleaning")
        if chosen := said_all(self.size.data or "", list(self.extras.data or [])):
            yield _("What"), chosen
        here = _("From") if self.service == "move" else _("Where")
        for name, term in (("from_address", here), ("to_address", _("To"))):
            if name in self._fields and (words := str(self._fields[name].data or "").strip()):
                yield term, words
        if when := self._when():
            yield _("Day"), when

    def in_short(self) -> str:
        """The same on half a line."""
        parts = [words for term, words in self.so_far() if term in (_("What"), _("Day"))]
        return " · ".join(parts) or (_("Move") if self.service == "move" else _("Cleaning"))

    def _when(self) -> str:
        try:
            found = day(date.fromisoformat(str(self.date.data or "")))
        except ValueError:
            return ""
        return f"{found}, {self.time.data}" if self.time.data else found

    def _put(self, faults: list[tuple[tuple[int | str, ...], str]]) -> None:
        super()._put(faults)
        for name, words in _NEEDED.items():
            field = self._fields[name]
            field.errors = [str(words) if said == _("This is needed.") else said for said in field.errors]
