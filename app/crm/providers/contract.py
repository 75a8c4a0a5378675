"""What a system that is told of customers and bookings has to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Told:
    """The other side has it."""

    status: int
    #: What it calls the thing, where it says so.
    outside_id: str = ""


class Listener(Protocol):
    """Somebody who hears of it. Told twice under one event id, it is as if it was told once."""

    def tell(self, event: str, event_id: str, at: datetime, body: Mapping[str, Any]) -> Told:
        """Tell it; ProviderError where that does not work out."""
