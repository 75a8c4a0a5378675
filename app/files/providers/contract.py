"""What a place for files has to offer; names are made by us, and say nothing of what they name."""

from typing import Protocol


class FilePlace(Protocol):
    """Keeps bytes under a name. What cannot be done is a ProviderError."""

    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Keep it; once this returns, it stays."""

    def get(self, name: str) -> bytes | None:
        """The bytes; None where there are none of that name."""

    def drop(self, name: str) -> None:
        """Take it away; asked twice, it stays away."""
