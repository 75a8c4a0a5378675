"""Facts about invites and text messages."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.kernel.events import Fact
from app.messaging.sms_models import Sms


@dataclass(frozen=True)
class SmsFact(Fact):
    """A message moved to another state."""

    sms_id: int
    public_id: str
    kind: str
    markers: tuple[str, ...] = field(default=())
    words: str = ""
    code: str = ""

    @classmethod
    def of(cls, sms: Sms) -> "SmsFact":
        """The fact about that message."""
        return cls(sms.id, sms.public_id, sms.kind, tuple(sms.about), sms.words, sms.code)

    def about(self) -> list[str]:
        """The message and what it speaks of."""
        return [f"sms:{self.sms_id}", *self.markers]

    def detail(self) -> dict[str, Any]:
        """Which message, and what was said."""
        return {"id": self.public_id, "kind": self.kind, "words": self.words, "code": self.code}


@dataclass(frozen=True)
class InviteQueued(SmsFact):
    """An invite was asked for."""

    name: ClassVar[str] = "invite.queued"


@dataclass(frozen=True)
class InviteSent(SmsFact):
    """The provider took it."""

    name: ClassVar[str] = "invite.sent"


@dataclass(frozen=True)
class InviteDelivered(SmsFact):
    """It is on the telephone."""

    name: ClassVar[str] = "invite.delivered"


@dataclass(frozen=True)
class InviteUndelivered(SmsFact):
    """The network could not hand it over."""

    name: ClassVar[str] = "invite.undelivered"


@dataclass(frozen=True)
class InviteFailed(SmsFact):
    """It could not be sent."""

    name: ClassVar[str] = "invite.failed"


@dataclass(frozen=True)
class InviteHeld(SmsFact):
    """It is kept back."""

    name: ClassVar[str] = "invite.held"


@dataclass(frozen=True)
class InviteDelayed(SmsFact):
    """It will be tried again."""

    name: ClassVar[str] = "invite.delayed"


@dataclass(frozen=True)
class InviteVisited(SmsFact):
    """Its short link was opened for the first time."""

    name: ClassVar[str] = "invite.visited"


@dataclass(frozen=True)
class NumberFact(Fact):
    """Something about what may be sent to a customer's number; without the number itself."""

    customer_ids: tuple[int, ...]
    source: str

    def about(self) -> list[str]:
        """The customers with that number."""
        return [f"customer:{customer_id}" for customer_id in self.customer_ids]

    def detail(self) -> dict[str, Any]:
        """How we know."""
        return {"source": self.source}


@dataclass(frozen=True)
class InvitesStopped(NumberFact):
    """A customer wants no more invites."""

    name: ClassVar[str] = "invite.stopped"


@dataclass(frozen=True)
class InvitesAllowed(NumberFact):
    """A customer wants invites again."""

    name: ClassVar[str] = "invite.allowed"


@dataclass(frozen=True)
class InviteAnswered(NumberFact):
    """A customer wrote back something that is no STOP, START or HELP."""

    name: ClassVar[str] = "invite.answered"


@dataclass(frozen=True)
class SubscriptionChanged(Fact):
    """A business was put on another plan, or its end was moved."""

    name: ClassVar[str] = "subscription.changed"
    business_id: int
    before: str
    after: str
    ends_at: str = ""

    def about(self) -> list[str]:
        """The business's subscription."""
        return [f"subscription:{self.business_id}"]

    def detail(self) -> dict[str, Any]:
        """From what to what."""
        return {"before": self.before, "after": self.after, "endsAt": self.ends_at}


@dataclass(frozen=True)
class BatchMoved(Fact):
    """Invites to many customers came a step further."""

    name: ClassVar[str] = "invite.batch"
    batch_id: int
    public_id: str
    state: str

    def about(self) -> list[str]:
        """The batch."""
        return [f"batch:{self.batch_id}"]

    def detail(self) -> dict[str, Any]:
        """Which one, and how far it is."""
        return {"id": self.public_id, "state": self.state}
