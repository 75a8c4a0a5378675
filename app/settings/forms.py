"""The forms of the settings: each knows its rules, how its fields stand together, and what it shows of a business."""

from typing import Any, ClassVar, Self

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.widgets import DateInput

from app.bookings.old_photos import USUAL_MONTHS as PHOTO_MONTHS
from app.bookings.unused import USUAL_MONTHS as UNUSED_MONTHS
from app.kernel.businesses import Business
from app.settings.firm import stamp
from app.settings.orders import (
    COUNTRIES,
    CURRENCIES,
    WEEKDAYS,
    ClosedOrder,
    CrewOrder,
    DaysOrder,
    FirmOrder,
    LimitsOrder,
    LookOrder,
    MailOrder,
    OfferOrder,
    RetentionOrder,
    SafetyOrder,
)
from app.web.forms import CheckedForm, OrderType
from app.web.i18n import LANGUAGES

USUAL_MONTHS = 13
HUES = (214, 236, 262, 300, 340, 12, 28, 60, 95, 145, 165, 190)
_COUNTRY_WORDS = {"SE": _l("Sweden"), "DK": _l("Denmark"), "NO": _l("Norway")}
_ZONE_WORDS = {
    "Europe/Stockholm": _l("Stockholm"),
    "Europe/Copenhagen": _l("Copenhagen"),
    "Europe/Oslo": _l("Oslo"),
    "Europe/Helsinki": _l("Helsinki"),
    "Europe/Berlin": _l("Berlin"),
}
_STRENGTHS = (("0.04", _l("Quiet")), ("0.078", _l("Even")), ("0.11", _l("Lively")), ("0.14", _l("Strong")))


def _picks(pairs: Any) -> list[SelectChoice]:
    return [SelectChoice(value, words) for value, words in pairs]


class SectionForm(CheckedForm[OrderType]):
    """A page of the settings that says something of the business itself."""

    size: ClassVar[str] = ""
    #: The settings that it shows, by the business's names.
    names: ClassVar[tuple[str, ...]] = ()
    read = HiddenField()

    @classmethod
    def of(cls, business: Business) -> Self:
        """The form as the business is now."""
        form = cls(formdata=None, data=cls.shown(business))
        form.read.data = cls.mark(business)
        return form

    @classmethod
    def shown(cls, business: Business) -> dict[str, Any]:
        """What its fields say of the business."""
        return {name: getattr(business, name) for name in cls.names}

    @classmethod
    def mark(cls, business: Business) -> str:
        """Stands for what its settings are now."""
        return stamp({name: getattr(business, name) for name in cls.names})

    def said(self) -> list[Field]:
        """The fields that say something."""
        return [field for field in self if field.name not in ("read", "csrf_token")]

    def beside(self, business: Business) -> list[tuple[str, str, str]]:
        """(label, now, yours) for what says something else than the business does now; the next save is about that."""
        now, differences = type(self).of(business), []
        for field in self.said():
            theirs, mine = now[field.name].data, field.data
            if str(theirs or "") != str(mine or ""):
                differences.append((str(field.label.text), str(theirs or ""), str(mine or "")))
        self.read.data = now.read.data
        return differences


class FirmForm(SectionForm[FirmOrder]):
    """Name and contact."""

    checks = FirmOrder
    names = ("name", "about", "phone", "email", "address", "legal", "country", "time_zone", "currency")
    name = StringField(_l("Name of the firm"), render_kw={"autocomplete": "organization", "maxlength": 200})
    about = TextAreaField(
        _l("A few words about you"),
        description=_l("On your front door, in place of ours."),
        render_kw={"maxlength": 500},
    )
    phone = TelField(_l("Telephone"), render_kw={"autocomplete": "tel", "maxlength": 40})
    email = EmailField(_l("E-mail address"), render_kw={"autocomplete": "email", "maxlength": 320})
    address = StringField(_l("Address"), render_kw={"autocomplete": "street-address", "maxlength": 300})
    legal = StringField(
        _l("Small print"), description=_l("At the foot of pages and mails: legal name, registration number."),
        render_kw={"maxlength": 300},
    )  # fmt: skip
    country = SelectField(_l("Country"), choices=_picks((code, _COUNTRY_WORDS[code]) for code in COUNTRIES))
    time_zone = SelectField(_l("Time zone"), choices=_picks(_ZONE_WORDS.items()))
    currency = SelectField(_l("Currency"), choices=_picks((code, code) for code in CURRENCIES))


