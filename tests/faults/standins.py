"""Stand-ins as the fault tests need them, and what they can tell about what they took."""

from collections import Counter

from tests.standins.resend import ResendStandIn
from tests.standins.resend_rules import first, plain_address
from tests.standins.server import Call, Reply


class SlowResend(ResendStandIn):
    """Takes a mail at once and says so `latency` seconds later, so that there is a time between the two to die in."""

    def __init__(self) -> None:
        super().__init__()
        self.latency = 0.0

    @property
    def settings(self) -> dict[str, str]:
        """The settings that lead Kontor here."""
        return {"RESEND_API_KEY": "re_standin", "RESEND_BASE_URL": self.url}

    def respond(self, call: Call) -> Reply:
        reply = super().respond(call)
        self.stopped.wait(self.latency)
        return reply

    @property
    def count(self) -> int:
        """How many mails were taken."""
        return len(self.sent)

    def per_address(self) -> Counter[str]:
        """How many mails each address was sent."""
        return Counter(plain_address(first(mail["payload"]["to"])) for mail in list(self.sent))

    def sent_twice(self) -> list[str]:
        """The addresses that were sent more than one mail."""
        return [address for address, count in self.per_address().items() if count > 1]
