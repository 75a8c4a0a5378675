"""Safe to send twice: the first answer under an `Idempotency-Key` is given again for 24 hours."""

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from cryptography.fernet import Fernet
from flask import Response, make_response, request
from flask_babel import gettext as _
from sqlalchemy import BigInteger, Index, LargeBinary, String, delete, func, select
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.config import settings
from app.kernel.db import add, change, db, transaction
from app.kernel.errors import Conflict, Invalid
from app.kernel.tenancy import BusinessOwned, current_business_id
from app.web.doors import caller

KEPT = timedelta(hours=24)
LONGEST_KEY = 200
View = TypeVar("View", bound=Callable[..., Any])


class Answered(BusinessOwned, db.Model):
    """An answer given under a key, in the transaction of what it answered."""

    __tablename__ = "idempotency_keys"
    __extra_args__ = (
        Index("uq_idempotency_keys_key", "business_id", "caller", "route", "key", unique=True),
        Index("ix_idempotency_keys_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    caller: Mapped[str] = mapped_column(String(120))
    route: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    headers: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)


def idempotent(view: View) -> View:
    """The same key and body get the same answer; another body 422, and 409 while the first still runs."""

    @wraps(view)
    def once(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(*args, **kwargs)
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise Invalid([("Idempotency-Key", _("The key should be 1 to 200 printable characters."))])
        return answer_once(key, hashlib.sha256(request.get_data(cache=True)).digest(), lambda: view(*args, **kwargs))

    once.is_idempotent = True  # type: ignore[attr-defined]  # the API's description says so
    return once  # type: ignore[return-value]  # same signature, wrapped


def answer_once(key: str, body_hash: bytes, work: Callable[[], Any]) -> Response:
    """The answer of `work`, done once for this caller, route and key, and stored in its transaction."""
    who, route = caller(), f"{request.method} {request.path}"[:200]
    with transaction():
        place = hashlib.sha256(f"{current_business_id()}\0{who}\0{route}\0{key}".encode()).digest()
        number = int.from_bytes(place[:8], "big", signed=True)
        if not db.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise Conflict(_("The same request is still under way."), retry_after=1)
        same = (Answered.caller == who, Answered.route == route, Answered.key == key)
        known = db.session.scalar(select(Answered).where(*same))
        if known is not None and known.at < clock.now() - KEPT:
            db.session.execute(delete(Answered).where(Answered.id == known.id))
            known = None
        if known is not None:
            if known.body_hash != body_hash:
                raise Invalid([("Idempotency-Key", _("This key was already used with another body."))])
            again = {**known.headers, "Idempotent-Replayed": "true"}
            return Response(unsealed(known.body), known.status, headers=again)
        answer: Response = make_response(work())
        if answer.status_code < 500:
            kept = {
                name: answer.headers[name]
                for name in ("Content-Type", "Location", "HX-Redirect")
                if name in answer.headers
            }
            add(
                Answered(
                    caller=who, route=route, key=key, body_hash=body_hash,
                    status=answer.status_code, body=_sealer().encrypt(answer.get_data()), headers=kept,
                )
            )  # fmt: skip
        return answer


def unsealed(body: bytes) -> bytes:
    """What a stored answer says."""
    return _sealer().decrypt(body)


def _sealer() -> Fernet:
    """Answers may hold links that open something, so they are sealed with a key that is not in the database."""
    key = hashlib.sha256(b"idempotent-answers:" + settings().secret_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def forget_old() -> int:
    """Delete the answers whose day is over; how many."""
    with transaction():
        return change(delete(Answered).where(Answered.at < clock.now() - KEPT))
