"""Two customers side by side, made one, and parted again."""

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from app.customers import doubles, merging
from app.customers.models import Customer, Merge
from app.kernel.access import Can
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.office import customer_queries as queries
from app.office.customer_forms import CHANNELS
from app.office.customer_list import bp
from app.office.customer_parts import customer_of
from app.web.doors import needs
from app.web.i18n import LANGUAGES
from app.web.pages import go, one_or_404, render

SIDE_BY_SIDE = "office/customers/merge.html"


@bp.get("/doubles")
@needs(Can.READ_CUSTOMERS)
def doubled() -> Response:
    """Who may be one person, to be looked at by a person."""
    return render("office/customers/doubles.html", pairs=doubles.suggested(), why_words=why_words)


@bp.get("/<customer_id>/merge")
@needs(Can.CHANGE_CUSTOMERS)
def compare(customer_id: str) -> Response:
    """The two side by side, with which value stays; without the other one, who it may be."""
    kept = customer_of(customer_id)
    asked = request.args.get("with", "")
    if not asked:
        return render(SIDE_BY_SIDE, kept=kept, other=None, doubles=doubles.doubles_of(kept), why_words=why_words)
    other = one_or_404(select(Customer).where(Customer.public_id == asked, Customer.id != kept.id))
    counts = queries.bookings_of_each([kept.id, other.id])
    return render(SIDE_BY_SIDE, kept=kept, other=other, counts=counts, rows=_rows(kept, other))


@bp.post("/<customer_id>/merge")
@needs(Can.CHANGE_CUSTOMERS)
def merge(customer_id: str) -> Response:
    """Make the two one."""
    kept = customer_of(customer_id)
    other = one_or_404(select(Customer).where(Customer.public_id == request.form.get("other", "")))
    take = {name: request.form.get(name, "kept") for name in merging.CHOICES}
    if set(take.values()) - {"kept", "other"}:
        raise Invalid([("name", _("This is not one of the choices."))])
    name = other.name
    merging.merge(kept.id, other.id, take=take)
    flash(_("%(name)s is part of this customer now. You can part them again below.", name=name), "ok")
    return go(url_for(".show", customer_id=customer_id))


@bp.post("/<customer_id>/merges/<merge_id>/undo")
@needs(Can.CHANGE_CUSTOMERS)
def part(customer_id: str, merge_id: str) -> Response:
    """Part them again."""
    customer = customer_of(customer_id)
    done = one_or_404(select(Merge).where(Merge.public_id == merge_id, Merge.customer_id == customer.id))
    parted = merging.part(done.id)
    words = _("%(name)s is a customer of their own again.", name=parted.other.name)
    if parted.changed_since:
        names = ", ".join(field_words(name) for name in parted.changed_since)
        words = f"{words} {_('Changed since, so left as it is: %(fields)s.', fields=names)}"
    flash(words, "ok")
    db.session.expire_all()
    return go(url_for(".show", customer_id=parted.other.public_id))


def why_words(why: str) -> str:
    """Why two may be one."""
    return {
        "phone": _("same number"), "email": _("same mailbox"), "name": _("much the same name"),
    }.get(why, "")  # fmt: skip


def field_words(name: str) -> str:
    """What a field is called."""
    return {
        "name": _("Name"), "email": _("E-mail"), "phone": _("Phone"), "language": _("Language"),
        "channel": _("Messages by"), "notes": _("Notes"), "tags": _("Tags"),
    }.get(name, name)  # fmt: skip


def _rows(kept: Customer, other: Customer) -> list[tuple[str, str, str, str]]:
    """Name, label, and what each of the two says, of what may be chosen."""
    return [
        (name, field_words(name), _shown(name, getattr(kept, name)), _shown(name, getattr(other, name)))
        for name in merging.CHOICES
    ]


def _shown(name: str, value: str) -> str:
    if name == "language":
        return LANGUAGES.get(value, value)
    return str(CHANNELS.get(value, value)) if name == "channel" else value
