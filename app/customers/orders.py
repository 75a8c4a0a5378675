"""What may come in about a person."""

import unicodedata
from typing import Annotated, Any, Literal

from flask_babel import gettext as _
from pydantic import AfterValidator, Field, StringConstraints

from app.customers.contact import checked_email, checked_phone
from app.web.doors import current_business
from app.web.schemas import Order


def one_line(value: str) -> str:
    """Text on one line, in Unicode's composed form; ValueError when it holds control characters."""
    text = unicodedata.normalize("NFC", value)
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        raise ValueError(_("Use plain letters, without line breaks or control characters."))
    return " ".join(text.split())


def many_lines(value: str) -> str:
    """Text that keeps its line breaks; ValueError when it holds other control characters."""
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
        raise ValueError(_("Use plain letters, without control characters."))
    return text.strip()


def needed(value: str) -> str:
    """Text that is not empty."""
    if not value:
        raise ValueError(_("This is needed."))
    return value


def _phone(value: str) -> str:
    return checked_phone(value, current_business().country)[0]


Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line), AfterValidator(needed)]
Address = Annotated[str, StringConstraints(max_length=300), AfterValidator(one_line)]
Notes = Annotated[str, StringConstraints(max_length=5_000), AfterValidator(many_lines)]
Email = Annotated[
    str,
    StringConstraints(max_length=320),
    AfterValidator(one_line),
    AfterValidator(needed),
    AfterValidator(checked_email),
]
Phone = Annotated[
    str, StringConstraints(max_length=40), AfterValidator(one_line), AfterValidator(needed), AfterValidator(_phone)
]


class Person(Order):
    """Who books."""

    name: Name
    email: Email
    phone: Phone


def _maybe_email(value: str) -> str:
    return checked_email(value) if value else ""


def _maybe_phone(value: str) -> str:
    return _phone(value) if value else ""


def one_tag(value: str) -> str:
    """A tag: a few words on one line."""
    return needed(one_line(value))


def _once_each(tags: list[str]) -> list[str]:
    return list({tag.casefold(): tag for tag in reversed(tags)}.values())[::-1]


MaybeEmail = Annotated[str, StringConstraints(max_length=320), AfterValidator(one_line), AfterValidator(_maybe_email)]
MaybePhone = Annotated[str, StringConstraints(max_length=40), AfterValidator(one_line), AfterValidator(_maybe_phone)]
Tag = Annotated[str, StringConstraints(max_length=40), AfterValidator(one_tag)]
Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(_once_each)]
Language = Literal["en", "sv", "da"]
Channel = Literal["email", "sms", "whatsapp"]


class CustomerOrder(Order):
    """A customer as the office writes one down."""

    name: Name
    email: MaybeEmail = ""
    phone: MaybePhone = ""
    language: Language | None = None
    channel: Channel = "email"
    notes: Notes = ""
    tags: Tags = []


class CustomerEdit(Order):
    """What may be changed of a customer; what is left out stays."""

    version: int | None = None
    name: Name | None = None
    email: MaybeEmail | None = None
    phone: MaybePhone | None = None
    language: Language | None = None
    channel: Channel | None = None
    notes: Notes | None = None
    tags: Tags | None = None

    def changes(self) -> dict[str, Any]:
        """The changes by the customer's own names."""
        return self.model_dump(exclude={"version"}, exclude_none=True)
