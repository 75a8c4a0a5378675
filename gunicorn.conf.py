"""What gunicorn's command line in the Procfile cannot say; gunicorn reads this file by itself."""

from typing import Any


def post_worker_init(worker: Any) -> None:
    """Tell open event streams which worker carries them, so that they end at once when it stops."""
    from app.live.views import Serving  # noqa: PLC0415  # only now has gevent made everything cooperative

    Serving.worker = worker
