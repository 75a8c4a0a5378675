"""Facts about mails."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.kernel.events import Fact
from app.messaging.models import EmailLog


@dataclass(frozen=True)
class EmailFact(Fact):
    """A mail moved to another state."""

    email_id: int
    public_id: str
    kind: str
    markers: tuple[str, ...] = field(default=())
    words: str = ""

    @classmethod
    def of(cls, email: EmailLog, words: str = "") -> "EmailFact":
        """The fact about that mail."""
        return cls(email.id, email.public_id, email.kind, tuple(email.about), words)

    def about(self) -> list[str]:
        """The mail and what it speaks of."""
        return [f"email:{self.email_id}", *self.markers]

    def detail(self) -> dict[str, Any]:
        """Which mail, and what was said."""
        return {"id": self.public_id, "kind": self.kind, "words": self.words}


@dataclass(frozen=True)
class EmailQueued(EmailFact):
    """A mail was asked for."""

    name: ClassVar[str] = "email.queued"


@dataclass(frozen=True)
class EmailSent(EmailFact):
    """The provider took it."""

    name: ClassVar[str] = "email.sent"


@dataclass(frozen=True)
class EmailDelivered(EmailFact):
    """It is in the mailbox."""

    name: ClassVar[str] = "email.delivered"


@dataclass(frozen=True)
class EmailOpened(EmailFact):
    """It was opened."""

    name: ClassVar[str] = "email.opened"


@dataclass(frozen=True)
class EmailBounced(EmailFact):
    """It came back."""

    name: ClassVar[str] = "email.bounced"


@dataclass(frozen=True)
class EmailComplained(EmailFact):
    """Its reader called it spam."""

    name: ClassVar[str] = "email.complained"


@dataclass(frozen=True)
class EmailFailed(EmailFact):
    """It could not be sent."""

    name: ClassVar[str] = "email.failed"


@dataclass(frozen=True)
class EmailHeld(EmailFact):
    """It is kept back."""

    name: ClassVar[str] = "email.held"


@dataclass(frozen=True)
class EmailHandled(EmailFact):
    """A person has dealt with what went wrong."""

    name: ClassVar[str] = "email.handled"


@dataclass(frozen=True)
class EmailDelayed(EmailFact):
    """It will be tried again."""

    name: ClassVar[str] = "email.delayed"
