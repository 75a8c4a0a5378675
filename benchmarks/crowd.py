"""Five hundred people want one car at the same moment: how long until all of them are answered."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.cli.load import Request, flood, percentile
from benchmarks.figures import Figure

PEOPLE, ROUNDS = 500, 10


def measure_crowd(origin: str) -> Iterator[Figure]:
    """Round after round at a car that is free, each at another time; each with one winner."""
    slowest: list[float] = []
    for _round in range(ROUNDS):
        wanted = json.dumps(_free_car(origin)).encode()
        asked = [Request("POST", "/api/v1/bookings/precheck", wanted) for _person in range(PEOPLE)]
        replies = flood(origin, asked, at_once=PEOPLE, done=lambda _more: None)
        statuses = Counter(reply.status for reply in replies)
        if statuses != {201: 1, 409: PEOPLE - 1}:
            raise SystemExit(f"one should have had the car; answers by status (0: none): {dict(statuses)}")
        slowest.append(max(reply.seconds for reply in replies))
        _give_up(origin, next(json.loads(reply.body)["holdId"] for reply in replies if reply.status == 201))
    yield Figure(
        f"one car, {PEOPLE} clients: all answered", percentile(slowest, 100) / 1000, "s", goal=3, aim=1, smaller=True,
        note=f"the slowest of {ROUNDS} rounds; median {percentile(slowest, 50) / 1000:.2f} s",
    )  # fmt: skip


def _free_car(origin: str) -> dict[str, str]:
    """A car and two hours in the coming year in which it is free."""
    while True:
        begins = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=random.randrange(2_000, 400_000, 5))
        wanted = {"from": begins.isoformat(), "to": (begins + timedelta(hours=2)).isoformat()}
        query = "&".join(f"{name}={moment.replace('+', '%2B')}" for name, moment in wanted.items())
        (found,) = flood(origin, [Request("GET", f"/api/v1/cars?{query}")], at_once=1, done=lambda _more: None)
        if found.status == 200 and (items := json.loads(found.body)["items"]):
            return wanted | {"carId": random.choice(items)["id"]}


def _give_up(origin: str, hold_id: str) -> None:
    """So that the next round's winner may hold a car again."""
    asked = Request("DELETE", f"/api/v1/bookings/precheck/{hold_id}")
    (answer,) = flood(origin, [asked], at_once=1, done=lambda _more: None)
    if answer.status != 204:
        raise SystemExit(f"giving up answered {answer.status}")
