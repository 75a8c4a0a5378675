"""The parts that the web floor itself stands on, at /readyz and /metrics."""

import shutil
from collections.abc import Iterable
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kernel.config import settings
from app.kernel.db import db, end_reading
from app.kernel.valkey import client
from app.web import health

LEAST_FREE = 200_000_000


def database() -> dict[str, Any]:
    """Whether the database answers."""
    try:
        db.session.execute(text("select 1"))
        end_reading()
        return {"status": "ok"}
    except SQLAlchemyError:
        db.session.rollback()
        return {"status": "fail"}


def redis() -> dict[str, Any]:
    """Whether Redis answers; without it things are slower, never lost."""
    try:
        client().ping()
        return {"status": "ok"}
    except (RedisError, OSError):
        return {"status": "warn"}


def storage() -> dict[str, Any]:
    """Whether there is room for uploads; a bucket has room, and is looked at by the doctor."""
    if settings().storage_type == "s3" and not settings().is_dry:
        return {"status": "ok", "bucket": settings().s3_bucket}
    place = settings().upload_path
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    return {"status": "ok" if free > LEAST_FREE else "warn", "freeMegabytes": free // 1_000_000}


def figures() -> Iterable[Metric]:
    """Whether database and Redis answer."""
    up = GaugeMetricFamily("kontor_up", "Whether a part answers", labels=["part"])
    for name, check in (("database", database), ("redis", redis)):
        up.add_metric([name], 1.0 if check()["status"] == "ok" else 0.0)
    yield up


def set_up(_app: object) -> None:
    """Add the checks."""
    health.add_check("database", database)
    health.add_check("redis", redis)
    health.add_check("storage", storage)
    health.add_check("calendar", lambda: {"status": "off", "lastSync": None})
    health.add_figures("parts", figures)
