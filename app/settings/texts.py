"""The firm's own words for its messages, as a verb. Each change stands in the audit log, before and after."""

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.kernel import audit, clock
from app.kernel.businesses import Business
from app.kernel.db import add, change, db, lock, transaction
from app.kernel.errors import Invalid
from app.kernel.tenancy import current_business_id
from app.messaging.own_models import OwnText
from app.messaging.own_texts import Editable, Words, own_words, strange_places
from app.settings.firm import Stale, stamp


def write(editable: Editable, language: str, words: Words, *, read: str | None = None) -> None:
    """Take over these words; an empty part goes back to the built-in ones.

    Invalid for names in braces that nobody fills, Stale when somebody else wrote since they were `read`.
    """
    check(editable, words)
    with transaction():
        business = lock(Business, current_business_id())
        before = own_words(editable.kind, language)
        if read is not None and read != stamp(before):
            raise Stale(_("Somebody else has changed these settings meanwhile."))
        after = {part: said for part, said in words.items() if said}
        if after == before:
            return
        here = (OwnText.kind == editable.kind, OwnText.language == language)
        change(delete(OwnText).where(*here, OwnText.part.not_in(list(after))))
        rows = {row.part: row for row in db.session.scalars(select(OwnText).where(*here))}
        for part, said in after.items():
            row = rows.get(part) or add(OwnText(kind=editable.kind, language=language, part=part, words=said))
            row.words, row.updated_at = said, clock.now()
        audit.record(
            "settings.texts",
            f"business:{business.public_id}",
            before={"kind": editable.kind, "language": language, **before},
            after={"kind": editable.kind, "language": language, **after},
        )


def check(editable: Editable, words: Words) -> None:
    """Invalid, part by part, for names in braces that nobody fills."""
    faults = []
    for part, said in words.items():
        if strange := strange_places(said, editable):
            faults.append((part, _("Nobody fills %(places)s. Take one of the names below.", places=", ".join(strange))))
    if faults:
        raise Invalid(faults)
