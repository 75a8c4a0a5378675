"""What a process believes for a few seconds of rows that each request asks for and that hardly ever change."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from app.kernel import clock

Value = TypeVar("Value")

#: How long what was read is believed, in seconds.
BELIEVED = 5.0
_MOST = 1_000
_all: list["Believed[object]"] = []


class Believed(Generic[Value]):
    """Values by key, each read anew when it is older than a few seconds. Plain values only, no rows of a session."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[float, Value]] = {}
        _all.append(self)  # type: ignore[arg-type]  # only ever emptied through the list

    def get(self, key: Hashable, read: Callable[[], Value]) -> Value:
        """The value of that key; `read` is asked when it is not known or no longer believed."""
        known = self._known.get(key)
        if known is not None and clock.monotonic() - known[0] < BELIEVED:
            return known[1]
        if len(self._known) > _MOST:
            self._known.clear()
        if known is not None:  # one reads; under a crowd the others go on with what was known
            self._known[key] = clock.monotonic(), known[1]
        found = read()
        self._known[key] = clock.monotonic(), found
        return found

    def forget(self) -> None:
        """Read everything anew; called when something was changed here."""
        self._known.clear()


def forget_all() -> None:
    """Believe nothing any more."""
    for one in _all:
        one.forget()
