"""Facts: what has happened, told to whoever stands above, written where it happened.

A fact is a row of the same transaction: the timeline of a booking, the live events and the business's history are read
from it. Reactions (`@on`) run in that transaction too, so they only write rows and wishes.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.access import current_actor
from app.kernel.db import after_commit, db
from app.kernel.tenancy import BusinessOwned, current_business_id
from app.kernel.trace import current_request_id


class Event(BusinessOwned, db.Model):
    """A fact as a row."""

    __tablename__ = "events"
    __extra_args__ = (
        Index("ix_events_about", "about", postgresql_using="gin"),
        Index("ix_events_business_id_id_desc", "business_id", db.text("id DESC")),
        Index("ix_events_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    #: What it is about: `booking:12`, `customer:3`, `email:9`.
    about: Mapped[list[str]] = mapped_column(ARRAY(String(60)), default=list)
    #: Users outside the office who may hear of it.
    hears: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    #: Plain values for the timeline and for pages that listen; no contact data.
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    actor_kind: Mapped[str] = mapped_column(String(20), default="system")
    actor_user_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    request_id: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)


@dataclass(frozen=True)
class Fact:
    """Something that has happened; `name` is what live listeners know it by (`booking.created`)."""

    name: ClassVar[str] = ""

    def about(self) -> list[str]:
        """The things whose timeline it stands on."""
        return []

    def heard_by(self) -> list[int]:
        """Users outside the office who may hear of it."""
        return []

    def detail(self) -> dict[str, Any]:
        """Plain values worth keeping; `id` and `reference` tell listeners what to fetch again."""
        return {}


FactType = TypeVar("FactType", bound=Fact)
Reaction = Callable[[Any], None]

_reactions: dict[type[Fact], list[Reaction]] = defaultdict(list)
_bells: list[Callable[[int], None]] = []


def on(fact: type[FactType]) -> Callable[[Callable[[FactType], None]], Callable[[FactType], None]]:
    """Run the decorated function inside the transaction that announces such a fact."""

    def register(reaction: Callable[[FactType], None]) -> Callable[[FactType], None]:
        _reactions[fact].append(reaction)
        return reaction

    return register


def ring_with(bell: Callable[[int], None]) -> None:
    """Call `bell(business_id)` after each commit that announced something."""
    _bells.append(bell)


def announce(fact: Fact) -> None:
    """Write the fact down, let others react, and tell live listeners after the commit."""
    actor = current_actor()
    db.session.add(
        Event(
            name=fact.name,
            about=fact.about(),
            hears=fact.heard_by(),
            detail=fact.detail(),
            actor_kind=actor.kind,
            actor_user_id=actor.user_id,
            actor_name=actor.name,
            request_id=current_request_id(),
        )
    )
    react(fact)


def react(fact: Fact) -> None:
    """The reactions and the bell of a fact whose row is already written."""
    for reaction in _reactions[type(fact)]:
        reaction(fact)
    here = current_business_id()
    after_commit(lambda: _ring(here))


def _ring(business_id: int) -> None:
    for bell in _bells:
        bell(business_id)
