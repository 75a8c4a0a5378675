"""The worker's door to other systems."""

from app.crm import pushes
from app.crm.jobs import FORGET_OLD, PUSH
from app.jobs.kinds import handles


@handles(PUSH)
def push(push_id: int) -> None:
    """Tell another system once."""
    pushes.send(push_id)


@handles(FORGET_OLD)
def forget_old() -> None:
    """Delete what went out long ago."""
    pushes.forget_old()
