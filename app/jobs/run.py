"""The worker's hands: claim, step into the business, have the job done; so many at once a lane."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from flask import Flask

from app.jobs import bell, claims, outcomes
from app.jobs.claims import Claimed
from app.jobs.events import JobFailed
from app.jobs.kinds import Lane
from app.kernel import clock, logs
from app.kernel.access import SYSTEM, acting_as
from app.kernel.config import settings
from app.kernel.db import is_away
from app.kernel.tenancy import across_businesses, within
from app.kernel.trace import traced

__all__ = ["Hands", "JobFailed"]
log = logs.logger(__name__)
#: How many leases a worker must have lived before it takes what two others did not survive.
PROVEN_AFTER_LEASES = 2


class Hands:
    """The worker's hands: so many at once a lane, so that slow work never takes what people wait for."""

    def __init__(self, app: Flask, name: str, threads: int, *, is_stopping: Callable[[], bool]) -> None:
        self.app, self.name, self.threads, self.is_stopping = app, name, threads, is_stopping
        most = {Lane.PROMPT: threads, Lane.STEADY: max(1, threads // 2), Lane.LIGHT: max(1, threads // 4)}
        self._slots = {lane: threading.BoundedSemaphore(count) for lane, count in most.items()}
        self._look_again = dict.fromkeys(Lane, False)
        self._draining = 0
        self._began = clock.monotonic()
        self._last_chance = threading.Lock()
        self._held: Counter[str] = Counter()
        self._soon: set[tuple[float, Lane]] = set()
        self._guard = threading.Lock()

    @property
    def busy(self) -> int:
        """How many jobs are in hand."""
        with self._guard:
            return self._held.total()

    def tokens(self) -> list[str]:
        """The claims whose leases must be renewed."""
        with self._guard:
            return list(self._held)

    def wake(self, lane: Lane) -> None:
        """Drain that lane in a thread of our own."""
        if not self.is_stopping():
            threading.Thread(target=self.drain, args=(lane,), name=f"drain-{lane}", daemon=True).start()

    def wake_soon(self) -> None:
        """Drain the lanes in which a job that was put back has come due since; asked every second or so."""
        now = clock.monotonic()
        with self._guard:
            ripe = {entry for entry in self._soon if entry[0] <= now}
            self._soon -= ripe
        for lane in {lane for _, lane in ripe}:
            self.wake(lane)

    def rest(self, patience: float) -> None:
        """Once told to stop: wait for the jobs in hand; what is not done after `patience` seconds goes back."""
        deadline = clock.monotonic() + patience
        while self._draining and clock.monotonic() < deadline:
            clock.sleep(0.05)
        if tokens := self.tokens():
            with self.app.app_context():
                log.warning("jobs put back", count=claims.release(tokens))

    def drain(self, lane: Lane) -> None:
        """Do due jobs of the lane until none is left or the worker is to stop."""
        slot = self._slots[lane]
        while True:
            # Said before the slot is asked for: whoever holds it looks once more before going.
            self._look_again[lane] = True
            if not slot.acquire(blocking=False):
                return
            self._look_again[lane] = False
            try:
                self._count_draining(1)
                self._drain(lane)
            except Exception as error:
                if is_away(error):
                    log.warning("drain ended", lane=str(lane), error=type(error).__name__)
                else:
                    log.exception("drain failed", lane=str(lane))
                return
            finally:
                self._count_draining(-1)
                slot.release()
            if not self._look_again[lane] or self.is_stopping():
                return

    def _drain(self, lane: Lane) -> None:
        called_others = False
        with self.app.app_context():
            while not self.is_stopping():
                with self._claimed(lane) as batch:
                    if not batch:
                        return
                    if not called_others:
                        called_others = True
                        if not bell.send(lane):
                            self.wake(lane)
                    self._do_all(batch)

    @contextmanager
    def _claimed(self, lane: Lane) -> Iterator[list[Claimed]]:
        """The next jobs of the lane, to be done inside.

        Whoever was in hand when a worker died counts as lost, guilty or not. So what was lost twice runs one at a time
        and not while workers are dying of other things: else the innocent would be poison as easily as the guilty.
        """
        has_proven = clock.monotonic() - self._began > PROVEN_AFTER_LEASES * settings().job_lease_seconds
        alone = has_proven and self._last_chance.acquire(blocking=False)
        try:
            batch = claims.claim(lane, self.name, last_chances=alone)
            if alone and not any(job.is_last_chance for job in batch):
                alone = False
                self._last_chance.release()
            yield batch
        finally:
            if alone:
                self._last_chance.release()

    def _count_draining(self, step: int) -> None:
        with self._guard:
            self._draining += step

    def _do_all(self, batch: list[Claimed]) -> None:
        token = batch[0].token
        with self._guard:
            self._held[token] = len(batch)
        try:
            for job in batch:
                self.do(job)
                with self._guard:
                    self._held[token] -= 1
        finally:
            with self._guard:
                del self._held[token]

    def do(self, job: Claimed) -> None:
        """One job, in a context of its own, with its outcome written down."""
        began = clock.monotonic()
        with self.app.app_context(), ExitStack() as scope:
            scope.enter_context(traced(job.request_id))
            scope.enter_context(acting_as(SYSTEM))
            scope.enter_context(within(job.business_id) if job.business_id is not None else across_businesses())
            outcome = outcomes.attempt(job, is_stopping=self.is_stopping)
            if outcome.again_in is not None and outcome.again_in < settings().job_sweep_seconds:
                self._note_soon(Lane(job.lane), outcome.again_in)
            log.info(
                "job",
                job=job.id,
                kind=job.kind,
                outcome=outcome.word,
                attempt=job.attempts,
                ms=round((clock.monotonic() - began) * 1000),
            )

    def _note_soon(self, lane: Lane, seconds: float) -> None:
        # In steps of half a second, so that a thousand jobs that wait for a provider are a handful of notes.
        at = (clock.monotonic() + seconds) // 0.5 * 0.5 + 0.5
        with self._guard:
            self._soon.add((at, lane))
