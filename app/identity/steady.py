"""Answers that take the same time whatever they found, so that time tells nothing about who exists."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.kernel import clock

#: Longer than the work itself takes on a machine that is not overloaded.
STEADY_SECONDS = 0.25


@contextmanager
def steady(seconds: float = STEADY_SECONDS) -> Iterator[None]:
    """What is inside takes at least `seconds`; never used while a transaction is open."""
    began = clock.monotonic()
    try:
        yield
    finally:
        clock.sleep(max(0.0, began + seconds - clock.monotonic()))
