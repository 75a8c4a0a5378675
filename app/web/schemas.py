"""How JSON and query strings become checked models: strict, unknown fields refused, nothing echoed back."""

from typing import Annotated, Any, Generic, TypeVar

from apiflask.schema_adapters.pydantic import PydanticAdapter
from apiflask.schema_adapters.registry import registry
from flask import Request
from flask_babel import gettext as _
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from app.kernel.errors import Invalid, Malformed, WrongType

MOST_DEEP = 32

_WORDS = {
    "missing": lambda: _("This is needed."),
    "extra_forbidden": lambda: _("This field is not known."),
    "string_too_long": lambda: _("This is too long."),
    "string_too_short": lambda: _("This is too short."),
    "string_type": lambda: _("This should be text."),
    "int_type": lambda: _("This should be a whole number."),
    "int_parsing": lambda: _("This should be a whole number."),
    "bool_type": lambda: _("This should be true or false."),
    "bool_parsing": lambda: _("This should be true or false."),
    "list_type": lambda: _("This should be a list."),
    "literal_error": lambda: _("This is not one of the choices."),
    "enum": lambda: _("This is not one of the choices."),
    "date_from_datetime_parsing": lambda: _("This should be a date like 2026-11-28."),
    "date_parsing": lambda: _("This should be a date like 2026-11-28."),
    "date_type": lambda: _("This should be a date like 2026-11-28."),
    "time_parsing": lambda: _("This should be a time like 08:30."),
    "time_type": lambda: _("This should be a time like 08:30."),
    "datetime_parsing": lambda: _("This should be a time like 2026-11-28T08:30."),
    "datetime_from_date_parsing": lambda: _("This should be a time like 2026-11-28T08:30."),
    "greater_than_equal": lambda: _("This is too small."),
    "less_than_equal": lambda: _("This is too large."),
    "model_type": lambda: _("This should be an object."),
}


class Order(BaseModel):
    """What may come in: camelCase outside, unknown fields refused, wrong types refused, text trimmed."""

    model_config = ConfigDict(
        strict=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, str_strip_whitespace=True
    )


class Listing(Order):
    """The query of a list."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 25
    q: Annotated[str, Field(max_length=200)] = ""
    sort: Annotated[str, Field(max_length=60)] = ""


class Shown(BaseModel):
    """What goes out: camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


Item = TypeVar("Item")


class Listed(Shown, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    page: int
    per_page: int
    total: int


class FieldFault(PydanticCustomError):
    """A fault that a check of the whole model finds in one field: `FieldFault("toAddress", words)`."""

    def __new__(cls, field: str, words: Any) -> "FieldFault":
        """The fault; `field` in the outside's words."""
        return super().__new__(cls, "field_fault", "{words}", {"field": field, "words": str(words)})


def as_invalid(error: ValidationError) -> Invalid:
    """The faults of a model as a refusal that names the fields in the outside's words."""
    return Invalid(
        [(field_of(fault), words_for(fault)) for fault in error.errors(include_url=False, include_input=False)]
    )


def words_for(fault: Any) -> str:
    """A sentence for one fault; our own checks already speak in sentences."""
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    known = _WORDS.get(fault["type"])
    return known() if known else str(fault["msg"])


def field_of(fault: Any) -> str:
    """The field that a fault is about, in the outside's words."""
    if fault["type"] == "field_fault":
        return str(fault["ctx"]["field"])
    place: tuple[int | str, ...] = fault["loc"]
    return ".".join(to_camel(part) if isinstance(part, str) else str(part) for part in place) or "body"


def parse_json(model: type[BaseModel], raw: bytes) -> BaseModel:
    """The body as a checked model; Malformed for broken JSON, Invalid for wrong fields."""
    text = _readable(raw)
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        if any(fault["type"] == "json_invalid" for fault in error.errors(include_url=False)):
            raise Malformed(_("The body is not JSON that can be read.")) from None
        raise as_invalid(error) from None
    except RecursionError:
        raise Malformed(_("The body is nested too deeply.")) from None


def _readable(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(_("The body is not valid UTF-8.")) from None
    if "\x00" in text or "\\u0000" in text:
        raise Malformed(_("The body holds a character that cannot be stored."))
    depth = deepest = 0
    inside = escaped = False
    for char in text:
        if inside:
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside, escaped = True, False
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    if deepest > MOST_DEEP:
        raise Malformed(_("The body is nested too deeply."))
    return text


class StrictAdapter(PydanticAdapter):
    """APIFlask's way in, with pydantic's own strict parsers: dates stay dates, numbers never become times."""

    def validate_input(self, request: Request, location: str, **kwargs: Any) -> BaseModel:
        """The checked model of the body or the query."""
        if location == "json":
            if not request.is_json:
                raise WrongType(_("Send application/json."))
            return parse_json(self.model_class, request.get_data(cache=True))
        if location in ("query", "querystring"):
            try:
                return self.model_class.model_validate_strings(request.args.to_dict())
            except ValidationError as error:
                raise as_invalid(error) from None
        return super().validate_input(request, location, **kwargs)


def set_up() -> None:
    """Use the strict adapter for all models."""
    registry.register("pydantic", StrictAdapter)


# Doors are bound to an adapter when they are declared: whoever imports their models has it in place before.
set_up()
