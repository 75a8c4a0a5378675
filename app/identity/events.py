"""Facts about accounts."""

from dataclasses import dataclass
from typing import ClassVar

from app.kernel.events import Fact


@dataclass(frozen=True)
class AddressProved(Fact):
    """Somebody pressed a link that was mailed to the account's address: the address is theirs."""

    name: ClassVar[str] = "account.address_proved"
    user_id: int
    public_id: str
    #: For whoever reacts; it is not written down.
    email: str

    def about(self) -> list[str]:
        """The account."""
        return [f"user:{self.public_id}"]
