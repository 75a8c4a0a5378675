"""What happened to a thing, told from the facts that were announced about it: who, when, what.

The features whose facts they are say how each is told (`tells`); a page asks for `moments` of a marker.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.kernel.db import db
from app.kernel.events import Event

MOST = 200


@dataclass(frozen=True)
class Told:
    """A fact in words, with its icon and its tone (of `ui.ev`; empty for what is ordinary)."""

    icon: str
    title: Any
    body: Any = ""
    tone: str = ""


@dataclass(frozen=True)
class Moment:
    """A line of a timeline; `group` is what the fact's name begins with (`booking`, `email`)."""

    id: int
    at: datetime
    who: str
    group: str
    told: Told


Teller = Callable[[Event], Told | None]
_tellers: dict[str, Teller] = {}


def tells(*names: str) -> Callable[[Teller], Teller]:
    """The decorated function says facts of these names in words; None leaves one out."""

    def register(teller: Teller) -> Teller:
        _tellers.update(dict.fromkeys(names, teller))
        return teller

    return register


def moments(marker: str, *, group: str = "") -> list[Moment]:
    """What happened to the thing of that marker, newest first, at most 200; `group` keeps one kind of facts."""
    return moments_of([marker], group=group)


def moments_of(markers: Sequence[str], *, group: str = "") -> list[Moment]:
    """The same for several things at once, each moment told once."""
    return story_of(markers, group=group).moments


@dataclass(frozen=True)
class Story:
    """A page of a timeline; what came before begins below `earlier`, None where that is all."""

    moments: list[Moment]
    earlier: int | None


def story_of(markers: Sequence[str], *, group: str = "", before: int | None = None) -> Story:
    """What happened to several things, newest first, at most 200 moments; those below `before` where one asks."""
    rows = select(Event).where(Event.about.overlap(list(markers)), Event.name.in_(_names(group)))
    if before is not None:
        rows = rows.where(Event.id < before)
    events = db.session.scalars(rows.order_by(Event.id.desc()).limit(MOST + 1)).all()
    return Story(_told(events[:MOST]), events[MOST - 1].id if len(events) > MOST else None)


def _names(group: str) -> list[str]:
    return [name for name in _tellers if not group or name.startswith(f"{group}.")]


def _told(events: Sequence[Event]) -> list[Moment]:
    found = []
    for event in events:
        told = _tellers[event.name](event)
        if told is not None:
            found.append(Moment(event.id, event.at, _who(event), event.name.partition(".")[0], told))
    return found


def _who(event: Event) -> str:
    if event.actor_name:
        return event.actor_name
    return _("on the website") if event.actor_kind == "visitor" else ""
