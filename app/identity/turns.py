"""One at a time: those who want the same thing wait for each other, for as long as their transactions last."""

from sqlalchemy import func, select

from app.identity.passwords import digest
from app.kernel.db import db


def take_turn(mark: str) -> None:
    """Wait until no other open transaction has taken a turn for the same mark; many marks: always in the same order."""
    number = int.from_bytes(digest(mark)[:8], "big", signed=True)
    db.session.execute(select(func.pg_advisory_xact_lock(number)))
