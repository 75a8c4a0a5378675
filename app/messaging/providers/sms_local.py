"""No provider at all: the SMS log is the telephone, and the office's outbox page plays the network."""

from collections.abc import Sequence
from datetime import datetime

from app.messaging.providers.sms_contract import OutgoingSms, SmsReceipt


class LocalSms:
    """Keeps messages here. A real one, for development, trials and tests: what was sent can be read in the log."""

    name = "local"

    def send(self, sms: OutgoingSms) -> SmsReceipt:
        """Nothing to carry anywhere; the id is made of the key, so that two tries are one message."""
        return SmsReceipt(id=f"local-{sms.key}", status="sent")

    def find(self, sms: OutgoingSms, since: datetime) -> Sequence[SmsReceipt]:
        """The message itself: here it is where it was put, however often it is tried."""
        return (self.send(sms),)

    def ask(self, provider_id: str) -> SmsReceipt | None:
        """Nobody knows more than the log."""
        return None
