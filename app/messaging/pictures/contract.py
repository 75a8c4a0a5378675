"""What Kontor needs of whoever has pictures of places."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Picture:
    """A picture ready to go into a mail, with what its maker is owed: name, page and provider stand beneath it.

    `credit` is the photographer's name for "Photo by … on Pexels"; `alt` says what is to be seen and is never empty.
    """

    content: bytes
    content_type: str
    alt: str
    credit: str
    credit_url: str
    provider: str
    provider_url: str


@dataclass(frozen=True)
class Found:
    """A picture, or none and why (a code of `reasons`): a mail never waits for one."""

    picture: Picture | None
    reason: str = ""


class PictureProvider(Protocol):
    """Looks for a picture of a town. Raises `kernel.http.ProviderError`."""

    name: str

    def find(self, town: str) -> Picture | None:
        """A picture of that town, or None when the provider has none."""
        ...
