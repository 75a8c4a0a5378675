"""The sweep: a thread in every worker that needs no bell.

It takes lost jobs back, offers due ones again, asks for periodic ones, and beats. With Redis gone it alone drains every
queue; a second thread keeps the leases of the jobs in hand.
"""

import threading

from flask import Flask

from app.jobs import claims, schedule, workers
from app.jobs.run import Hands
from app.kernel import clock, logs
from app.kernel.config import settings
from app.kernel.tenancy import across_businesses

log = logs.logger(__name__)


class Sweep:
    """Starts and stops the two threads."""

    def __init__(self, app: Flask, hands: Hands, stop: threading.Event) -> None:
        self.app, self.hands, self.stop = app, hands, stop
        self._threads = [
            threading.Thread(target=self._sweeping, name="sweep", daemon=True),
            threading.Thread(target=self._keeping, name="keeper", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def once(self) -> None:
        """One round."""
        with self.app.app_context(), across_businesses():
            workers.beat(self.hands.name, threads=self.hands.threads, busy=self.hands.busy)
            claims.take_back_lost()
            schedule.ask_for_due()
            for lane in claims.due_lanes():
                self.hands.wake(lane)

    def _sweeping(self) -> None:
        while True:
            began = clock.monotonic()
            try:
                self.once()
            except Exception as error:  # a database that is away must not end the thread
                log.warning("sweep failed", error=type(error).__name__)
                log.debug("sweep failed", exc_info=True)
            spent = clock.monotonic() - began
            if self.stop.wait(max(settings().job_sweep_seconds - spent, 0.2)):
                return

    def _keeping(self) -> None:
        while not self.stop.wait(settings().job_lease_seconds / 4):
            tokens = self.hands.tokens()
            if not tokens:
                continue
            try:
                with self.app.app_context():
                    claims.renew(tokens)
            except Exception as error:
                log.warning("leases not renewed", error=type(error).__name__)
