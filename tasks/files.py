"""The worker's door to files."""

from app.files import stored
from app.files.jobs import FORGET
from app.jobs.kinds import handles


@handles(FORGET)
def forget(place: str) -> None:
    """Take away bytes that no row names any more."""
    stored.forget(place)
