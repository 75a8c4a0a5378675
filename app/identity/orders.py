"""What may come in about accounts, by page and by API alike."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from app.customers.contact import checked_phone
from app.customers.orders import Email, Name, one_line
from app.identity import passwords
from app.kernel.access import Role
from app.web.doors import current_business
from app.web.i18n import LANGUAGES
from app.web.schemas import Order

#: Long enough for any password, short enough to cost nothing; the rules for new ones stand in `passwords.fault`.
Password = Annotated[str, Field(min_length=1, max_length=1_000)]


def _phone(value: str) -> str:
    return checked_phone(value, current_business().country)[0] if value else ""


Phone = Annotated[str, Field(max_length=40), AfterValidator(one_line), AfterValidator(_phone)]
Language = Literal["en", "sv", "da"]
assert set(LANGUAGES) == {"en", "sv", "da"}  # noqa: S101  # the two lists are one


class LoginOrder(Order):
    """Signing in. `business` (its slug) says where, for somebody who is in several, `code` is of the second step.

    Both are the API's only.
    """

    email: Email
    password: Password
    business: str = ""
    code: Annotated[str, Field(max_length=40)] = ""


class JoinOrder(Order):
    """Joining by an invitation, as somebody new."""

    name: Name
    password: Password


class RegisterOrder(Order):
    """A customer's new account."""

    name: Name
    email: Email
    phone: Phone = ""
    password: Password

    @field_validator("password")
    @classmethod
    def _strong(cls, value: str, info: ValidationInfo) -> str:
        fault = passwords.fault(value, name=info.data.get("name", ""), email=info.data.get("email", ""))
        if fault:
            raise ValueError(fault)
        return value


class ForgotOrder(Order):
    """Asking for a link to choose a new password."""

    email: Email


class LinkOrder(Order):
    """Asking for a link to sign in."""

    email: Email


class NewPasswordOrder(Order):
    """Choosing a new password; whose it is, the verb knows, and checks it against the name."""

    password: Password


class ChangePasswordOrder(Order):
    """Choosing a new password while signed in."""

    present: Password
    password: Password


class DetailsOrder(Order):
    """What somebody says about themself."""

    name: Name
    phone: Phone = ""
    language: Language


class MemberOrder(Order):
    """Letting somebody into the business."""

    name: Name
    email: Email
    role: Annotated[Role, Field(strict=False)]
