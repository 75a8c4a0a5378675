"""What a marker stands for (`booking:12`, `customer:3`, `email:9`), in words and with a link.

Low floors keep markers, because they know nothing of what stands above them; the features above offer how theirs are
named (`named_by`) and how one is found by what a person types (`found_by`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """A thing on a page: its name and its address; `facts` are what programs are told (`{"bookingId": …}`)."""

    marker: str
    words: str
    url: str
    facts: tuple[tuple[str, str], ...] = ()


Namer = Callable[[Collection[int]], Iterable[Subject]]
Finder = Callable[[str], Iterable[str]]
_namers: dict[str, Namer] = {}
_finders: dict[str, Finder] = {}


def named_by(kind: str, namer: Namer) -> None:
    """`namer(ids)` names the things of that kind, in one statement; those it may not show are left out."""
    _namers[kind] = namer


def found_by(kind: str, finder: Finder) -> None:
    """`finder(typed)` answers the markers of the things that were meant exactly (a booking's reference)."""
    _finders[kind] = finder


def named(markers: Iterable[str]) -> dict[str, Subject]:
    """Marker → what it stands for, one statement for each kind; markers that nobody can name are left out."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for marker in markers:
        kind, _colon, number = marker.partition(":")
        if kind in _namers and number.isdigit():
            wanted[kind].add(int(number))
    return {subject.marker: subject for kind, ids in wanted.items() for subject in _namers[kind](ids)}


def found(typed: str) -> list[str]:
    """The markers of what a person meant exactly by what was typed."""
    return [marker for finder in _finders.values() for marker in finder(typed)]
