"""The worker's door to customers."""

from app.customers import search
from app.customers.jobs import INDEX_MISSING
from app.jobs.kinds import handles


@handles(INDEX_MISSING)
def index_missing() -> None:
    """Make what those customers are found by who have nothing yet."""
    search.index_missing()
