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

    `give_up` is how long passing errors are tried again, `most_attempts` ends it sooner; `delays` are the seconds
    before each further try, where they are not 5 s · 2ⁿ with jitter, at most 15 min. A kind of the light lane is done
    together with the note that it is done, in one transaction: its handler writes rows and wishes and calls nobody.
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
        if self.name in KINDS:
            raise ValueError(f"two kinds of jobs are named {self.name}")
        KINDS[self.name] = self

    @property
    def travels_in(self) -> Lane:
        """The lane its jobs take."""
        return self.lane or (Lane.PROMPT if self.queue in PROMPT_QUEUES else Lane.STEADY)


KINDS: dict[str, JobKind] = {}
Handler = TypeVar("Handler", bound=Callable[..., None])
HANDLERS: dict[str, Callable[..., None]] = {}
GIVEN_UP: dict[str, Callable[..., None]] = {}
TRIED_AGAIN: dict[str, Callable[[list[dict[str, Any]]], None]] = {}


def handles(kind: JobKind) -> Callable[[Handler], Handler]:
    """The decorated function does jobs of this kind; it takes the payload's names and returns nothing."""
    return _register(HANDLERS, kind)


def when_given_up(kind: JobKind) -> Callable[[Handler], Handler]:
    """The decorated function hears, in the transaction that fails the job, that such a job was given up.

    It takes the payload's names and `words`, `code`. When it raises, what it wrote is undone and the job fails all the
    same.
    """
    return _register(GIVEN_UP, kind)


def when_tried_again(kind: JobKind) -> Callable[[Handler], Handler]:
    """The decorated function hears, in the same transaction, that a person wants given-up jobs to be tried again.

    It takes a list of payloads, for thousands may be tried again at once, and undoes what `when_given_up` did: without
    it the handler would find its row marked failed and do nothing.
    """
    return _register(TRIED_AGAIN, kind)


def _register(place: dict[str, Any], kind: JobKind) -> Callable[[Handler], Handler]:
    def register(function: Handler) -> Handler:
        if place.get(kind.name, function) is not function:
            raise RuntimeError(f"{kind.name} has that already")
        place[kind.name] = function
        return function

    return register
