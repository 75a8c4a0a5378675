"""What may be said when a car is handed out or comes back, and what of a form becomes it."""

from collections.abc import Mapping
from typing import Annotated, Any

from flask_babel import gettext as _
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.bookings.car_places import PLACES
from app.bookings.field_orders import ReportOrder
from app.customers.orders import one_line
from app.kernel.errors import Invalid
from app.web.schemas import FieldFault, Order

#: Lines for marks on a form.
MOST_MARKS = 6
EIGHTHS = 8


class Mark(Order):
    """Something to be seen on the car; the point is in hundredths of the drawing from above."""

    x: Annotated[int, Field(ge=0, le=100)]
    y: Annotated[int, Field(ge=0, le=100)]
    words: Annotated[str, StringConstraints(max_length=100), AfterValidator(one_line)] = ""


class HandoverOrder(ReportOrder):
    """How the car is: `last` is the reading that whoever says it was shown, and `sure` that a lower one is right."""

    odometer: Annotated[int, Field(ge=0, le=10_000_000)]
    last: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    sure: bool = False
    level: Annotated[int, Field(ge=0, le=100)]
    marks: Annotated[list[Mark], Field(max_length=MOST_MARKS)] = []
    gone: Annotated[list[str], Field(max_length=200)] = []

    @model_validator(mode="after")
    def _is_likely(self) -> "HandoverOrder":
        if self.odometer < self.last and not self.sure:
            words = _("Last time it was %(last)s km. If the lower reading is right, say so.", last=self.last)
            raise FieldFault("odometer", words)
        if self.signature and not self.signed_by:
            raise FieldFault("signedBy", _("Who signed? Write the name."))
        return self


def gathered(sent: Mapping[str, str]) -> dict[str, Any]:
    """A form's lines as the order wants them: marks put together, by a press or by a place of the list."""
    plain = {name: value for name, value in sent.items() if not name.startswith(("mark", "gone-"))}
    marks = []
    for number in range(1, MOST_MARKS + 1):
        place, at = sent.get(f"markPlace{number}", ""), sent.get(f"markAt{number}", "")
        words = sent.get(f"markWords{number}", "")
        if at or place in PLACES:
            x, _comma, y = at.partition(",") if at else (str(PLACES[place][0]), ",", str(PLACES[place][1]))
            marks.append({"x": x, "y": y, "words": words})
        elif words.strip():
            raise Invalid([(f"markPlace{number}", _("Where on the car is it?"))])
    gone = [name.removeprefix("gone-") for name in sent if name.startswith("gone-")]
    return {**plain, "marks": marks, "gone": gone}
