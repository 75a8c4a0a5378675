"""The worker: `huey_consumer tasks.worker.huey` rings, `app.jobs` does."""

import logging
import threading

from app.factory import create_app
from app.jobs import workers
from app.jobs.bell import finish_with, huey, listen_with
from app.jobs.run import Hands
from app.jobs.sweep import Sweep
from app.kernel import logs
from app.kernel.config import settings
from tasks import handlers

log = logs.logger(__name__)
flask_app = create_app(process="worker")
_stop = threading.Event()
_started = threading.Lock()
hands = Hands(
    flask_app,
    workers.worker_name(),
    settings().worker_concurrency,
    is_stopping=lambda: _stop.is_set() or huey.is_stopping,
)
sweep = Sweep(flask_app, hands, _stop)


class _QuietWhileAway(logging.Filter):
    """Eight threads that find no Redis would write 75 kB of tracebacks a second; one line in a while is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith(("Error reading from queue", "Error reading schedule"))


logging.getLogger("huey").addFilter(_QuietWhileAway())
logging.getLogger("huey.consumer.Worker").addFilter(_QuietWhileAway())
logging.getLogger("huey.consumer.Scheduler").addFilter(_QuietWhileAway())


@huey.on_startup()
def begin() -> None:
    """Huey calls this in each of its threads; the first one starts the sweep."""
    if _started.acquire(blocking=False):
        # Only now: huey_consumer sets its logger up after it has loaded this module. Two lines a bell are too many.
        logging.getLogger("huey").setLevel(logging.WARNING)
        logging.getLogger("huey").handlers.clear()
        listen_with(hands.drain)
        finish_with(end)
        sweep.start()
        log.info("worker started", worker=hands.name, threads=hands.threads, handlers=len(handlers.MODULES))


def end(patience: float) -> None:
    """The worker was told to stop: finish what is in hand within that many seconds, put the rest back, say goodbye."""
    _stop.set()
    try:
        hands.rest(patience)
        sweep.wait_for_end(1.0)  # else its last beat could come after our goodbye
        with flask_app.app_context():
            workers.leave(hands.name)
        log.info("worker ended", worker=hands.name)
    except Exception as error:
        log.warning("worker left in silence", error=type(error).__name__)


__all__ = ["huey"]
