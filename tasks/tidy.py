"""The worker's door to the queue's own chores."""

from app.jobs import choices, retention
from app.jobs.chores import FORGET_OLD, RETRY_MATCHING
from app.jobs.kinds import handles


@handles(FORGET_OLD)
def forget_old() -> None:
    """Delete what is too old to keep."""
    retention.forget_old()


@handles(RETRY_MATCHING)
def retry_matching(choice: dict[str, str], with_shared: bool, before: str) -> None:
    """Put all failed jobs back that a person chose."""
    choices.retry_rest(choice, with_shared, before)
