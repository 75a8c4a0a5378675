"""Calling the handler of a job and writing down what became of it: done, again later, or given up in words."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import DBAPIError

from app.jobs import claims
from app.jobs.claims import Claimed
from app.jobs.kinds import HANDLERS, KINDS, JobKind, Lane
from app.kernel import clock, logs
from app.kernel.config import settings
from app.kernel.db import db, end_reading, is_away, is_rivalry, transaction
from app.kernel.errors import Refusal
from app.kernel.http import ProviderError

log = logs.logger(__name__)
LONGEST_GAP = 900.0
MOST_TRIES_OF_A_BUG = 5
#: What a write of the outcome does while the database is away: try again this often, for most of a lease.
WRITE_AGAIN_SECONDS = 0.5
UNKNOWN_PATIENCE, UNKNOWN_GAP = timedelta(minutes=10), 15.0
# Rows keep the English; pages translate it.
AWAY = _l("The database was away for a moment.")
BROKEN = _l("Something went wrong in the program.")
UNKNOWN = _l("This program does not know this kind of job.")


@dataclass(frozen=True)
class Outcome:
    """What became of a try: `done`, `again` in so many seconds, `failed`, `late` (lease lost), `lost` (not written)."""

    word: str
    again_in: float | None = None


Write = Callable[[], Outcome]
DONE, FAILED, LATE, LOST = Outcome("done"), Outcome("failed"), Outcome("late"), Outcome("lost")


class LeaseLost(Exception):
    """Somebody else has the job now; what was done with it must not be kept."""


def attempt(job: Claimed, *, is_stopping: Callable[[], bool] = lambda: False) -> Outcome:
    """Do the job in hand and write down what became of it."""
    kind, handler = KINDS.get(job.kind), HANDLERS.get(job.kind)
    try:
        if kind is None or handler is None:
            outcome = _unknown(job)
        else:
            outcome = _outcome_of(job, kind, handler)
    except LeaseLost:
        return LATE
    return _written(outcome, is_stopping)


def _unknown(job: Claimed) -> Write:
    # While a new version is put in place, the worker of the one before meets wishes it has never heard of.
    if clock.now() < job.patient_since + UNKNOWN_PATIENCE:
        return _again(job, UNKNOWN_GAP, str(UNKNOWN), "unknown_kind", job.kind, refund=True)
    return _given_up(job, str(UNKNOWN), "unknown_kind", job.kind)


def _outcome_of(job: Claimed, kind: JobKind, handler: Callable[..., None]) -> Write:
    """Call the handler; what is then to be written down."""
    try:
        if kind.travels_in is Lane.LIGHT:
            with transaction():  # effect and outcome are one commit: done exactly once
                handler(**job.payload)
                if not claims.finish(job):
                    raise LeaseLost
            return lambda: DONE
        handler(**job.payload)
        end_reading()  # refuses what was changed outside a transaction
        return lambda: DONE if claims.finish(job) else LATE
    except LeaseLost:
        raise
    except ProviderError as error:
        return _after_provider(job, kind, error)
    except Refusal as refusal:
        return _given_up(job, str(refusal.detail), "refused", type(refusal).__name__)
    except Exception as error:
        return _after_fault(job, kind, error)


def _after_provider(job: Claimed, kind: JobKind, error: ProviderError) -> Write:
    said = f"{error.status or ''} {error.detail}".strip()
    if error.waiting:
        wait = error.retry_after or 1.0
        return _again(job, wait, error.words, error.code, said, refund=True)
    gap = error.retry_after if error.retry_after is not None else gap_after(kind, job.attempts)
    out_of_tries = kind.most_attempts is not None and job.attempts >= kind.most_attempts
    if not error.retry or out_of_tries or _out_of_time(job, kind, gap):
        return _given_up(job, error.words, error.code, said)
    return _again(job, gap, error.words, error.code, said)


def _after_fault(job: Claimed, kind: JobKind, error: Exception) -> Write:
    # The first line alone: what follows may be a statement with the values that people typed.
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    said = f"{type(error).__name__} {state}" if state else type(error).__name__
    gap = gap_after(kind, job.attempts)
    if (is_away(error) or is_rivalry(error)) and not _out_of_time(job, kind, gap):
        return _again(job, gap, str(AWAY), "database", said, refund=True)
    log.exception("job broke", job=job.id, kind=job.kind)
    if job.attempts >= MOST_TRIES_OF_A_BUG:
        return _given_up(job, str(BROKEN), "program", said)
    return _again(job, gap, str(BROKEN), "program", said)


def _again(job: Claimed, gap: float, words: str, code: str, machine: str, *, refund: bool = False) -> Write:
    def write() -> Outcome:
        at = clock.now() + timedelta(seconds=gap)
        hit = claims.put_back(job, at, words=words, code=code, machine=machine, refund=refund)
        return Outcome("again", gap) if hit else LATE

    return write


def _given_up(job: Claimed, words: str, code: str, machine: str) -> Write:
    return lambda: FAILED if claims.fail(job, words, code, machine) else LATE


def _out_of_time(job: Claimed, kind: JobKind, gap: float) -> bool:
    return clock.now() + timedelta(seconds=gap) > job.patient_since + kind.give_up


def _written(outcome: Write, is_stopping: Callable[[], bool]) -> Outcome:
    """Write the outcome down, also when the database is away for less than a lease."""
    deadline = clock.monotonic() + settings().job_lease_seconds * 0.8
    while True:
        try:
            db.session.rollback()  # whatever the handler left behind is not ours to keep
            return outcome()
        except DBAPIError as error:
            if not (is_away(error) or is_rivalry(error)) or clock.monotonic() > deadline or is_stopping():
                log.warning("outcome not written", error=type(error).__name__)
                return LOST  # the lease runs out and the sweep takes the job back
            clock.sleep(WRITE_AGAIN_SECONDS)


def gap_after(kind: JobKind, attempts: int) -> float:
    """Seconds until the next try: the kind's own, else 5 s · 2ⁿ with jitter, at most 15 min."""
    if kind.delays:
        return kind.delays[min(max(attempts, 1), len(kind.delays)) - 1]
    full = min(settings().retry_first_seconds * 2 ** min(max(attempts - 1, 0), 12), LONGEST_GAP)
    return full * random.uniform(0.5, 1.0)
