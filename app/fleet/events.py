"""Facts about cars, drivers and holds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from app.fleet.models import Hold
from app.kernel.events import Fact


@dataclass(frozen=True)
class HoldFact(Fact):
    """Something that happened to a hold."""

    hold_id: int
    public_id: str
    car: str
    car_id: int
    client: str
    starts_at: datetime
    ends_at: datetime
    how: str = ""

    @classmethod
    def of(cls, hold: Hold) -> "HoldFact":
        """The fact about that hold."""
        return cls(
            hold.id, hold.public_id, hold.car.public_id, hold.car_id, hold.client, hold.starts_at, hold.ends_at,
            hold.ended_how,
        )  # fmt: skip

    def about(self) -> list[str]:
        """The hold and its car."""
        return [f"hold:{self.hold_id}", f"car:{self.car_id}"]

    def heard_by(self) -> list[int]:
        """The user who holds it, where that is one."""
        kind, _colon, number = self.client.partition(":")
        return [int(number)] if kind == "user" and number.isdigit() else []

    def detail(self) -> dict[str, Any]:
        """Which car from when to when, and what became of the hold."""
        return {
            "id": self.public_id, "car": self.car, "from": self.starts_at.isoformat(), "to": self.ends_at.isoformat(),
        } | ({"how": self.how} if self.how else {})  # fmt: skip


@dataclass(frozen=True)
class HoldCreated(HoldFact):
    """A car is kept for somebody."""

    name: ClassVar[str] = "hold.created"


@dataclass(frozen=True)
class HoldReleased(HoldFact):
    """It is free again: given up, or the time ran out."""

    name: ClassVar[str] = "hold.released"


@dataclass(frozen=True)
class FleetChanged(Fact):
    """A car or a driver came, changed or went, or was put on or off the road."""

    name: ClassVar[str] = "fleet.changed"
    resource_id: int
    public_id: str
    kind: str
    what: str

    def about(self) -> list[str]:
        """The car or driver."""
        return [f"{self.kind}:{self.resource_id}"]

    def detail(self) -> dict[str, Any]:
        """Which one, and what was done."""
        return {"id": self.public_id, "kind": self.kind, "what": self.what}
