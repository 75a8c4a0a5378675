"""Money: decimals with a currency, never floats."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Money:
    """An amount in whole hundredths of its currency (`SEK`, `DKK`, `EUR`)."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", self.amount.quantize(Decimal("0.01"), ROUND_HALF_UP))

    def as_json(self) -> dict[str, str]:
        """`{"amount": "1250.00", "currency": "SEK"}`."""
        return {"amount": str(self.amount), "currency": self.currency}
