"""Slow senders: a body is read whole before any work begins, and has 30 s to arrive."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from app.kernel import clock

WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
BODY_SECONDS = 30.0
LONGEST_IN_MEMORY = 1_000_000
_CHUNK = 65_536
_MAX_QUERY = 8_192


def read_whole(inner: WSGI) -> WSGI:
    """Small bodies are read before the program sees the request; a dripping sender gets 408 and holds no connection."""

    def patient(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", "")) > _MAX_QUERY:
            return _plain(start_response, "414 URI Too Long")
        length = environ.get("CONTENT_LENGTH") or ""
        if not length.isdigit() or int(length) > LONGEST_IN_MEMORY or int(length) == 0:
            return inner(environ, start_response)
        try:
            body = _read(environ["wsgi.input"], int(length), _socket_of(environ))
        except (TimeoutError, OSError):
            return _plain(start_response, "408 Request Timeout")
        environ["wsgi.input"] = io.BytesIO(body)
        return inner(environ, start_response)

    return patient


def _socket_of(environ: dict[str, Any]) -> Any:
    return environ.get("gunicorn.socket") or environ.get("werkzeug.socket")


def _read(source: Any, length: int, socket: Any) -> bytes:
    """The body, or TimeoutError; `socket` is given a deadline while its bytes are awaited."""
    deadline = clock.monotonic() + BODY_SECONDS
    before = socket.gettimeout() if socket is not None else None
    parts: list[bytes] = []
    missing = length
    try:
        while missing:
            left = deadline - clock.monotonic()
            if left <= 0:
                raise TimeoutError
            if socket is not None:
                socket.settimeout(left)
            part = source.read(min(missing, _CHUNK))
            if not part:
                break
            parts.append(part)
            missing -= len(part)
    finally:
        if socket is not None:
            socket.settimeout(before)
    return b"".join(parts)


def _plain(start_response: Callable[..., Any], status: str) -> Iterable[bytes]:
    body = status.encode() + b"\n"
    start_response(
        status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body))), ("Connection", "close")]
    )
    return [body]
