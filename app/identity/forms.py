"""The pages' forms about accounts."""

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField, SelectField, StringField, TelField
from wtforms.fields.choices import SelectChoice

from app.identity.orders import (
    ChangePasswordOrder,
    DetailsOrder,
    ForgotOrder,
    JoinOrder,
    LinkOrder,
    LoginOrder,
    MemberOrder,
    NewPasswordOrder,
    RegisterOrder,
)
from app.kernel.access import Role
from app.web.forms import CheckedForm
from app.web.i18n import LANGUAGES

ROLES = {
    Role.OWNER: _l("Owner"),
    Role.DISPATCHER: _l("Dispatcher"),
    Role.ACCOUNTANT: _l("Accountant"),
    Role.DRIVER: _l("Driver"),
    Role.CUSTOMER: _l("Customer"),
    Role.PLATFORM: _l("Platform"),
}
_MAIL = {"autocomplete": "username", "inputmode": "email"}
_NEW = {"autocomplete": "new-password", "minlength": "10"}
_RULE = _l("At least 10 characters. Three or four words that do not belong together are good.")


class LoginForm(CheckedForm[LoginOrder]):
    """Signing in."""

    checks = LoginOrder
    email = EmailField(_l("E-mail address"), render_kw=_MAIL)
    password = PasswordField(_l("Password"), render_kw={"autocomplete": "current-password"})


class RegisterForm(CheckedForm[RegisterOrder]):
    """A customer's new account."""

    checks = RegisterOrder
    asked_at = "/register/field"
    name = StringField(_l("Your name"), render_kw={"autocomplete": "name"})
    email = EmailField(_l("E-mail address"), render_kw=_MAIL)
    phone = TelField(_l("Telephone"), render_kw={"autocomplete": "tel", "inputmode": "tel"})
    password = PasswordField(_l("Choose a password"), description=_RULE, render_kw=_NEW)


class JoinForm(CheckedForm[JoinOrder]):
    """Joining by an invitation."""

    checks = JoinOrder
    name = StringField(_l("Your name"), render_kw={"autocomplete": "name"})
    password = PasswordField(_l("Choose a password"), description=_RULE, render_kw=_NEW)


class ForgotForm(CheckedForm[ForgotOrder]):
    """Asking for a new password."""

    checks = ForgotOrder
    email = EmailField(_l("E-mail address"), render_kw=_MAIL)


class LinkForm(CheckedForm[LinkOrder]):
    """Asking for a link to sign in."""

    checks = LinkOrder
    email = EmailField(_l("E-mail address"), render_kw=_MAIL)


class ResetForm(CheckedForm[NewPasswordOrder]):
    """Choosing a new password by a mailed link."""

    checks = NewPasswordOrder
    password = PasswordField(_l("New password"), description=_RULE, render_kw=_NEW)


class PasswordForm(CheckedForm[ChangePasswordOrder]):
    """Choosing a new password while signed in."""

    checks = ChangePasswordOrder
    size: ClassVar[str] = ""
    present = PasswordField(_l("Present password"), render_kw={"autocomplete": "current-password"})
    password = PasswordField(_l("New password"), description=_RULE, render_kw=_NEW)


class DetailsForm(CheckedForm[DetailsOrder]):
    """One's own details."""

    checks = DetailsOrder
    size: ClassVar[str] = ""
    name = StringField(_l("Name"), render_kw={"autocomplete": "name"})
    phone = TelField(_l("Telephone"), render_kw={"autocomplete": "tel", "inputmode": "tel"})
    language = SelectField(
        _l("Language"), choices=[SelectChoice(*pair) for pair in LANGUAGES.items()], validate_choice=False
    )


class MemberForm(CheckedForm[MemberOrder]):
    """Letting somebody into the business."""

    checks = MemberOrder
    size: ClassVar[str] = ""
    name = StringField(_l("Name"), render_kw={"autocomplete": "off"})
    email = EmailField(_l("E-mail address"), render_kw={"autocomplete": "off", "inputmode": "email"})
    role = SelectField(
        _l("Role"),
        choices=[SelectChoice(role.value, word) for role, word in ROLES.items()],
        default=Role.DISPATCHER.value,
        validate_choice=False,
    )


def roles_to_give(own: Role | None) -> list[SelectChoice]:
    """The roles that somebody in role `own` may give, with their words."""
    return [
        SelectChoice(role.value, word) for role, word in ROLES.items() if role != Role.PLATFORM or own == Role.PLATFORM
    ]
