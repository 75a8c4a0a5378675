"""How often an outside service may be asked, and when to leave it alone: one row a provider, shared by all processes.

A call takes its slot with one statement of its own, outside every session, so that thousands of waiting mails cost the
provider nothing and each other little. Nothing here needs Redis.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Float, Integer, RowMapping, ScalarSelect, String, TextClause, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock, logs
from app.kernel.config import settings
from app.kernel.db import db

_log = logs.logger(__name__)
FAILURES_IN_A_ROW = 5
#: Longer than any call may take: a probe whose process died is given up after this.
PROBE_SECONDS = 60
#: A probe tells in a moment, mostly: who comes meanwhile looks again after so long, not when it would be given up.
LOOK_AGAIN_SECONDS = 5.0
LONGEST_PAUSE = 3600
#: A row remembers at most this many slots; faster rates become the same rate over a shorter time.
_REMEMBERED = 50


class ProviderGate(db.Model):
    """What all processes know about one outside service."""

    __tablename__ = "provider_gates"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    #: When the latest slots were for, in seconds since 1970; at most as many as the rate counts.
    taken: Mapped[list[float]] = mapped_column(ARRAY(Float(53)), server_default="{}")
    #: The rate as the provider itself said it; empty until it has.
    learned_count: Mapped[int | None] = mapped_column(Integer)
    learned_seconds: Mapped[float | None] = mapped_column(Float(53))
    paused_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    failures: Mapped[int] = mapped_column(Integer, server_default="0")
    open_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    probing_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    last_error: Mapped[str] = mapped_column(String(200), server_default="")
    failed_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    def is_shut(self, at: datetime) -> bool:
        """Whether calls are refused just now, by the breaker or by the provider's own wish."""
        return self.open_until is not None or (self.paused_until is not None and self.paused_until > at)


@dataclass(frozen=True)
class Rate:
    """At most `count` calls in any `seconds`."""

    count: int
    seconds: float

    def remembered(self) -> "Rate":
        """The same rate, or a slightly stricter one, whose slots fit into a row."""
        if self.count <= _REMEMBERED:
            return self
        return Rate(_REMEMBERED, self.seconds * _REMEMBERED / self.count)


@dataclass(frozen=True)
class Slot:
    """The answer of the gate: go after `wait` seconds when `taken`, else come again in `wait` seconds."""

    taken: bool
    wait: float
    failures: int = 0
    is_probe: bool = False
    rate: Rate | None = None


# When the next call may go: now, or when the oldest slot of a full window leaves it, or after a pause.
_COUNT = "coalesce(gate.learned_count, :count)"
_NEXT = f"""greatest(cast(:epoch as float8),
    gate.taken[cardinality(gate.taken) - {_COUNT} + 1] + coalesce(gate.learned_seconds, :seconds),
    extract(epoch from gate.paused_until)::float8)"""
_TAKE = text(f"""
insert into provider_gates as gate (name, taken) values (:name, array[cast(:epoch as float8)])
on conflict (name) do update set
    taken = (gate.taken || {_NEXT})[greatest(cardinality(gate.taken) + 2 - {_COUNT}, 1):],
    probing_until = case when gate.open_until is not null then cast(:probe_until as timestamptz) end
where {_NEXT} <= :epoch + :patience
  and (gate.open_until is null
       or gate.open_until <= :now and (gate.probing_until is null or gate.probing_until <= :now))
returning taken[cardinality(taken)] - :epoch as wait, failures, open_until is not null as is_probe,
          learned_count, learned_seconds
""")  # noqa: S608  # only our own constants are put together
_LOOK = text(f"""
select greatest({_NEXT} - :epoch, 0) as wait_for_slot,
       case when gate.open_until > :now then extract(epoch from gate.open_until)::float8 - :epoch
            when gate.probing_until > :now
              then least(cast(:look as float8), extract(epoch from gate.probing_until)::float8 - :epoch)
       end as wait_for_breaker
from provider_gates as gate where name = :name
""")  # noqa: S608
_SUCCEEDED = text("""
update provider_gates set failures = 0, open_until = null, probing_until = null
where name = :name and (failures > 0 or open_until is not null)
""")
_FAILED = text("""
insert into provider_gates as gate (name, failures, last_error, failed_at) values (:name, 1, :words, :now)
on conflict (name) do update set
    failures = gate.failures + 1, last_error = :words, failed_at = :now, probing_until = null,
    open_until = case when gate.failures + 1 >= :limit then cast(:open_until as timestamptz) else gate.open_until end
""")
_PAUSE = text("""
insert into provider_gates as gate (name, paused_until, last_error, failed_at) values (:name, :until, :words, :now)
on conflict (name) do update set
    paused_until = greatest(gate.paused_until, :until), last_error = :words, failed_at = :now
""")
_LEARN = text("""
update provider_gates set learned_count = :count, learned_seconds = :seconds
where name = :name and (learned_count, learned_seconds) is distinct from (:count, :seconds)
""")
_REOPEN = text("""
update provider_gates set failures = 0, open_until = null, probing_until = null, paused_until = null where name = :name
""")


