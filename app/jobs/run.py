"""Doing jobs: claim, step into the business, call the handler, write down what became of it."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from flask import Flask
from sqlalchemy.exc import DBAPIError

from app.jobs import bell, claims
from app.jobs.claims import Claimed
from app.jobs.kinds import HANDLERS, KINDS, JobKind, Lane
from app.kernel import clock, logs
from app.kernel.access import SYSTEM, acting_as
from app.kernel.config import settings
from app.kernel.db import is_away, is_rivalry, transaction
from app.kernel.errors import Refusal
from app.kernel.events import Fact, announce
from app.kernel.http import ProviderError
from app.kernel.tenancy import across_businesses, within
from app.kernel.trace import traced

log = logs.logger(__name__)
LONGEST_GAP = 900.0
MOST_TRIES_OF_A_BUG = 5


@dataclass(frozen=True)
class JobFailed(Fact):
    """A job was given up."""

    name: ClassVar[str] = "job.failed"
    job_id: int
    kind: str

    def detail(self) -> dict[str, Any]:
        """Which one."""
        return {"job": self.job_id, "kind": self.kind}


class Hands:
    """The worker's hands: so many at once a lane, so that slow work never takes what people wait for."""

    def __init__(self, app: Flask, name: str, threads: int, *, is_stopping: Callable[[], bool]) -> None:
        self.app, self.name, self.threads, self.is_stopping = app, name, threads, is_stopping
        most = {Lane.PROMPT: threads, Lane.STEADY: max(1, threads // 2), Lane.LIGHT: max(1, threads // 4)}
        self._slots = {lane: threading.BoundedSemaphore(count) for lane, count in most.items()}
        self._missed = {lane: False for lane in Lane}
        self._held: dict[str, int] = {}
        self._guard = threading.Lock()
        # Where the sweep works while no bell rings.
        self._own = ThreadPoolExecutor(threads, thread_name_prefix="drain")

    @property
    def busy(self) -> int:
        """How many jobs are in hand."""
        return sum(self._held.values())

    def tokens(self) -> list[str]:
        """The claims whose leases must be renewed."""
        with self._guard:
            return list(self._held)

    def wake(self, lane: Lane) -> None:
        """Drain that lane in a thread of our own."""
        if not self.is_stopping():
            self._own.submit(self.drain, lane)

    def drain(self, lane: Lane) -> None:
        """Do due jobs of the lane until none is left or the worker is to stop."""
        slot = self._slots[lane]
        while True:
            if not slot.acquire(blocking=False):
                self._missed[lane] = True  # whoever holds the slots looks once more before going
                return
            try:
                self._drain(lane)
            except Exception as error:
                log.warning("drain ended", lane=str(lane), error=type(error).__name__)
                if not is_away(error):
                    log.exception("drain failed")
                return
            finally:
                slot.release()
            if not self._missed[lane] or self.is_stopping():
                return
            self._missed[lane] = False

    def _drain(self, lane: Lane) -> None:
        called_others = False
        with self.app.app_context():
            while not self.is_stopping():
                batch = claims.claim(lane, self.name)
                if not batch:
                    return
                if not called_others:
                    called_others = True
                    if not bell.send(lane):
                        self.wake(lane)
                self._hold(batch[0].token, len(batch))
                try:
                    for job in batch:
                        self.do(job)
                        self._hold(job.token, -1)
                finally:
                    self._let_go(batch[0].token)

    def _hold(self, token: str, change: int) -> None:
        with self._guard:
            self._held[token] = self._held.get(token, 0) + change

    def _let_go(self, token: str) -> None:
        with self._guard:
            self._held.pop(token, None)

    def do(self, job: Claimed) -> None:
        """One job, in a context of its own, with its outcome written down."""
        began = clock.monotonic()
        with self.app.app_context(), ExitStack() as scope:
            scope.enter_context(traced(job.request_id))
            scope.enter_context(acting_as(SYSTEM))
            scope.enter_context(within(job.business_id) if job.business_id is not None else across_businesses())
            outcome = self._try(job)
            log.info(
                "job", job=job.id, kind=job.kind, outcome=outcome, attempt=job.attempts, ms=round((clock.monotonic() - began) * 1000)
            )

    def _try(self, job: Claimed) -> str:
        kind, handler = KINDS.get(job.kind), HANDLERS.get(job.kind)
        if kind is None or handler is None:
            return self._write(lambda: _give_up(job, "This program does not know this kind of job.", "unknown_kind"))
        try:
            if job.lane == Lane.LIGHT:
                with transaction():  # effect and outcome are one commit: done exactly once
                    handler(**job.payload)
                    claims.finish(job)
            else:
                handler(**job.payload)
                return self._write(lambda: _done(job))
        except ProviderError as error:
            provider_error = error
            return self._write(lambda: _after_provider(job, kind, provider_error))
        except Refusal as refusal:
            words = str(refusal.detail)
            return self._write(lambda: _give_up(job, words, "refused"))
        except Exception as error:
            return self._after_fault(job, kind, error)
        return "done"

    def _after_fault(self, job: Claimed, kind: JobKind, error: Exception) -> str:
        passing = is_away(error) or is_rivalry(error)
        if not passing:
            log.exception("job broke", job=job.id, kind=job.kind)
        words = (
            "The database was away for a moment."
            if passing
            else f"Something went wrong in the program ({type(error).__name__})."
        )
        if not passing and job.attempts >= MOST_TRIES_OF_A_BUG:
            return self._write(lambda: _give_up(job, words, "program"))
        return self._write(lambda: _again(job, kind, words, "program", None, refund=passing))

    def _write(self, outcome: Callable[[], str]) -> str:
        """Write the outcome down, also when the database is away for less than a lease."""
        deadline = clock.monotonic() + settings().job_lease_seconds * 0.8
        while True:
            try:
                return outcome()
            except DBAPIError as error:
                if not (is_away(error) or is_rivalry(error)) or clock.monotonic() > deadline or self.is_stopping():
                    log.warning("outcome not written", error=type(error).__name__)
                    return "lost"  # the lease runs out and the sweep takes the job back
                clock.sleep(0.5)


def _done(job: Claimed) -> str:
    return "done" if claims.finish(job) else "late"


def _give_up(job: Claimed, words: str, code: str) -> str:
    with transaction():
        failed = claims.fail(job, words, code)
        if failed and job.business_id is not None:
            announce(JobFailed(job.id, job.kind))
    return "failed"


def _again(job: Claimed, kind: JobKind, words: str, code: str, wanted: float | None, *, refund: bool = False) -> str:
    gap = wanted if wanted is not None else gap_after(kind, job.attempts)
    claims.put_back(job, clock.now() + timedelta(seconds=gap), words=words, code=code, refund=refund)
    return "again"


def _after_provider(job: Claimed, kind: JobKind, error: ProviderError) -> str:
    if error.waiting:
        return _again(job, kind, error.words, error.code, error.retry_after or 1.0, refund=True)
    if not error.retry:
        return _give_up(job, error.words, error.code)
    wanted = error.retry_after
    gap = wanted if wanted is not None else gap_after(kind, job.attempts)
    out_of_time = clock.now() + timedelta(seconds=gap) > job.patient_since + kind.give_up
    out_of_tries = kind.most_attempts is not None and job.attempts >= kind.most_attempts
    if out_of_time or out_of_tries:
        return _give_up(job, error.words, error.code)
    return _again(job, kind, error.words, error.code, gap)


def gap_after(kind: JobKind, attempts: int) -> float:
    """Seconds until the next try: the kind's own, else 5 s · 2ⁿ with jitter, at most 15 min."""
    if kind.delays:
        return kind.delays[min(attempts, len(kind.delays)) - 1]
    full = min(settings().retry_first_seconds * 2 ** min(attempts - 1, 12), LONGEST_GAP)
    return full * random.uniform(0.5, 1.0)
