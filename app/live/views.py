"""The stream of live events."""

import json
import queue
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_login import current_user

from app.kernel import clock
from app.kernel.access import STAFF, Can
from app.kernel.db import end_reading
from app.kernel.tenancy import current_business_id
from app.live.hub import Heard, Hub, Listener, happened_after, missed_since
from app.web.doors import needs

bp = Blueprint("live", __name__)
MOST_STREAMS = 5_000
BREATH_SECONDS = 15
LONGEST_SECONDS = 30 * 60


class Serving:
    """Which of gunicorn's workers carries this process's streams; they end at once when it stops taking requests."""

    worker: Any = None

    @classmethod
    def is_stopping(cls) -> bool:
        """Whether the worker was told to stop; never under another server."""
        return cls.worker is not None and not cls.worker.alive


@bp.get("/events")
@needs(Can.HEAR_EVENTS)
def events() -> Response:
    """Server-sent events, to each listener what it may see; `Last-Event-ID` or `since` brings what was missed."""
    hub: Hub = current_app.extensions["live"]
    if hub.listeners >= MOST_STREAMS:
        return Response(status=204)
    listener = Listener(current_business_id(), current_user.user_id, current_user.role in STAFF)
    hub.join(listener)  # before the look at what was missed: what happens in between is heard twice, not never
    try:
        missed = _missed(listener)
        end_reading()
    except BaseException:
        hub.leave(listener)
        raise
    answer = Response(_stream(listener, missed), content_type="text/event-stream; charset=utf-8")
    answer.call_on_close(lambda: hub.leave(listener))
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _missed(listener: Listener) -> list[Heard]:
    """For a stream that comes back what it has not told, for a new one what happened since its page was rendered."""
    last, since = _id(request.headers.get("Last-Event-ID", "")), _id(request.args.get("since", ""))
    if last is not None:
        return missed_since(last, listener)
    return happened_after(since, listener) if since is not None else []


def _id(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None


def _stream(listener: Listener, missed: list[Heard]) -> Iterator[str]:
    ends = clock.monotonic() + LONGEST_SECONDS
    quiet = 0.0
    yield "retry: 2000\n: hello\n\n"
    yield from map(_line, missed)
    while not Serving.is_stopping() and clock.monotonic() < ends:
        try:
            yield _line(listener.waiting.get(timeout=1))
            quiet = 0.0
        except queue.Empty:
            if listener.is_behind:
                return
            quiet += 1
            if quiet >= BREATH_SECONDS:
                quiet = 0.0
                yield ": still here\n\n"


def _line(event: Heard) -> str:
    return f"id: {event.id}\nevent: {event.name}\ndata: {json.dumps(event.detail)}\n\n"
