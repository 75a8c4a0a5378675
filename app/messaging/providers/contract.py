"""What Kontor needs of whoever carries its mails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Attachment:
    """A file that goes along; with a `content_id` it is a picture inside the HTML (`cid:…`)."""

    filename: str
    content_type: str
    content: bytes
    content_id: str | None = None


@dataclass(frozen=True)
class OutgoingMail:
    """A finished mail. Nothing in it may differ between two tries, or the provider takes them for two mails."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """The provider took it: its own id of the mail, by which later news is recognised."""

    id: str
    status: Literal["sent"] = "sent"


class MailProvider(Protocol):
    """Sends one mail. Raises `kernel.http.ProviderError`; `words.in_words(code)` says it to people."""

    name: str

    def send(self, mail: OutgoingMail, key: str) -> Receipt:
        """Hand the mail over; the same `key` (1 to 256 characters) on every try of the same mail sends it once."""
        ...
