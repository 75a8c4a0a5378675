"""The sweep: a thread in every worker that needs no bell.

It takes lost jobs back, offers due ones again, asks for periodic ones, and beats. With Redis gone it alone drains every
queue; a second thread keeps the leases of the jobs in hand, a third minds those that were put back for seconds only.
"""

import threading
from collections.abc import Callable

from flask import Flask

from app.jobs import claims, schedule, workers
from app.jobs.run import Hands
from app.kernel import clock, logs
from app.kernel.config import settings
from app.kernel.db import is_away
from app.kernel.tenancy import across_businesses

log = logs.logger(__name__)


class Sweep:
    """Starts and stops the threads."""

    def __init__(self, app: Flask, hands: Hands, stop: threading.Event) -> None:
        self.app, self.hands, self.stop = app, hands, stop
        self._threads = [
            threading.Thread(target=self._sweeping, name="sweep", daemon=True),
            threading.Thread(target=self._keeping, name="keeper", daemon=True),
            threading.Thread(target=self._minding, name="minder", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wait_for_end(self, patience: float) -> None:
        """After `stop` was set: come back when no round is under way any more, or after so many seconds."""
        self._threads[0].join(patience)

    def once(self) -> None:
        """One round; a step that fails does not keep the others from their work."""
        steps: tuple[Callable[[], object], ...] = (self._beat, claims.take_back_lost, schedule.ask_for_due, self._offer)
        with self.app.app_context(), across_businesses():
            for step in steps:
                try:
                    step()
                except Exception as error:
                    if is_away(error):
                        log.warning("sweep found no database", error=type(error).__name__)
                        return
                    log.exception("sweep failed", step=getattr(step, "__name__", ""))

    def _beat(self) -> None:
        workers.beat(self.hands.name, threads=self.hands.threads, busy=self.hands.busy)

    def _offer(self) -> None:
        for lane in claims.due_lanes():
            self.hands.wake(lane)

    def _sweeping(self) -> None:
        while True:
            began = clock.monotonic()
            try:
                self.once()
            except Exception:  # nothing may end this thread
                log.exception("sweep failed")
            spent = clock.monotonic() - began
            if self.stop.wait(max(settings().job_sweep_seconds - spent, 0.2)):
                return

    def _keeping(self) -> None:
        while not self.stop.wait(settings().job_lease_seconds / 4):
            self._keep()

    def _keep(self) -> None:
        tokens = self.hands.tokens()
        if not tokens:
            return
        try:
            with self.app.app_context():
                claims.renew(tokens)
        except Exception as error:
            log.warning("leases not renewed", error=type(error).__name__)

    def _minding(self) -> None:
        while not self.stop.wait(0.5):
            self.hands.wake_soon()
