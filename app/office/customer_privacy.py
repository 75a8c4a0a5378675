"""What is held about a person: to take along, and to erase. Both ask for the password again."""

import json

from flask import Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _

from app.customers import erasure
from app.identity.again import asked_again
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.errors import Conflict
from app.office.customer_list import bp
from app.office.customer_parts import customer_of
from app.web.doors import current_business, needs
from app.web.pages import go, render


@bp.get("/<customer_id>/privacy")
@needs(Can.ERASE_CUSTOMERS)
def privacy(customer_id: str) -> Response:
    """What is held, what would be erased and what stays, before anything is done."""
    return _page(customer_id)


@bp.post("/<customer_id>/data")
@needs(Can.ERASE_CUSTOMERS)
def take_along(customer_id: str) -> Response:
    """Everything that is held, as JSON or as a page to read."""
    customer = customer_of(customer_id)
    if (asked := asked_again()) is not None:
        return asked
    held = erasure.held_about(customer)
    erasure.note_export(customer)
    stem = f"customer-{customer.public_id}"
    if request.form.get("as") == "json":
        answer = make_response(json.dumps(erasure.as_told(customer.public_id, held), ensure_ascii=False, indent=2))
        answer.content_type = "application/json; charset=utf-8"
        answer.headers["Content-Disposition"] = f'attachment; filename="{stem}.json"'
        return answer
    page = render_template(
        "office/customers/data.html", customer=customer, held=held, titles=erasure.titles(), at=clock.now()
    )
    answer = make_response(page)
    answer.headers["Content-Disposition"] = f'attachment; filename="{stem}.html"'
    return answer


@bp.post("/<customer_id>/erase")
@needs(Can.ERASE_CUSTOMERS)
def erase(customer_id: str) -> Response:
    """Erase the person."""
    customer = customer_of(customer_id)
    if request.form.get("sure") != "yes":
        return _page(customer_id, status=422, fault=_("Tick the box first: this cannot be taken back."))
    if (asked := asked_again()) is not None:
        return asked
    try:
        erasure.erase(customer.id)
    except Conflict as refusal:
        return _page(customer_id, status=409, fault=str(refusal.detail))
    flash(_("The person is erased. What the books need stays, without a name."), "ok")
    return go(url_for(".index"))


def _page(customer_id: str, *, status: int = 200, fault: str = "") -> Response:
    customer = customer_of(customer_id)
    held = erasure.held_about(customer)
    return render(
        "office/customers/privacy.html",
        status=status,
        customer=customer,
        counts=[(title, len(held[name])) for name, title in erasure.titles().items() if held[name]],
        objections=erasure.objections(customer) if customer.erased_at is None else [],
        years=erasure.years_kept(current_business().country),
        fault=fault,
    )
