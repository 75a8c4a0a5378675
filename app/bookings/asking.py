"""Forms of the portal that ask about what was probably meant otherwise, and refuse nothing for it."""

import re
from typing import Any

from flask import Response, make_response, render_template, request
from wtforms import Field

from app.customers.contact import likely_meant
from app.kernel.errors import NotFound
from app.web.forms import CheckedForm, OrderType

_FIELD = "bookings/portal/_field.html"
#: What a postcode looks like, by country, and one to show.
_POSTCODES = {"SE": (r"\b\d{3} ?\d{2}\b", "413 04"), "DK": (r"\b\d{4}\b", "8000"), "NO": (r"\b\d{4}\b", "0150")}


class AskingForm(CheckedForm[OrderType]):
    """Asks about a slip in the address of `email` once, and about a postcode that is not there."""

    email: Field

    def __init__(self, *, country: str, **given: Any) -> None:
        super().__init__(**given)
        self.country = country

    def asks(self, field: Field) -> dict[str, str]:
        """Attributes that let htmx check this field when it is left, together with what we ask about it."""
        return {**super().asks(field), "hx-target": f"#box-{field.id}"}

    def shown_field(self) -> Response:
        """The one field named by `?check=` with its fault and our question."""
        field = self._fields.get(request.args.get("check", ""))
        if field is None or field.name == self.meta.csrf_field_name:
            raise NotFound()
        took = self.take_meant()
        self._read()
        return make_response(render_template(_FIELD, field=field, form=self, took=took))

    def meant(self) -> str | None:
        """What the e-mail address was probably meant to be."""
        typed = str(self.email.data or "").strip()
        return None if self.email.errors else likely_meant(typed)

    def take_meant(self) -> bool:
        """Put the address that we proposed in place of the one that was typed, if that was pressed."""
        wanted = request.form.get("take")
        if wanted is None or wanted != self.meant():
            return False
        self.email.data = wanted
        return True

    def must_ask(self) -> bool:
        """Whether we see a slip in the address and have not asked about it yet; asked once, it is taken as it is."""
        return self.meant() is not None and request.form.get("asked") != str(self.email.data).strip()

    def postcode_missed(self, field: Field) -> str:
        """A postcode as an example when the address shows none of that form; it is only said, never a fault."""
        pattern, example = _POSTCODES.get(self.country, _POSTCODES["SE"])
        typed = str(field.data or "").strip() if field.short_name.endswith("_address") and not field.errors else ""
        return example if typed and not re.search(pattern, typed) else ""
