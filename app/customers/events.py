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


@dataclass(frozen=True)
class CustomerChanged(CustomerFact):
    """What is written down about the customer changed; the values themselves are not kept here."""

    name: ClassVar[str] = "customer.changed"
    fields: tuple[str, ...] = ()

    def detail(self) -> dict[str, Any]:
        """Which fields."""
        return {"fields": list(self.fields)}


@dataclass(frozen=True)
class CustomerNoted(CustomerFact):
    """A colleague wrote a note."""

    name: ClassVar[str] = "customer.noted"
    note: str = ""

    def detail(self) -> dict[str, Any]:
        """The note."""
        return {"note": self.note}


@dataclass(frozen=True)
class CustomersMerged(CustomerFact):
    """Another customer became part of this one."""

    name: ClassVar[str] = "customer.merged"
    other: str = ""

    def detail(self) -> dict[str, Any]:
        """Who."""
        return {"other": self.other}


@dataclass(frozen=True)
class CustomersParted(CustomerFact):
    """A merge was undone."""

    name: ClassVar[str] = "customer.parted"
    other: str = ""

    def detail(self) -> dict[str, Any]:
        """Who."""
        return {"other": self.other}


@dataclass(frozen=True)
class CustomerErased(CustomerFact):
    """The person's data were erased."""

    name: ClassVar[str] = "customer.erased"
