"""The office's form about a mail: the right address."""

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import EmailField

from app.customers.orders import Email
from app.web.forms import CheckedForm
from app.web.schemas import Order


class Correction(Order):
    """The right address."""

    email: Email


class CorrectionForm(CheckedForm[Correction]):
    """The form over it."""

    checks: ClassVar[type[Order]] = Correction
    size: ClassVar[str] = "input-sm"

    email = EmailField(_l("The right address"), render_kw={"autocomplete": "off"})
