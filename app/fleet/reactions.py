"""What the fleet does about facts of its own: what was remembered of free cars is forgotten."""

from app.fleet import remembered
from app.fleet.events import FleetChanged, HoldCreated, HoldReleased
from app.kernel.db import after_commit
from app.kernel.events import Fact, on
from app.kernel.tenancy import current_business_id


def forget_what_was_free(_: Fact) -> None:
    """Ask the database again, once this is committed."""
    here = current_business_id()
    after_commit(lambda: remembered.forget(here))


_CHANGES: tuple[type[Fact], ...] = (HoldCreated, HoldReleased, FleetChanged)
for _change in _CHANGES:
    on(_change)(forget_what_was_free)
