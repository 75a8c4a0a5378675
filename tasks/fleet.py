"""The worker's door to cars and holds."""

from app.fleet import holds
from app.fleet.jobs import RELEASE_HOLD, RELEASE_LAPSED
from app.jobs.kinds import handles


@handles(RELEASE_HOLD)
def release_hold(hold_id: int) -> None:
    """Note that a hold's time is over."""
    holds.expire(hold_id)


@handles(RELEASE_LAPSED)
def release_lapsed() -> None:
    """Note it of all holds whose own job was lost."""
    holds.expire_lapsed()
