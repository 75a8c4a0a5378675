"""Many requests at once to a running server, over real connections: what came back, and how long each took."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.kernel import clock

#: No answer at all: the connection was refused or broke off.
NO_ANSWER = 0


@dataclass(frozen=True)
class Request:
    """What is sent; `path` holds the query too."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Reply:
    """What came back, read to its end, and after how many seconds since the request was due."""

    status: int
    body: bytes
    seconds: float


def flood(
    origin: str, requests: Sequence[Request], *, at_once: int, patience: float = 60.0, done: Callable[[int], None]
) -> list[Reply]:
    """Send them all, so many at once, and give the replies in order; `done(1)` is called after each.

    The connections are opened as the requests begin, as many customers' browsers would do, and kept for further ones.
    """
    return asyncio.run(_flood(origin, requests, at_once, patience, done))


async def _flood(
    origin: str, requests: Sequence[Request], at_once: int, patience: float, done: Callable[[int], None]
) -> list[Reply]:
    replies: list[Reply | None] = [None] * len(requests)
    waiting = iter(enumerate(requests))

    async def work() -> None:
        line = _Line(origin)
        for place, request in waiting:
            began = clock.monotonic()
            try:
                status, body = await asyncio.wait_for(line.ask(request), patience)
            except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError):
                status, body = NO_ANSWER, b""
                line.close()
            replies[place] = Reply(status, body, clock.monotonic() - began)
            done(1)
        line.close()

    await asyncio.gather(*(work() for _number in range(min(at_once, len(requests)))))
    return [reply for reply in replies if reply is not None]


class _Line:
    """One connection that is opened when it is first used, and again after it was closed."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self.host, self.netloc = parts.hostname or "localhost", parts.netloc
        self.is_safe = parts.scheme == "https"
        self.port = parts.port or (443 if self.is_safe else 80)
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self, request: Request) -> tuple[int, bytes]:
        """Status and body of the answer; raises OSError, EOFError or ValueError when there is no whole one."""
        if self.reader is None or self.writer is None:
            # No name of its own (biler.localhost) needs to be known to this machine.
            host = "127.0.0.1" if self.host.endswith("localhost") else self.host
            safe = ssl.create_default_context() if self.is_safe else None
            name = self.host if safe else None
            self.reader, self.writer = await asyncio.open_connection(host, self.port, ssl=safe, server_hostname=name)
        head = [f"{request.method} {request.path} HTTP/1.1", f"Host: {self.netloc}", "Accept: application/json"]
        head += [f"{name}: {value}" for name, value in request.headers]
        if request.body:
            head += ["Content-Type: application/json", f"Content-Length: {len(request.body)}"]
        self.writer.write("\r\n".join([*head, "", ""]).encode() + request.body)
        await self.writer.drain()
        return await self._answer(self.reader)

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        status = int(first.split(" ", 2)[1])
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = await _chunks(reader)
        else:
            body = await reader.readexactly(int(headers.get("content-length") or 0))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return status, body

    def close(self) -> None:
        """Hang up."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readline()).partition(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(parts)


def percentile(seconds: Sequence[float], per_cent: float) -> float:
    """The value that so many per cent of them do not exceed, in milliseconds; 0 of none."""
    if not seconds:
        return 0.0
    ordered = sorted(seconds)
    place = min(len(ordered) - 1, max(0, round(per_cent / 100 * len(ordered)) - 1))
    return round(ordered[place] * 1000, 1)