def pass_or_wait(name: str, rate: Rate, *, patience: float = 2.0) -> Slot:
    """A slot at this provider, no further than `patience` seconds away, or word of how long to wait.

    A slot that is a moment away is already the caller's: sleep `wait` seconds, then call. While the breaker is open
    exactly one caller in all processes gets a slot (the probe) once the pause is over.
    """
    now, kept = clock.now(), rate.remembered()
    values = {
        "name": name,
        "now": now,
        "epoch": now.timestamp(),
        "count": kept.count,
        "seconds": kept.seconds,
        "patience": patience,
        "probe_until": now + timedelta(seconds=PROBE_SECONDS),
        "look": LOOK_AGAIN_SECONDS,
    }
    taken = _run(_TAKE, values)
    if taken is not None:
        return Slot(True, max(0.0, taken["wait"]), taken["failures"], taken["is_probe"], _rate(taken))
    seen = _run(_LOOK, values)
    if seen is None:  # somebody cleared the row between the two looks
        return Slot(False, patience)
    return Slot(False, max(seen["wait_for_slot"], seen["wait_for_breaker"] or 0.0, 0.1))


def succeeded(name: str, slot: Slot) -> None:
    """Note that the provider answered; costs nothing unless it had failed before."""
    if slot.failures or slot.is_probe:
        _note(_SUCCEEDED, {"name": name})


def failed(name: str, words: str) -> None:
    """Note an outage; the fifth in a row opens the breaker."""
    now = clock.now()
    until = now + timedelta(seconds=settings().breaker_open_seconds)
    values = {"name": name, "words": words[:200], "now": now, "limit": FAILURES_IN_A_ROW, "open_until": until}
    _note(_FAILED, values)


def pause(name: str, seconds: float, words: str) -> None:
    """No calls for that long (an hour at most), because the provider asked for it."""
    now = clock.now()
    until = now + timedelta(seconds=min(max(seconds, 0.0), LONGEST_PAUSE))
    _note(_PAUSE, {"name": name, "until": until, "words": words[:200], "now": now})


def learn(name: str, slot: Slot, rate: Rate) -> None:
    """Keep to the rate that the provider itself named; costs nothing when it is known already."""
    kept = rate.remembered()
    if slot.rate != kept:
        _note(_LEARN, {"name": name, "count": kept.count, "seconds": kept.seconds})


def reopen(name: str) -> None:
    """Forget failures and pauses, because a person says that it should be tried now."""
    _run(_REOPEN, {"name": name})


def names_of_silent() -> ScalarSelect[list[str]]:
    """The providers that the breaker leaves alone, as a part of somebody else's statement; null for none."""
    return select(func.array_agg(ProviderGate.name)).where(ProviderGate.open_until.is_not(None)).scalar_subquery()


def shut_gates() -> list[ProviderGate]:
    """The providers that are left alone just now, with the reason, for the office's pages."""
    at = clock.now()
    gates = db.session.scalars(select(ProviderGate).order_by(ProviderGate.name))
    return [gate for gate in gates if gate.is_shut(at)]


def _rate(row: RowMapping) -> Rate | None:
    return Rate(row["learned_count"], row["learned_seconds"]) if row["learned_count"] else None


def _note(statement: TextClause, values: dict[str, Any]) -> None:
    """Write down how a call went, if that is possible: the call itself is done and must not be lost for it."""
    try:
        _run(statement, values)
    except DBAPIError as error:
        _log.warning("gate not told", gate=values["name"], error=type(error).__name__)


def _run(statement: TextClause, values: dict[str, Any]) -> RowMapping | None:
    # A statement is its own transaction here: one round trip, and never part of what the caller is doing.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        result = connection.execute(statement, values)
        return result.mappings().first() if result.returns_rows else None
