"""Taking jobs and giving the outcome back: each one statement, each harmless when somebody else was faster.

These run as text under the tenant filter on purpose: a worker serves all businesses, in fair turns.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.jobs.events import JobFailed
from app.jobs.kinds import GIVEN_UP, Lane
from app.kernel import clock, logs
from app.kernel.config import settings
from app.kernel.db import db, is_away, is_rivalry, transaction
from app.kernel.events import announce
from app.kernel.tenancy import across_businesses, within

log = logs.logger(__name__)
LIGHT_BATCH = 20
MOST_LOST_LEASES = 3
LONGEST_MACHINE_WORDS = 500

# The groups (business, queue) of a lane by a loose index scan, the oldest due rows of each, and of those first all
# heads in an order of chance: every group has the same chance of the next turn, however long its line is. Only what is
# taken is locked, so that rivals go on to the next row instead of finding everything taken.
_CLAIM = text("""
with recursive groups(b, q) as (
  (select coalesce(business_id, 0), queue from jobs where state = 'queued' and lane = :lane order by 1, 2 limit 1)
  union all
  select n.b, n.q from groups cross join lateral (
    select coalesce(j.business_id, 0) as b, j.queue as q from jobs j
    where j.state = 'queued' and j.lane = :lane and (coalesce(j.business_id, 0), j.queue) > (groups.b, groups.q)
    order by 1, 2 limit 1) n
), near as (
  select h.id, h.place, random() as luck from groups cross join lateral (
    select j.id, row_number() over (order by j.run_at, j.id) as place from jobs j
    where j.state = 'queued' and j.lane = :lane and coalesce(j.business_id, 0) = groups.b and j.queue = groups.q
      and j.run_at <= :now and j.lost_leases < :lost_below
    order by j.run_at, j.id
    limit (select greatest(1, :near / count(*)) from groups)) h
), heads as (
  select j.id from (select * from near order by place, luck) n join jobs j on j.id = n.id
  where j.state = 'queued' and j.run_at <= :now
  order by n.place, n.luck limit :most for update of j skip locked
)
update jobs set state = 'running', attempts = attempts + 1, claim_token = :token, lease_until = :until,
  worker = :worker, started_at = :now
where id in (select id from heads) and state = 'queued'
returning id, business_id, kind, payload, attempts, request_id, created_at, patient_since, run_at, lane, lost_leases
""")

_HELD = "id = :id and claim_token = :token and state = 'running'"
_DONE = text(f"""
update jobs set state = 'done', finished_at = :now, lease_until = null, claim_token = null, words = '', code = '',
  machine_words = ''
where {_HELD}
""")  # noqa: S608  # our own constant, here and below
_AGAIN = text(f"""
update jobs set state = 'queued', run_at = :at, attempts = attempts - :refund, lease_until = null, claim_token = null,
  words = :words, code = :code, machine_words = :machine
where {_HELD}
""")  # noqa: S608
_FAILED = text(f"""
update jobs set state = 'failed', finished_at = :now, lease_until = null, claim_token = null,
  words = :words, code = :code, machine_words = :machine, seen = false, note = ''
where {_HELD}
""")  # noqa: S608
_RENEW = text("update jobs set lease_until = :until where claim_token = any(:tokens) and state = 'running'")
_RELEASE = text(
    "update jobs set state = 'queued', attempts = attempts - 1, lease_until = null, claim_token = null, run_at = :now "
    "where claim_token = any(:tokens) and state = 'running'"
)
_LOST = text("""
with lost as (
  select id from jobs where state = 'running' and lease_until < :now order by id limit 500 for update skip locked
)
update jobs j set
  lost_leases = lost_leases + 1, lease_until = null, claim_token = null,
  state = case when lost_leases + 1 >= :most then 'failed' else 'queued' end,
  finished_at = case when lost_leases + 1 >= :most then cast(:now as timestamptz) end,
  words = case when lost_leases + 1 >= :most then :words else words end,
  code = case when lost_leases + 1 >= :most then 'poison' else code end,
  seen = false,
  note = '',
  -- a batch of light jobs is lost together; from now on each runs alone, so that only the guilty one is lost again
  lane = case when lane = 'light' then 'steady' else lane end,
  run_at = cast(:now as timestamptz) + make_interval(secs => lost_leases * 5 + random() * 2)
from lost where j.id = lost.id
returning j.id, j.state, j.kind, j.business_id, j.payload, j.lane
""")
_DUE = text("""
select wanted.lane from unnest(cast(:lanes as text[])) as wanted(lane) where exists (
  select 1 from jobs j where j.state = 'queued' and j.lane = wanted.lane and j.run_at <= :now)
