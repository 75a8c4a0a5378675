"""The worker: `huey_consumer tasks.worker.huey` rings, `app.jobs` does."""

import logging
import threading

from app.factory import create_app
from app.jobs import workers
from app.jobs.bell import huey, listen_with
from app.jobs.run import Hands
from app.jobs.sweep import Sweep
from app.kernel import logs
from app.kernel.config import settings
from tasks import handlers

log = logs.logger(__name__)
#: Huey waits 20 s for its threads (`Procfile`); what is not done by then goes back on the queue before.
REST_SECONDS = 18.0
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
logging.getLogger("huey").setLevel(logging.WARNING)


@huey.on_startup()
def begin() -> None:
    """Huey calls this in each of its threads; the first one starts the sweep."""
    if _started.acquire(blocking=False):
        listen_with(hands.drain)
        sweep.start()
        log.info("worker started", worker=hands.name, threads=hands.threads, handlers=len(handlers.MODULES))


@huey.on_shutdown()
def end() -> None:
    """Huey calls this in each of its threads when they end; the first one waits for what is in hand."""
    if not _stop.is_set():
        _stop.set()
        try:
            hands.rest(patience=REST_SECONDS)
            with flask_app.app_context():
                workers.leave(hands.name)
        except Exception as error:
            log.warning("worker left in silence", error=type(error).__name__)


__all__ = ["huey"]
