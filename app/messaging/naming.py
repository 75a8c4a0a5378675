"""How mails are named where only their markers are known, and how programs know again what mails are about."""

from collections.abc import Callable, Iterable

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.jobs import about
from app.kernel.db import db
from app.messaging.kinds import kind_title
from app.messaging.models import EmailLog

#: Failures that the right address mends.
_MENDED_BY_ADDRESS = ("no_such_mailbox", "bad_address", "mailbox_full", "bounced", "suppressed")
PublicIds = Callable[[list[int]], dict[int, str]]
_public_ids: dict[str, PublicIds] = {}


def known_outside(kind: str, public_ids: PublicIds) -> None:
    """Let programs know things of that kind by the public ids that `public_ids` gives for inner ones."""
    _public_ids[kind] = public_ids


def public_ids(kind: str, markers: Iterable[str]) -> dict[str, str]:
    """Marker → public id, for the things of that kind; one statement."""
    numbers = sorted({int(marker.partition(":")[2]) for marker in markers if marker.startswith(f"{kind}:")})
    if not numbers or kind not in _public_ids:
        return {}
    return {f"{kind}:{number}": public_id for number, public_id in _public_ids[kind](numbers).items()}


def _names(ids: list[int]) -> dict[int, tuple[str, str]]:
    rows = select(EmailLog.id, EmailLog.public_id, EmailLog.kind, EmailLog.to_name, EmailLog.to_address)
    return {
        row.id: (
            _("%(mail)s to %(name)s", mail=kind_title(row.kind), name=row.to_name or row.to_address),
            url_for("emails.show", email_id=row.public_id),
        )
        for row in db.session.execute(rows.where(EmailLog.id.in_(ids)))
    }


about.describe_with("email", _names)
for _code in _MENDED_BY_ADDRESS:
    about.mend_with(_code, _l("Correct the address"), "email")
