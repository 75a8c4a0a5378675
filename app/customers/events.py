"""Facts about customers."""

from dataclasses import dataclass
from typing import Any, ClassVar

from app.kernel.events import Fact


@dataclass(frozen=True)
class CustomerFact(Fact):
    """Something that happened to a customer."""

    customer_id: int

    def about(self) -> list[str]:
        """The customer."""
        return [f"customer:{self.customer_id}"]


@dataclass(frozen=True)
class CustomerCreated(CustomerFact):
    """Somebody new."""

    name: ClassVar[str] = "customer.created"


@dataclass(frozen=True)
class AddressCorrected(CustomerFact):
    """The e-mail address was corrected; mail may go there again."""

    name: ClassVar[str] = "customer.address_corrected"
    about_also: tuple[str, ...] = ()

    def about(self) -> list[str]:
        """The customer and what the correction was made from."""
        return [f"customer:{self.customer_id}", *self.about_also]


@dataclass(frozen=True)
class AddressTroubled(CustomerFact):
    """Mail to the address came back, or its owner called it spam."""

    name: ClassVar[str] = "customer.address_troubled"
    trouble: str = ""

    def detail(self) -> dict[str, Any]:
        """What it was."""
        return {"trouble": self.trouble}
