"""The wire under every outside HTTP call: limits that also hold against a server that drips, bloats or lies.

httpx2's own time limits count from byte to byte, so a server that sends one byte every nine seconds holds a worker for
ever. Here a deadline stands at the socket: connecting, sending and each byte that comes back count against it.
"""

import math
import select
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

from app.kernel import clock
from app.kernel.addresses import look_up, only_public

_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)


@dataclass(frozen=True)
class Limits:
    """What one call may cost: seconds to connect, to wait for a byte and in all; bytes read; seconds to queue first."""

    connect: float = 3.0
    read: float = 10.0
    total: float = 45.0
    size: int = 5 * 1024 * 1024
    patience: float = 2.0

    def timeout(self, read: float | None = None) -> httpx2.Timeout:
        """The part of the limits that httpx2 keeps itself."""
        seconds = self.read if read is None else read
        return httpx2.Timeout(connect=self.connect, read=seconds, write=seconds, pool=self.connect)


class TooMuch(httpx2.TransportError):
    """The answer is longer than anybody needs."""


class Wire(httpx2.HTTPTransport):
    """httpx2's transport with a deadline over the whole call and a limit on what is read.

    A request says its own in `extensions={"limits": …}`, else `limits` holds. With `public_only` it connects to public
    addresses alone, and to the very ones it checked; else it raises NotPublic.
    """

    def __init__(self, limits: Limits | None = None, *, public_only: bool = False) -> None:
        super().__init__()
        self._limits = limits or Limits()
        # HTTPTransport takes no network backend, so its pool is put in place here (a test drips at it).
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_Backend(public_only=public_only),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it and read the head of the answer; the body is read under the same deadline."""
        limits: Limits = request.extensions.get("limits", self._limits)
        ends = clock.monotonic() + limits.total
        with _until(ends):
            response = super().handle_request(request)
        return httpx2.Response(
            status_code=response.status_code,
            headers=response.headers,
            stream=_Body(response.stream, ends, limits.size),
            extensions=response.extensions,
        )


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Any, ends: float, size: int) -> None:
        self._inner, self._ends, self._size = stream, ends, size

    def __iter__(self) -> Iterator[bytes]:
        count, chunks = 0, iter(self._inner)
        while True:
            # Set anew for each chunk: between two of them the caller's code runs, perhaps with calls of its own.
            with _until(self._ends):
                chunk = next(chunks, None)
            if chunk is None:
                return
            count += len(chunk)
            if count > self._size:
                raise TooMuch(f"more than {self._size} bytes")
            yield chunk

    def close(self) -> None:
        self._inner.close()


class _Backend(httpcore2.NetworkBackend):
    """Connects: a look-up with a time limit, then each address in turn, all within the seconds given."""

    def __init__(self, *, public_only: bool) -> None:
        self._public_only = public_only

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        with _as_httpcore(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            return _Stream(connect(host, port, _left(timeout), public_only=self._public_only))


class _Stream(httpcore2.NetworkStream):
    """A socket whose every wait ends at the deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with _as_httpcore(httpcore2.ReadTimeout, httpcore2.ReadError):
            self._sock.settimeout(_left(timeout))
            return self._sock.recv(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with _as_httpcore(httpcore2.WriteTimeout, httpcore2.WriteError):
            view = memoryview(buffer)
            while view:
                self._sock.settimeout(_left(timeout))
                view = view[self._sock.send(view) :]

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        with _as_httpcore(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            try:
                self._sock.settimeout(_left(timeout))
                return _Stream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname))
            except BaseException:
                self.close()
                raise

    def get_extra_info(self, info: str) -> Any:
        answers: dict[str, Callable[[], Any]] = {
            "socket": lambda: self._sock,
            "client_addr": self._sock.getsockname,
            "server_addr": self._sock.getpeername,
            # A connection at rest that can be read has been closed by the other side.
            "is_readable": lambda: _is_readable(self._sock),
        }
        return answers[info]() if info in answers else None


def connect(host: str, port: int, seconds: float, *, public_only: bool = False) -> socket.socket:
    """A connection within that many seconds, the look-up included; OSError or TimeoutError when there is none."""
    ends = clock.monotonic() + seconds
    addresses = list(look_up(host, port, seconds=seconds))
    if public_only:
        only_public(addresses)
    trouble: OSError = OSError(f"{host} has no address")
    for place, address in enumerate(addresses):
        share = (ends - clock.monotonic()) / (len(addresses) - place)
        if share <= 0:
            break
        try:
            sock = socket.create_connection((address, port), timeout=share)
        except OSError as error:
            trouble = error
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise trouble


@contextmanager
def _until(ends: float) -> Iterator[None]:
    token = _deadline.set(ends)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(timeout: float | None) -> float:
    left = _deadline.get() - clock.monotonic()
    if left <= 0:
        raise TimeoutError("the time for this call is over")
    return min(left, 3600.0 if timeout is None else timeout)


def _is_readable(sock: socket.socket) -> bool:
    if sock.fileno() < 0:
        return True
    poller = select.poll()
    poller.register(sock.fileno(), select.POLLIN)
    return bool(poller.poll(0))


@contextmanager
def _as_httpcore(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
