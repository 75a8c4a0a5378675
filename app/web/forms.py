"""Pages' forms over the checked models: the model holds the rules, the form shows what it found fault with.

    class LoginForm(CheckedForm[LoginOrder]):
        checks = LoginOrder
        email = StringField(_l("E-mail"), render_kw={"autocomplete": "username", "inputmode": "email"})

    @bp.post("/login")
    @public
    @checks_its_form                          # the form checks the token, so that a stale one loses nothing
    def log_in():
        form = LoginForm()
        if request.args.get("check"):         # htmx, when a field is left
            return form.shown_field()
        order = form.checked()
        if order is None:
            return refused(form, "identity/login.html", "identity/_login.html")

    {{ ui.errors(form.summary()) }} {{ ui.field(form.email, size=form.size, attrs=form.asks(form.email)) }}

Fields bear the names of the model's fields and need no validators: the model reads dates and numbers as they were
written, and words the fault.
"""

from typing import Any, ClassVar, Generic, TypeVar, cast
from urllib.parse import urlencode

from flask import Response, make_response, render_template, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from pydantic import ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import to_json
from wtforms import Field

from app.kernel.errors import Invalid, NotFound
from app.web.pages import render
from app.web.schemas import Order, words_for
from app.web.security import CSRFError, csrf

OrderType = TypeVar("OrderType", bound=Order)
FIELD = "ui/_form_field.html"


class CheckedForm(FlaskForm, Generic[OrderType]):
    """A form whose rules stand in `checks`, a model of what may come in."""

    checks: ClassVar[type[Order]]
    #: How large its fields are: `input-lg` on the portal, nothing in the office.
    size: ClassVar[str] = "input-lg"
    #: Where htmx asks about one field, if not where the form is sent (there a limit may count).
    asked_at: ClassVar[str] = ""
    #: What is wrong with the whole rather than with one field.
    form_errors: list[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Whether the form came with a token that is no longer good: nothing was done, all that was typed stays.
        self.is_stale = False

    def checked(self) -> OrderType | None:
        """What was sent as a checked order; None when something is wrong: then the fields bear the messages."""
        order = self._read()
        if self.meta.csrf and not self._has_good_token():
            self.is_stale = True
            self.form_errors = []
            self.say(_("This page had been open for a long time. Please send it once more."))
            return None
        return order

    def typed(self) -> dict[str, Any]:
        """What was sent, under the model's names, without what was left empty; override to gather nested parts."""
        found = {name: _plain(field) for name, field in self._fields.items() if name in self.checks.model_fields}
        return {name: value for name, value in found.items() if not _is_empty(value)}

    def blame(self, refusal: Invalid) -> None:
        """Show what a verb found fault with at the fields, and what names no field of ours above them."""
        self._put([(tuple(name.split(".")), str(message)) for name, message in refusal.errors])
        if not self.errors:
            self.form_errors = [str(refusal.detail)]

    def say(self, words: str) -> None:
        """Show something that concerns no single field above the form."""
        self.form_errors = [*self.form_errors, words]

    def summary(self) -> list[tuple[str, str, str]]:
        """The faults for the list above the form: (id of the field, its label, message)."""
        shown = [field for field in self if field.name != self.meta.csrf_field_name]
        first = shown[0].id if shown else ""
        whole = [(first, "", str(message)) for message in self.form_errors]
        return whole + [(field.id, str(field.label.text), str(field.errors[0])) for field in shown if field.errors]

    def asks(self, field: Field) -> dict[str, str]:
        """Attributes that let htmx check this field when it is left; morphing keeps what is typed, passwords too."""
        return {
            "hx-post": f"{self.asked_at or request.path}?{urlencode({'check': field.short_name})}",
            "hx-trigger": "change",
            "hx-target": f"#fld-{field.id}",
            "hx-swap": "outerMorph",
            "hx-include": "closest form",
        }

    def shown_field(self) -> Response:
        """The one field named by `?check=` with its fault, for htmx when the field is left; always 200."""
        field = self._fields.get(request.args.get("check", ""))
        if field is None or field.name == self.meta.csrf_field_name:
            raise NotFound()
        self._read()
        return make_response(render_template(FIELD, field=field, form=self))

    def _read(self) -> OrderType | None:
        try:
            order = self.checks.model_validate_json(to_json(self.typed()))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False)
            self._put([(_place_of(fault), words_for(fault)) for fault in faults])
            return None
        return cast(OrderType, order)

    def _put(self, faults: list[tuple[tuple[int | str, ...], str]]) -> None:
        fields = {to_camel(name): field for name, field in self._fields.items()}
        for field in self._fields.values():
            field.errors = []
        self.form_errors = []
        for place, message in faults:
            field = fields.get(to_camel(str(self._named(place)))) if place else None
            target = self.form_errors if field is None else field.errors
            if message not in target:
                target.append(message)

    def _named(self, place: tuple[int | str, ...]) -> int | str:
        """Which field a place in the model means: nested parts bear the name of their innermost word."""
        words = [part for part in place if isinstance(part, str)]
        known = [word for word in words if any(to_camel(name) == to_camel(word) for name in self._fields)]
        return known[-1] if known else place[0]

    def _has_good_token(self) -> bool:
        try:
            csrf.protect()
        except CSRFError:
            return False
        return True


def refused(form: CheckedForm[Any], page: str, fragment: str | None = None, /, **context: Any) -> Response:
    """422 with the form as it was typed, its faults in place: the fragment to htmx, the page to everyone else."""
    return render(page, fragment, status=422, form=form, **context)


def _place_of(fault: Any) -> tuple[int | str, ...]:
    """Where in the model a fault is; a check of the whole may name its field itself."""
    place: tuple[int | str, ...] = fault["loc"]
    return (*place, fault["ctx"]["field"]) if fault["type"] == "field_fault" else place


def _plain(field: Field) -> Any:
    """The field's value; what it could not read goes to the model as it was written, which words the fault."""
    if field.process_errors and field.raw_data:
        return field.raw_data[0]
    return field.data


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())
