"""What Kontor needs of whoever carries its text messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class OutgoingSms:
    """A finished message. `channel` is `sms` or `whatsapp`; `key` is our own id of it, `callback` where news go."""

    to: str
    body: str
    key: str
    channel: str = "sms"
    callback: str = ""


@dataclass(frozen=True)
class SmsReceipt:
    """The provider has it: its own id, the state as it calls it, and why it failed if it did."""

    id: str
    status: str = "queued"
    error_code: int | None = None


class SmsProvider(Protocol):
    """Sends text messages. Raises `kernel.http.ProviderError`; `sms_words.in_words(code)` says it to people."""

    name: str

    def send(self, sms: OutgoingSms) -> SmsReceipt:
        """Hand the message over. No provider knows a repeat from a second message: look first when in doubt."""
        ...

    def find(self, sms: OutgoingSms, since: datetime) -> Sequence[SmsReceipt]:
        """The messages with that text which the provider took for that number since then, the oldest first."""
        ...

    def ask(self, provider_id: str) -> SmsReceipt | None:
        """What became of a message; None when the provider does not know it."""
        ...
