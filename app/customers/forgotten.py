"""Who was erased, known by hashes alone, so that no import, sync or invite brings the person back."""

import hashlib
import hmac

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.customers.models import Erased
from app.kernel import clock
from app.kernel.config import settings
from app.kernel.db import db, transaction
from app.kernel.tenancy import current_business_id


def remember(*, email: str = "", phone_number: str = "") -> None:
    """Keep the hashes of what is about to be erased; joins the open transaction."""
    for kind, value in (("email", email.lower()), ("phone", phone_number)):
        if value:
            row = insert(Erased).values(
                business_id=current_business_id(), kind=kind, hash=_hash(kind, value), at=clock.now()
            )
            db.session.execute(row.on_conflict_do_nothing())


def is_forgotten(*, email: str = "", phone_number: str = "") -> bool:
    """Whether somebody with that address or number was erased here. Whoever books again by themselves may come."""
    asked = [_hash(kind, value) for kind, value in (("email", email.lower()), ("phone", phone_number)) if value]
    return bool(asked) and db.session.scalar(select(Erased.id).where(Erased.hash.in_(asked)).limit(1)) is not None


def forgotten_numbers(numbers: list[str]) -> set[str]:
    """Those of the numbers whose owners were erased; one statement."""
    by_hash = {_hash("phone", number): number for number in numbers if number}
    if not by_hash:
        return set()
    return {by_hash[one] for one in db.session.scalars(select(Erased.hash).where(Erased.hash.in_(list(by_hash))))}


def welcome_back(phone_number: str) -> None:
    """The owner of the number has said yes to hearing from the business again."""
    with transaction():
        db.session.execute(delete(Erased).where(Erased.hash == _hash("phone", phone_number)))


def _hash(kind: str, value: str) -> bytes:
    """Keyed, for numbers are few enough to be tried one by one, and different in each business."""
    said = f"{current_business_id()}\0{kind}\0{value}".encode()
    return hmac.new(b"erased-people:" + settings().secret_key.encode(), said, hashlib.sha256).digest()
