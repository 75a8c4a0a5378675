"""The worker's door to accounts."""

from app.identity import retention
from app.identity.jobs import FORGET_OLD
from app.jobs.kinds import handles


@handles(FORGET_OLD)
def forget_old() -> None:
    """Delete what lets nobody in any more."""
    retention.forget_old()
