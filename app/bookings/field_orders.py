"""What may be said about a job from the phone."""

import base64
import binascii
from datetime import datetime, timedelta
from typing import Annotated, Literal

from flask_babel import gettext as _
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from app.bookings.field_models import Kind
from app.customers.orders import many_lines, one_line
from app.web.schemas import FieldFault, Order

LARGEST_SIGNATURE = 100_000
WIDEST_SIGNATURE = 2_000
#: How long a phone may have been without a line.
LONGEST_SILENCE = timedelta(days=2)
_PREFIX = "data:image/png;base64,"


def _png(value: str) -> str:
    if not value:
        return ""
    content = _decoded(value)
    is_png = content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR"
    if not is_png or content[-12:-4] != b"\x00\x00\x00\x00IEND":
        raise ValueError(_("The signature should be a PNG picture."))
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    if len(content) > LARGEST_SIGNATURE or not 0 < width <= WIDEST_SIGNATURE or not 0 < height <= WIDEST_SIGNATURE:
        raise ValueError(_("The signature is too large."))
    return value


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value.removeprefix(_PREFIX), validate=True) if value.startswith(_PREFIX) else b""
    except binascii.Error:
        return b""


class ReportOrder(Order):
    """One thing said about a job; `key` makes it count once, however often it is sent."""

    kind: Annotated[Kind, Field(strict=False)]
    key: Annotated[str, StringConstraints(min_length=8, max_length=60, pattern=r"^[A-Za-z0-9-]+$")]
    words: Annotated[str, StringConstraints(max_length=1_000), AfterValidator(many_lines)] = ""
    minutes: Annotated[int, Field(ge=15, le=24 * 60)] | None = None
    signed_by: Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)] = ""
    signature: Annotated[str, StringConstraints(max_length=140_000), AfterValidator(_png)] = ""
    said_at: AwareDatetime | None = None
    #: Of which look at a car a photo is.
    stage: Literal["", "out", "back"] = ""

    @model_validator(mode="after")
    def _is_whole(self) -> "ReportOrder":
        if self.kind in (Kind.NOTE, Kind.CANNOT, Kind.EXTRA, Kind.TICKED, Kind.UNTICKED) and not self.words:
            raise FieldFault("words", _("This is needed."))
        if self.kind == Kind.EXTRA:
            if self.minutes is None:
                raise FieldFault("minutes", _("This is needed."))
            if not self.signed_by:
                raise FieldFault("signedBy", _("Who agrees to it? Write the name."))
        return self

    def drawn(self) -> bytes | None:
        """The signature's bytes, where one was drawn."""
        return _decoded(self.signature) or None

    def said(self, now: datetime) -> datetime:
        """When it was said: never in the future, and no longer ago than a phone may be silent."""
        return min(max(self.said_at or now, now - LONGEST_SILENCE), now)
