"""What Kontor needs of whoever writes texts, and what it asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Place:
    """Where somebody moves to, or where something is done. Towns only: no street, no name, no wish of the customer."""

    town: str
    language: str = "en"
    from_town: str = ""
    service: str = "move"
    #: Whether it is still to be done, or was done yesterday.
    moment: Literal["before", "after"] = "before"


@dataclass(frozen=True)
class Text:
    """A finished plain text, and how it came about; `reason` says why it is not the model's (a code of `reasons`)."""

    paragraph: str
    source: Literal["ai", "built_in"]
    reason: str = ""
    model: str = ""
    cost_micros: int = 0
    milliseconds: int = 0


@dataclass(frozen=True)
class Wish:
    """What a model is asked: our instructions, the data as data, and the shape that the answer must have."""

    purpose: str
    instructions: str
    data: Mapping[str, str]
    schema: Mapping[str, Any]
    most_tokens: int = 2000


@dataclass(frozen=True)
class Draft:
    """What a model answered, unchecked."""

    content: str
    model: str
    tokens_in: int = 0
    tokens_out: int = 0


class TextWriter(Protocol):
    """Answers a wish. Raises `kernel.http.ProviderError`; never has tools and never decides anything."""

    name: str
    model: str

    def write(self, wish: Wish) -> Draft:
        """The answer, whole and not refused."""
        ...