""")

POISON = "Whoever took this job was gone three times before it was done. It is not tried again by itself."


@dataclass(frozen=True)
class Claimed:
    """A job in hand, with the token that must still be there when it is finished."""

    id: int
    token: str
    business_id: int | None
    kind: str
    payload: dict[str, Any]
    attempts: int
    request_id: str
    patient_since: datetime
    lane: str
    lost_leases: int = 0

    @property
    def is_last_chance(self) -> bool:
        """Whether it is poison when this try is lost too."""
        return self.lost_leases >= MOST_LOST_LEASES - 1


def claim(lane: Lane, worker: str, *, last_chances: bool = True) -> list[Claimed]:
    """Due jobs of that lane, now ours for the length of a lease; several only where they touch just our own rows.

    Without `last_chances` those that would be poison when they are lost once more are left to others.
    """
    now, token = clock.now(), secrets.token_hex(16)
    until = now + timedelta(seconds=settings().job_lease_seconds)
    most = LIGHT_BATCH if lane is Lane.LIGHT else 1
    values = {"lane": str(lane), "now": now, "token": token, "until": until, "worker": worker, "most": most}
    values["lost_below"] = MOST_LOST_LEASES if last_chances else MOST_LOST_LEASES - 1
    with transaction():
        rows = db.session.execute(_CLAIM, values | {"near": 4 * most + 32}).all()
    return [
        Claimed(
            row.id,
            token,
            row.business_id,
            row.kind,
            row.payload,
            row.attempts,
            row.request_id,
            row.patient_since,
            row.lane,
            row.lost_leases,
        )
        for row in rows
    ]


def finish(job: Claimed) -> bool:
    """Note that the job is done; False when its lease was lost and somebody else has it now."""
    with transaction():
        return _hit(db.session.execute(_DONE, {"id": job.id, "token": job.token, "now": clock.now()}))


def put_back(
    job: Claimed, at: datetime, *, words: str = "", code: str = "", machine: str = "", refund: bool = False
) -> bool:
    """Try again at `at`; with `refund` the try does not count. False when the lease was lost."""
    values = {"id": job.id, "token": job.token, "at": at, "words": words, "code": code, "refund": int(refund)}
    with transaction():
        return _hit(db.session.execute(_AGAIN, values | {"machine": _shortened(machine)}))


def fail(job: Claimed, words: str, code: str, machine: str = "") -> bool:
    """Give the job up, in words; what it was about hears of it in the same transaction. False: the lease was lost."""
    values = {"id": job.id, "token": job.token, "now": clock.now(), "words": words, "code": code}
    with transaction():
        hit = _hit(db.session.execute(_FAILED, values | {"machine": _shortened(machine)}))
        if hit:
            _tell_failed(job.id, job.kind, job.business_id, job.payload, words, code)
    return hit


def renew(tokens: list[str]) -> None:
    """Keep the jobs in hand for another lease."""
    until = clock.now() + timedelta(seconds=settings().job_lease_seconds)
    with transaction():
        db.session.execute(_RENEW, {"until": until, "tokens": tokens})


def release(tokens: list[str]) -> int:
    """Put jobs in hand back on the queue, because the worker ends before they do; how many."""
    with transaction():
        released = db.session.execute(_RELEASE, {"now": clock.now(), "tokens": tokens})
        return int(released.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


def take_back_lost() -> int:
    """Put jobs whose worker is gone back on the queue, or fail them at the third time; how many."""
    with across_businesses(), transaction():
        rows = db.session.execute(_LOST, {"now": clock.now(), "most": MOST_LOST_LEASES, "words": POISON}).all()
        for row in rows:
            if row.state == "failed":
                _tell_failed(row.id, row.kind, row.business_id, row.payload, POISON, "poison")
    return len(rows)


def due_lanes() -> list[Lane]:
    """The lanes in which somebody waits."""
    with transaction():
        waiting = db.session.execute(_DUE, {"lanes": [str(lane) for lane in Lane], "now": clock.now()}).scalars()
        return [Lane(lane) for lane in waiting]


def tell_given_up(kind: str, business_id: int | None, payload: dict[str, Any], words: str, code: str) -> None:
    """Let the feature mark its row, in the open transaction; it cannot keep the job from being given up."""
    if listener := GIVEN_UP.get(kind):
        with within(business_id) if business_id is not None else across_businesses():
            _aside(lambda: listener(**payload, words=words, code=code))


def _tell_failed(
    job_id: int, kind: str, business_id: int | None, payload: dict[str, Any], words: str, code: str
) -> None:
    tell_given_up(kind, business_id, payload, words, code)
    if business_id is not None:
        with within(business_id):
            _aside(lambda: announce(JobFailed(job_id, kind)))


def _aside(work: Callable[[], None]) -> None:
    """Do it inside the open transaction; when it breaks, only itself is undone."""
    try:
        with db.session.begin_nested():
            work()
            db.session.flush()
    except Exception as error:
        if is_away(error) or is_rivalry(error):
            raise
        log.exception("listener of a given-up job broke")


def _shortened(machine: str) -> str:
    return logs.masked(machine.replace("\x00", ""))[:LONGEST_MACHINE_WORDS]


def _hit(result: Any) -> bool:
    return bool(result.rowcount)
