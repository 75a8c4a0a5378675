"""What jobs are about, in words: features above say how their things are called, found and mended.

    about.describe_with("booking", names_of_bookings, find=bookings_like)     # at import, in a module the factory loads
    about.mend_with("no_such_mailbox", _l("Correct the address"), "email")

A job's markers are `booking:12`, `customer:3`, `email:9`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.kernel.tenancy import current_business_id, within

#: The inner ids that exist in the business in scope, each with its name and its page's address.
Describe = Callable[[list[int]], dict[int, tuple[str, str]]]
#: The inner ids of what may be meant by words that a person typed, the likeliest first.
Find = Callable[[str], list[int]]
MOST_FOUND = 100


@dataclass(frozen=True)
class Thing:
    """Something that a job is about."""

    marker: str
    label: str
    url: str

    @property
    def kind(self) -> str:
        """`booking`, `customer`, `email`."""
        return self.marker.partition(":")[0]


@dataclass(frozen=True)
class Remedy:
    """What a person can do about a cause, at the page of the thing of that kind."""

    label: Any
    kind: str


_describers: dict[str, Describe] = {}
_finders: dict[str, Find] = {}
_remedies: dict[str, Remedy] = {}


def describe_with(kind: str, describe: Describe, *, find: Find | None = None) -> None:
    """Let `describe` name things of that kind, many at once, and `find` look them up by words."""
    _describers[kind] = describe
    if find is not None:
        _finders[kind] = find


def mend_with(code: str, label: Any, kind: str) -> None:
    """A failure with that code is mended at the page of the `kind` it is about, under a button with that label."""
    _remedies[code] = Remedy(label, kind)


def described(markers: Iterable[str]) -> dict[str, Thing]:
    """The things of these markers that there still are: one look-up a kind, however many there are."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for marker in markers:
        kind, _, number = marker.partition(":")
        if kind in _describers and number.isdigit():
            wanted[kind].add(int(number))
    found = {}
    with within(current_business_id()):
        for kind, ids in wanted.items():
            for inner_id, (label, url) in _describers[kind](sorted(ids)).items():
                marker = f"{kind}:{inner_id}"
                found[marker] = Thing(marker, label, url)
    return found


def markers_like(words: str) -> list[str]:
    """The markers of things that people call so."""
    with within(current_business_id()):
        return [f"{kind}:{number}" for kind, find in _finders.items() for number in find(words)[:MOST_FOUND]]


def remedy(code: str, things: Iterable[Thing]) -> tuple[Any, str] | None:
    """The label and the address of what helps against a cause; None where only another try does."""
    known = _remedies.get(code)
    if known is None:
        return None
    return next(((known.label, thing.url) for thing in things if thing.kind == known.kind), None)