class LookForm(SectionForm[LookOrder]):
    """The accent."""

    checks = LookOrder
    names = ("hue", "chroma")
    hue = RadioField(_l("Colour"), validate_choice=False)
    chroma = SelectField(_l("How strong"), choices=_picks(_STRENGTHS), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hues = sorted({*HUES, *([int(self.hue.data)] if str(self.hue.data or "").isdigit() else [])})
        self.hue.choices = _picks((str(hue), str(hue)) for hue in hues)
        known = {value for value, _words in _STRENGTHS}
        if self.chroma.data and str(self.chroma.data) not in known:
            self.chroma.choices = [*_picks(_STRENGTHS), SelectChoice(str(self.chroma.data), _l("As it is"))]


class MailForm(SectionForm[MailOrder]):
    """Languages, and who mails come from."""

    checks = MailOrder
    names = ("language", "languages", "sender_name", "reply_to")
    language = SelectField(_l("The firm’s own language"), choices=_picks(LANGUAGES.items()))
    languages = SelectMultipleField(_l("Languages of your public pages"), choices=_picks(LANGUAGES.items()))
    sender_name = StringField(
        _l("Sender of mails"), description=_l("Empty for the name of the firm."), render_kw={"maxlength": 100}
    )
    reply_to = EmailField(
        _l("Answers go to"), description=_l("Empty for the e-mail address of the firm."), render_kw={"maxlength": 320}
    )


class SafetyForm(SectionForm[SafetyOrder]):
    """What is asked of staff at log-in."""

    checks = SafetyOrder
    names = ("demands_second_step",)
    demands_second_step = BooleanField(
        _l("Everybody who works in the office needs a second step"),
        description=_l("A code from an app on the phone, after the password. Whoever has none sets it up at once."),
    )


class RetentionForm(SectionForm[RetentionOrder]):
    """How long things are kept."""

    checks = RetentionOrder
    names = ("retention",)
    mails = IntegerField(
        _l("Mails, in months"),
        description=_l("Then their words and files go; that a mail was sent, when and to whom, stays."),
        render_kw={"min": 1, "max": 84},
    )
    texts = IntegerField(
        _l("Text messages, in months"),
        description=_l("Then their words go, and what customers wrote back."),
        render_kw={"min": 1, "max": 84},
    )
    accounts = IntegerField(
        _l("Unused customers’ accounts, in months"),
        description=_l("A mail tells them 30 days ahead; who signs in or books keeps the account."),
        render_kw={"min": 3, "max": 84},
    )
    photos = IntegerField(
        _l("Photos from jobs and of cars handed over, in months"),
        description=_l("Those of a hire with a new mark stay until somebody has seen to it."),
        render_kw={"min": 1, "max": 84},
    )

    @classmethod
    def shown(cls, business: Business) -> dict[str, Any]:
        """The months, the usual number where nothing was said."""
        usual = {"mails": USUAL_MONTHS, "texts": USUAL_MONTHS, "accounts": UNUSED_MONTHS, "photos": PHOTO_MONTHS}
        return {name: business.retention.get(name, months) for name, months in usual.items()}


class DaysForm(SectionForm[DaysOrder]):
    """Opening hours, public holidays, and the rule of what is taken."""

    checks = DaysOrder
    names = ("hours", "holidays", "only_free")
    holidays = SelectMultipleField(
        _l("Closed on the public holidays of"), choices=_picks((code, _COUNTRY_WORDS[code]) for code in ("SE", "DK"))
    )
    only_free = RadioField(
        _l("Which bookings do you take?"),
        choices=[
            SelectChoice("never", _l("Every request; we find a time ourselves")),
            SelectChoice("form", _l("On our pages only days and times with a free crew")),
            SelectChoice("always", _l("The same for other programs that book through the API")),
        ],
    )

    @classmethod
    def shown(cls, business: Business) -> dict[str, Any]:
        """The hours, weekday by weekday."""
        found: dict[str, Any] = {"holidays": business.holidays, "only_free": business.only_free}
        for weekday, shift in zip(WEEKDAYS, business.hours or [], strict=False):
            found |= {f"opens_{weekday}": shift[0], f"closes_{weekday}": shift[1]} if shift else {}
        return found

    def weekdays(self) -> list[tuple[str, Field, Field]]:
        """(weekday in words, opens, closes), Monday first."""
        locale: Any = get_locale()
        words = locale.days["stand-alone"]["wide"] if locale else {}
        return [
            (str(words.get(number, weekday)).capitalize(), self[f"opens_{weekday}"], self[f"closes_{weekday}"])
            for number, weekday in enumerate(WEEKDAYS)
        ]


_TIMES = [SelectChoice("", "–"), *(SelectChoice(f"{half // 2:02d}:{half % 2 * 30:02d}") for half in range(10, 48))]
for _weekday in WEEKDAYS:
    setattr(DaysForm, f"opens_{_weekday}", SelectField(_l("Opens"), choices=_TIMES))
    setattr(DaysForm, f"closes_{_weekday}", SelectField(_l("Closes"), choices=_TIMES))


class ClosedForm(CheckedForm[ClosedOrder]):
    """Days on which nobody works."""

    checks = ClosedOrder
    size: ClassVar[str] = ""
    first = StringField(_l("First day"), widget=DateInput())
    last = StringField(_l("Last day"), widget=DateInput(), description=_l("Empty for one day only."))
    reason = StringField(_l("Why"), description=_l("Customers read it."), render_kw={"maxlength": 100})


class OfferForm(CheckedForm[OfferOrder]):
    """One thing that is offered."""

    checks = OfferOrder
    size: ClassVar[str] = ""
    version = HiddenField()
    is_offered = BooleanField(_l("We offer this"))
    minutes = IntegerField(_l("How long one takes, in minutes"), render_kw={"min": 30, "max": 1440, "step": 15})
    travel_minutes = IntegerField(_l("For the way to the next job, in minutes"), render_kw={"min": 0, "max": 480})
    notice_hours = IntegerField(
        _l("Customers change or cancel it themselves until so many hours before"), render_kw={"min": 0, "max": 1440}
    )


class CrewForm(CheckedForm[CrewOrder]):
    """A crew."""

    checks = CrewOrder
    size: ClassVar[str] = ""
    name = StringField(_l("What the crew is called"), render_kw={"maxlength": 100})
    label = StringField(_l("Who is in it"), render_kw={"maxlength": 200})


class LimitsForm(CheckedForm[LimitsOrder]):
    """How many jobs at once."""

    checks = LimitsOrder
    size: ClassVar[str] = ""
    move = IntegerField(_l("Moves at once"), render_kw={"min": 1, "max": 100})
    cleaning = IntegerField(_l("Cleanings at once"), render_kw={"min": 1, "max": 100})


#: The pages that say something of the business itself, by the last part of their address.
SECTIONS: dict[str, type[SectionForm[Any]]] = {
    "firm": FirmForm,
    "look": LookForm,
    "mail": MailForm,
    "days": DaysForm,
    "safety": SafetyForm,
    "retention": RetentionForm,
}
