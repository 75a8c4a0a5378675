"""What a firm says about itself, as verbs. Each change stands in the audit log, before and after."""

import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.files.pictures import picture_in
from app.kernel import audit
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Conflict, Invalid
from app.kernel.tenancy import current_business_id
from app.settings.models import Logo

MOST_BYTES, MOST_PIXELS = 300_000, 4_000
Settings = dict[str, Any]


class Stale(Conflict):
    """Somebody else changed these settings in the meantime."""


def present() -> Business:
    """The business as it is now, whatever this process believes of it."""
    rows = select(Business).where(Business.id == current_business_id())
    return db.session.scalars(rows.execution_options(populate_existing=True)).one()


def stamp(values: Settings) -> str:
    """Stands for what some settings say: another one as soon as one of them is changed."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:20]


def change_firm(
    values: Settings, *, read: str | None = None, allows: Callable[[Business], None] | None = None
) -> Business:
    """Take over these settings; Stale when one of them was changed since they were `read`.

    `allows` may look at the business as it would be, and refuse.
    """
    with transaction():
        business = lock(Business, current_business_id())
        before = {name: getattr(business, name) for name in values}
        if read is not None and read != stamp(before):
            raise Stale(_("Somebody else has changed these settings meanwhile."))
        changed = [name for name, value in values.items() if value != before[name]]
        for name in changed:
            setattr(business, name, values[name])
        if allows is not None:
            allows(business)
        if changed:
            audit.record(
                "settings.changed",
                f"business:{business.public_id}",
                before={name: _plain(before[name]) for name in changed},
                after={name: _plain(values[name]) for name in changed},
            )
    forget_believed()
    return business


def set_logo(content: bytes) -> None:
    """Take over a logo; Invalid for anything but a small PNG, JPEG or WebP."""
    picture = picture_in(content)
    if picture is None:
        raise Invalid([("logo", _("This is not a PNG, JPEG or WebP picture."))])
    if len(content) > MOST_BYTES:
        raise Invalid([("logo", _("This picture is larger than 300 kB. Save it smaller."))])
    if not 0 < max(picture.width, picture.height) <= MOST_PIXELS or not min(picture.width, picture.height):
        raise Invalid([("logo", _("This picture has more than 4,000 pixels on a side. Save it smaller."))])
    mark = hashlib.sha256(content).hexdigest()[:20]
    with transaction():
        business = lock(Business, current_business_id())
        if business.logo_mark == mark:
            return
        change(delete(Logo))
        add(Logo(mark=mark, content_type=picture.content_type, content=content))
        _note_logo(business, mark)
    forget_believed()


def drop_logo() -> None:
    """Show the drawn mark again; asked twice, it stays."""
    with transaction():
        business = lock(Business, current_business_id())
        if business.logo_mark:
            change(delete(Logo))
            _note_logo(business, "")
    forget_believed()


def logo_of(mark: str) -> Logo | None:
    """The logo of the business in scope, when that is its mark."""
    return db.session.scalar(select(Logo).where(Logo.mark == mark))


def _note_logo(business: Business, mark: str) -> None:
    audit.record(
        "settings.logo", f"business:{business.public_id}", before={"logo": business.logo_mark}, after={"logo": mark}
    )
    business.logo_mark = mark


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
