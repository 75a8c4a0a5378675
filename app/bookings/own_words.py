"""What owners may write anew of the messages about bookings: names in braces, their values, words to begin with."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.ai import texts
from app.ai.contract import Place
from app.bookings import follow_up, telling
from app.bookings.choices import WITH_DRIVER
from app.bookings.confirmation import facts_of
from app.bookings.models import Booking
from app.bookings.naming import service_words
from app.kernel import clock
from app.kernel.businesses import Business
from app.messaging.kinds import TITLES
from app.messaging.own_texts import BODY, SUBJECT, TEXT, Editable, Words, may_be_written
from app.web.days import business_today, business_zone

_PLACES: dict[str, Any] = {
    "first_name": _l("the customer’s first name"),
    "service": _l("move, cleaning or car"),
    "when": _l("day and time in short"),
    "day": _l("the day in full"),
    "start": _l("the time it begins; empty while that is open"),
    "end": _l("the time it ends; empty while that is open"),
    "from": _l("the address, or the one moved from"),
    "to": _l("the address moved to"),
    "price": _l("the price, once it is set"),
    "reference": _l("the booking’s reference"),
    "firm": _l("your firm"),
    "phone": _l("your telephone"),
}
_PARAGRAPH: dict[str, Any] = {"paragraph": _l("some words about the new place, written for each customer")}
_REFERENCE = "K7QF-2M9X"
Moment = Literal["before", "after"]


def values(facts: Mapping[str, Any], business: Business) -> Words:
    """What the names in braces stand for, in the language that is being spoken."""
    booking = facts["booking"]
    name, has_time = booking["greeting_name"], booking["has_time"]
    return {
        # Whatever a stranger types as a name must not travel as a message of its own.
        "first_name": name if name.replace("-", "").isalpha() and len(name) < 40 else "",
        "service": service_words(booking["service"]),
        "when": booking["when"],
        "day": booking["day"],
        "start": booking["starts"] if has_time else "",
        "end": booking["ends"] if has_time else "",
        "from": booking["from_address"],
        "to": booking["to_address"],
        "price": booking["price"],
        "reference": booking["reference"],
        "firm": business.name,
        "phone": business.phone,
        "paragraph": booking["paragraph"],
    }


def _sample(service: str, moment: Moment = "before") -> Callable[[], dict[str, Any]]:
    def made() -> dict[str, Any]:
        begins = clock.wall_time(business_today() + timedelta(days=9), 9, 0, business_zone())
        booking = Booking(
            public_id="sample", reference=_REFERENCE, service=service, starts_at=begins,
            ends_at=begins + timedelta(hours=4), has_time=True, contact_name="Karin Berg", contact_phone="",
            from_address="Allmänna vägen 12, Göteborg", to_address="Storgatan 3, Kungälv" if service == "move" else "",
            size="3 rooms" if service == "move" else "Volvo V90", extras=[] if service == "move" else list(WITH_DRIVER),
            notes="", price=Decimal(4_200), currency="SEK",
        )  # fmt: skip
        language = str(get_locale() or "en")[:2]
        place = Place("Kungälv", language, "Göteborg", service, moment)
        paragraph = texts.built_in_text(place, _REFERENCE, "late").paragraph if service == "move" else ""
        return {"booking": facts_of(booking, paragraph, None, "#"), "again_url": "#", "stop_url": "#"}

    return made


def _begin(of: str, subject: Callable[[], str], body: Callable[[], str]) -> Callable[[], Words]:
    def words() -> Words:
        facts = {"firm": "{firm}", "when": "{when}", "reference": "{reference}"}
        hello = _("Hello %(name)s,", name="{first_name}")
        return {SUBJECT: subject(), BODY: f"{hello}\n\n{body()}", TEXT: telling.text_words(of, facts)}

    return words


def _offer(kind: str, service: str, suggested: Callable[[], Words], more: Mapping[str, Any] | None = None) -> None:
    may_be_written(Editable(kind, TITLES[kind], {**_PLACES, **(more or {})}, values, suggested, _sample(service)))


_offer(
    "booking_received",
    "move",
    _begin(
        "received",
        lambda: _("Your booking for %(day)s", day="{day}"),
        lambda: f"{_('Your booking is in.')}\n\n{{paragraph}}",
    ),
    _PARAGRAPH,
)
_offer(
    "car_confirmed",
    "car",
    _begin(
        "confirmed",
        lambda: _("Your booking for %(day)s", day="{day}"),
        lambda: _("Your car is booked and confirmed; you need do nothing more."),
    ),
)
_offer(
    "booking_changed",
    "move",
    _begin(
        "changed",
        lambda: _("Your booking %(reference)s has changed", reference="{reference}"),
        lambda: _(
            "This is how it stands now. The entry in your calendar moves along when you open the file in this mail."
        ),
    ),
)
_offer(
    "booking_cancelled",
    "move",
    _begin(
        "cancelled",
        lambda: _("Your booking %(reference)s is cancelled", reference="{reference}"),
        lambda: _("Nobody will come. If this is a surprise to you, answer this mail or call us."),
    ),
)
_offer(
    "booking_reminder",
    "move",
    _begin(
        "reminder",
        lambda: _("Tomorrow: your booking %(reference)s", reference="{reference}"),
        lambda: _("A short reminder of what we agreed. If something has come up, tell us as soon as you can."),
    ),
)


def _after() -> Words:
    thanks = _("Thank you for choosing us.")
    ask = _("Is anything not as it should be? Answer this mail, and we put it right.")
    hello = _("Hello %(name)s,", name="{first_name}")
    return {SUBJECT: _("How was your move?"), BODY: f"{hello}\n\n{thanks}\n\n{{paragraph}}\n\n{ask}", TEXT: ""}


may_be_written(
    Editable(
        follow_up.KIND, TITLES[follow_up.KIND], {**_PLACES, **_PARAGRAPH}, values, _after, _sample("move", "after"),
        has_text=False,
    )
)  # fmt: skip
