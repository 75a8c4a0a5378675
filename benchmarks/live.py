"""Open live pages of one web process: what a thousand of them hold, and whether it still serves others meanwhile."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import psutil

from app.cli.load import percentile
from app.cli.seed import DEMO_PASSWORD
from benchmarks.figures import Figure
from benchmarks.ground import ground, settle
from benchmarks.memory import share
from benchmarks.pages import sign_in

PAGES, AT_ONCE, BOOKINGS = 1_000, 50, 20


def measure() -> Iterator[Figure]:
    """Opens a thousand streams of the office, books meanwhile, and waits until each has heard of each booking."""
    if not sys.platform.startswith("linux"):
        yield Figure("open live pages", None, "", note="only Linux tells a process's proportional share")
        return
    with ground(demo=True) as made:
        made.more |= {"WEB_CONCURRENCY": "1"}
        with made.web() as (origin, first):
            settle()
            with httpx2.Client(base_url=origin, timeout=30) as desk:
                sign_in(desk, "owner@majorna.example", DEMO_PASSWORD)
                cookies = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
            number = psutil.Process(first).children()[0].pid
            before = share(number)
            heard, waits, pages = asyncio.run(_listen(origin, cookies))
            yield Figure("open live pages", float(heard), "", goal=1_000, aim=4_000, note="all of one web process")
            after = share(number)
            note = f"{(after - before) * 1024 / PAGES:.0f} KiB a page"
            yield Figure("its memory with them", after, "MB", goal=512, aim=256, smaller=True, note=note)
            yield Figure("from a booking's answer to every page: p95", percentile(waits, 95), "ms", smaller=True)
            yield Figure("a page meanwhile: p95", percentile(pages, 95), "ms", smaller=True)


async def _listen(origin: str, cookies: str) -> tuple[int, list[float], list[float]]:
    """How many pages heard of every booking, how long the last of them waited each time, and how long a page took."""
    host, port = "127.0.0.1", int(origin.rpartition(":")[2])
    counts = [0] * PAGES
    lines = []
    for _some in range(0, PAGES, AT_ONCE):
        lines += await asyncio.gather(*(_open(host, port, cookies) for _page in range(AT_ONCE)))
    ears = [asyncio.create_task(_hear(line, counts, place)) for place, line in enumerate(lines)]
    waits, pages = [], []
    async with httpx2.AsyncClient(base_url=origin, timeout=30) as visitor:
        for turn in range(1, BOOKINGS + 1):
            answer = await visitor.post(
                "/api/v1/booking", content=_order(turn), headers={"Content-Type": "application/json"}
            )
            if answer.status_code != 201:
                raise SystemExit(f"a booking answered {answer.status_code}")
            began = time.monotonic()
            # A look now and then costs less than a thousand events that somebody waits for.
            while min(counts) < turn and time.monotonic() < began + 30:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            waits.append(time.monotonic() - began)
            began = time.monotonic()
            await visitor.get("/book/move")
            pages.append(time.monotonic() - began)
    for ear, (_reader, writer) in zip(ears, lines, strict=True):
        ear.cancel()
        writer.close()
    return sum(count >= BOOKINGS for count in counts), waits, pages


async def _open(host: str, port: int, cookies: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(host, port)
    head = f"GET /events HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookies}\r\nAccept: text/event-stream\r\n\r\n"
    writer.write(head.encode())
    first = await reader.readline()
    if b" 200 " not in first:
        raise SystemExit(f"a stream answered {first.decode()}")
    while b": hello" not in (line := await reader.readline()):
        if not line:
            raise SystemExit("a stream ended before it began")
    return reader, writer


async def _hear(line: tuple[asyncio.StreamReader, asyncio.StreamWriter], counts: list[int], place: int) -> None:
    while data := await line[0].readline():
        counts[place] += data.startswith(b"event: booking.created")


def _order(turn: int) -> bytes:
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    order = {
        "name": f"Bench {turn}", "email": f"live-{turn}@post.example", "phone": "070-174 06 05", "date": day,
        "fromAddress": "Linnégatan 12, 413 04 Göteborg", "toAddress": "Strandvägen 4, 442 31 Kungälv",
    }  # fmt: skip
    return json.dumps(order).encode()
