"""Facts about bookings."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.bookings.models import Booking
from app.kernel.events import Fact, announce


@dataclass(frozen=True)
class BookingFact(Fact):
    """Something that happened to a booking."""

    booking_id: int
    customer_id: int
    reference: str
    public_id: str
    booked_by: int | None = None
    what: dict[str, Any] = field(default_factory=dict)
    #: Further users outside the office who may hear of it: the driver.
    also: tuple[int, ...] = ()

    @classmethod
    def of(cls, booking: Booking, **what: Any) -> "BookingFact":
        """The fact about that booking, with what is worth keeping (`before`, `after`, `reason`)."""
        return cls(booking.id, booking.customer_id, booking.reference, booking.public_id, booking.booked_by, what)

    def about(self) -> list[str]:
        """The booking and its customer."""
        return [f"booking:{self.booking_id}", f"customer:{self.customer_id}"]

    def heard_by(self) -> list[int]:
        """The customer's own account, and the driver's."""
        return ([self.booked_by] if self.booked_by is not None else []) + list(self.also)

    def detail(self) -> dict[str, Any]:
        """Which booking, and what changed."""
        return {"reference": self.reference, "id": self.public_id, **self.what}


@dataclass(frozen=True)
class BookingReceived(BookingFact):
    """Somebody booked."""

    name: ClassVar[str] = "booking.created"


@dataclass(frozen=True)
class BookingConfirmed(BookingFact):
    """The office said yes."""

    name: ClassVar[str] = "booking.confirmed"


@dataclass(frozen=True)
class BookingAssigned(BookingFact):
    """A crew has it."""

    name: ClassVar[str] = "booking.assigned"


@dataclass(frozen=True)
class BookingChanged(BookingFact):
    """Its facts or its state changed."""

    name: ClassVar[str] = "booking.changed"


@dataclass(frozen=True)
class BookingNoted(BookingFact):
    """A colleague wrote a note; nobody outside the office hears of it."""

    name: ClassVar[str] = "booking.noted"

    def heard_by(self) -> list[int]:
        """Nobody but the office."""
        return []


@dataclass(frozen=True)
class BookingOnTheWay(BookingFact):
    """Whoever does it has set out."""

    name: ClassVar[str] = "booking.on_the_way"


@dataclass(frozen=True)
class BookingExtraAgreed(BookingFact):
    """More work was agreed on the spot, and signed."""

    name: ClassVar[str] = "booking.extra_agreed"


@dataclass(frozen=True)
class BookingCancelled(BookingFact):
    """It was cancelled."""

    name: ClassVar[str] = "booking.cancelled"


@dataclass(frozen=True)
class BookingExpired(BookingFact):
    """Nobody confirmed it in time."""

    name: ClassVar[str] = "booking.expired"


@dataclass(frozen=True)
class BookingPhotographed(BookingFact):
    """A photo was taken on the job."""

    name: ClassVar[str] = "booking.photographed"


@dataclass(frozen=True)
class CarFact(BookingFact):
    """Something that happened to the car of a booking."""

    car_id: int = 0

    @classmethod
    def announce_of(cls, booking: Booking, car_id: int, what: dict[str, Any]) -> None:
        """Announce it of that booking and that car."""
        announce(
            cls(
                booking.id, booking.customer_id, booking.reference, booking.public_id, booking.booked_by, what,
                car_id=car_id,
            )
        )  # fmt: skip

    def about(self) -> list[str]:
        """The booking, its customer and the car."""
        return [*super().about(), f"car:{self.car_id}"]


@dataclass(frozen=True)
class CarHandedOut(CarFact):
    """The car went out."""

    name: ClassVar[str] = "booking.car_out"


@dataclass(frozen=True)
class CarTakenBack(CarFact):
    """The car came back."""

    name: ClassVar[str] = "booking.car_back"
