"""Kinds of jobs: name, queue, patience. A feature declares its wishes; `tasks/` fulfils them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, TypeVar

QUEUES = ("mail", "sms", "bookings", "calendar", "import", "etl", "ai", "reports", "compliance", "onboarding", "crm")
#: Queues whose work people wait for.
PROMPT_QUEUES = frozenset({"mail", "sms", "bookings"})


class Lane(StrEnum):
    """How a job is carried: what people wait for, what may take its time, what only touches our own rows."""

    PROMPT = "prompt"
    STEADY = "steady"
    LIGHT = "light"


@dataclass(frozen=True)
class JobKind:
    """A wish that may be had of the worker.

    `give_up` is how long passing errors are tried again, `most_attempts` ends it sooner; `delays` are the seconds before
    each further try, where they are not 5 s · 2ⁿ with jitter, at most 15 min.
    """

    name: str
    queue: str
    title: Any = ""
    lane: Lane | None = None
    give_up: timedelta = timedelta(hours=24)
    delays: tuple[float, ...] = ()
    most_attempts: int | None = None

    def __post_init__(self) -> None:
        if self.queue not in QUEUES:
            raise ValueError(f"unknown queue {self.queue}")
        KINDS[self.name] = self

    @property
    def travels_in(self) -> Lane:
        """The lane its jobs take."""
        return self.lane or (Lane.PROMPT if self.queue in PROMPT_QUEUES else Lane.STEADY)


KINDS: dict[str, JobKind] = {}
Handler = TypeVar("Handler", bound=Callable[..., None])
HANDLERS: dict[str, Callable[..., None]] = {}
GIVEN_UP: dict[str, Callable[..., None]] = {}


def handles(kind: JobKind) -> Callable[[Handler], Handler]:
    """The decorated function does jobs of this kind; it takes the payload's names and returns nothing."""

    def register(handler: Handler) -> Handler:
        if kind.name in HANDLERS and HANDLERS[kind.name] is not handler:
            raise RuntimeError(f"two handlers for {kind.name}")
        HANDLERS[kind.name] = handler
        return handler

    return register


def when_given_up(kind: JobKind) -> Callable[[Handler], Handler]:
    """The decorated function hears, in the transaction that fails the job, that such a job was given up.

    It takes the payload's names and `words`, `code`.
    """

    def register(listener: Handler) -> Handler:
        GIVEN_UP[kind.name] = listener
        return listener

    return register
