"""The office's forms about customers."""

import json
from typing import Annotated, Any, ClassVar, Self

from flask_babel import lazy_gettext as _l
from pydantic import Field as Rule
from wtforms import EmailField, HiddenField, SelectField, StringField, TelField, TextAreaField
from wtforms.fields.choices import SelectChoice

from app.customers.models import Customer
from app.customers.orders import CustomerOrder
from app.web.forms import CheckedForm
from app.web.i18n import LANGUAGES
from app.web.schemas import Order

CHANNELS = {"email": _l("E-mail"), "sms": _l("Text message"), "whatsapp": _l("WhatsApp")}


class CustomerChange(CustomerOrder):
    """What the office changes of a customer, with the version that was read."""

    version: Annotated[int, Rule(strict=False, ge=1, lt=2**31)]

    def changes(self) -> dict[str, Any]:
        """What is to stand in the customer."""
        return self.model_dump(exclude={"version"}, exclude_none=True)


class CustomerForm(CheckedForm[Any]):
    """A new customer."""

    checks: ClassVar[type[Order]] = CustomerOrder
    size: ClassVar[str] = "input-sm"

    name = StringField(_l("Name"))
    email = EmailField(_l("E-mail"))
    phone = TelField(_l("Phone"))
    language = SelectField(_l("Language"), choices=[SelectChoice(*pair) for pair in LANGUAGES.items()])
    channel = SelectField(
        _l("Messages by"),
        choices=[SelectChoice(*pair) for pair in CHANNELS.items()],
        description=_l("As the customer wishes"),
    )
    tags = StringField(_l("Tags"), description=_l("Parted by commas"))
    notes = TextAreaField(_l("Notes"))

    def typed(self) -> dict[str, Any]:
        """What was sent, the tags as a list."""
        found = super().typed()
        if "tags" in found:
            found["tags"] = [part.strip() for part in str(found["tags"]).split(",") if part.strip()]
        return found


class CustomerChangeForm(CustomerForm):
    """What the office changes of a customer."""

    checks: ClassVar[type[Order]] = CustomerChange

    version = HiddenField()
    #: What the fields said when the page was made, so that a later save knows which of them were changed here.
    read = HiddenField()

    @classmethod
    def of(cls, customer: Customer, **more: Any) -> Self:
        """The form as the customer is now."""
        made = cls(
            **more,
            version=customer.version,
            name=customer.name,
            email=customer.email,
            phone=customer.phone,
            language=customer.language,
            channel=customer.channel,
            tags=", ".join(customer.tags),
            notes=customer.notes,
        )
        said = {field.name: field._value() if hasattr(field, "_value") else field.data for field in made._said()}
        made.read.data = json.dumps(said)
        return made

    def merge(self, now: Customer) -> list[tuple[str, str, str]]:
        """Take over what somebody else has changed and was not changed here; (label, now, yours) for what was."""
        present = type(self).of(now, formdata=None)
        read, mine = _read(self.read.data), []
        for field in self._said():
            typed, other = str(field.data or ""), present[field.name]
            if typed == read.get(field.name):
                field.data, field.raw_data = other.data, None
            elif typed != str(other.data or ""):
                mine.append((str(field.label.text), str(other.data or ""), typed))
        self.version.data, self.read.data = present.version.data, present.read.data
        return mine

    def _said(self) -> list[Any]:
        return [field for field in self if field.name not in ("version", "read", "csrf_token")]


def _read(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
