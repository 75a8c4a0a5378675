"""Texts for customers: the model's when it is there, quick and sensible, else our own."""

from dataclasses import dataclass

from app.ai import built_in, prompts
from app.ai.checks import Odd, checked
from app.ai.contract import Draft, Place, Text, Wish
from app.ai.models import AiCall
from app.ai.providers.choice import text_writer
from app.ai.towns import plain_town
from app.kernel import clock
from app.kernel.config import settings
from app.kernel.db import add, transaction
from app.kernel.http import ProviderError

# Millionths of a dollar for a token in and out, by the beginning of the model's name: an estimate, no invoice.
_PRICES = (
    ("gpt-5-nano", 0.05, 0.40),
    ("gpt-5-mini", 0.25, 2.00),
    ("gpt-5", 1.25, 10.00),
    ("gpt-4.1-nano", 0.10, 0.40),
    ("gpt-4.1-mini", 0.40, 1.60),
    ("gpt-4.1", 2.00, 8.00),
    ("gpt-4o-mini", 0.15, 0.60),
    ("gpt-4o", 2.50, 10.00),
)


def about_place(place: Place, reference: str, *, allowed: bool = True, about: str = "") -> Text:
    """A paragraph of plain text about where somebody moves to; always one, never an error, outside any transaction.

    `reference` varies the built-in texts, `allowed` is the business's own switch, `about` (`booking:12`) goes to the
    log of calls. The source and the reason for a built-in text come with it.
    """
    writer = text_writer()
    reason = _why_not(place, writer is not None, allowed)
    if writer is None or reason:
        return built_in_text(place, reference, reason)
    wish = prompts.about_place(place)
    call = _Call(wish, about, writer.model, started=clock.monotonic())
    try:
        draft = writer.write(wish)
    except ProviderError as error:
        if not error.waiting:
            call.log("failed", error.code)
        return built_in_text(place, reference, error.code)
    return _weighed(call, draft, place, reference)


def _weighed(call: "_Call", draft: Draft, place: Place, reference: str) -> Text:
    call.draft = draft
    try:
        paragraph = checked(draft, call.wish)
    except Odd as odd:
        call.log("odd", odd.code)
        return built_in_text(place, reference, odd.code)
    row = call.log("used", "")
    return Text(paragraph, "ai", model=row.model, cost_micros=row.cost_micros, milliseconds=row.milliseconds)


def _why_not(place: Place, has_writer: bool, allowed: bool) -> str:
    if not has_writer:
        return "dry_run" if settings().is_dry else "no_key"
    if not allowed:
        return "switched_off"
    return "" if plain_town(place.town) else "no_town"


def built_in_text(place: Place, reference: str, reason: str) -> Text:
    """Our own paragraph at once, without asking anybody; `reason` goes into the log."""
    return Text(built_in.paragraph(place, reference), "built_in", reason)


@dataclass
class _Call:
    """A call under way, and its row in the log afterwards."""

    wish: Wish
    about: str
    model: str
    started: float
    draft: Draft | None = None

    def log(self, outcome: str, reason: str) -> AiCall:
        """Write the row, in a transaction of its own."""
        draft = self.draft or Draft("", self.model)
        with transaction():
            return add(
                AiCall(
                    purpose=self.wish.purpose,
                    about=self.about[:60],
                    model=draft.model[:100],
                    outcome=outcome,
                    reason=reason,
                    prompt_hash=prompts.fingerprint(self.wish),
                    characters_in=len(self.wish.instructions) + len(prompts.as_data(self.wish.data)),
                    characters_out=len(draft.content),
                    tokens_in=draft.tokens_in,
                    tokens_out=draft.tokens_out,
                    cost_micros=_cost(draft),
                    milliseconds=round((clock.monotonic() - self.started) * 1000),
                )
            )


def _cost(draft: Draft) -> int:
    for name, price_in, price_out in _PRICES:
        if draft.model.startswith(name):
            return round(draft.tokens_in * price_in + draft.tokens_out * price_out)
    return 0
