"""One booking for one form: pressed twice, sent again or shown in two tabs, it books once."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, json, jsonify, request, session
from sqlalchemy import select

from app.bookings import moves
from app.bookings.orders import MoveOrder
from app.kernel import clock, ids
from app.kernel.db import db
from app.kernel.errors import Conflict
from app.web.doors import caller
from app.web.i18n import choose_language
from app.web.idempotency import KEPT, Answered, answer_once, unsealed

LONGEST_KEY = 64
RECENTLY = timedelta(hours=1)
#: Whatever a form says under its key, it is one wish: the first counts.
_ANY_BODY = bytes(32)
#: How long a second press waits for the first, in seconds.
_PATIENCE = (0.1, 0.2, 0.4, 0.8, 1.5)


@dataclass(frozen=True)
class Placed:
    """A booking made with a form; `what` is a hash of the order."""

    id: str
    reference: str
    service: str
    what: str


def key(service: str) -> str:
    """The form's own key, else one that all tabs of this browser share until something was booked under it.

    Booking itself leaves the cookie as it is, so that Back finds the pages before it.
    """
    sent = request.form.get("_once", "")
    if 0 < len(sent) <= LONGEST_KEY and sent.isascii() and sent.isprintable():
        return sent
    place = f"once_{service}"
    if place not in session or _is_used(session[place]):
        session[place] = ids.secret_token()
    return str(session[place])


def book(service: str, order: MoveOrder) -> tuple[Placed, bool]:
    """The booking of this form, and whether it says what was sent now (else something was booked with it before).

    Conflict when another press of the same form is still at work after a few seconds.
    """
    used, what = key(service), hashlib.sha256(order.model_dump_json().encode()).hexdigest()

    def work() -> Response:
        made = moves.book_move(order, language=choose_language(), by="form")
        # No link: what is stored must open nothing.
        return jsonify(id=made.public_id, reference=made.reference, service=service, what=what)

    placed = _read(_patiently(used, work).get_data())
    return placed, placed.what == what


def made_here() -> Sequence[Placed]:
    """What this browser has booked with forms within the hour, the latest first; a browser may be shared."""
    rows = select(Answered.body).where(
        Answered.caller == caller(),
        Answered.route.in_(("POST /book/move", "POST /book/cleaning")),
        Answered.at > clock.now() - RECENTLY,
    )
    return [_read(unsealed(body)) for body in db.session.scalars(rows.order_by(Answered.id.desc()).limit(10))]


def _is_used(kept: str) -> bool:
    used = select(Answered.id).where(
        Answered.caller == caller(), Answered.key == kept, Answered.at > clock.now() - KEPT
    )
    return db.session.scalar(used) is not None


def _patiently(used: str, work: Callable[[], Response]) -> Response:
    for pause in _PATIENCE:
        try:
            return answer_once(used, _ANY_BODY, work)
        except Conflict as still:
            if still.retry_after is None:
                raise
            clock.sleep(pause)
    return answer_once(used, _ANY_BODY, work)


def _read(body: bytes) -> Placed:
    return Placed(**json.loads(body))
