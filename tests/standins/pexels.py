"""Pexels' stand-in: searches, and real small pictures behind the addresses it answers."""

import time
from collections.abc import Mapping
from typing import Any

from tests.standins.jpeg import landscape
from tests.standins.server import Call, Reply, StandIn


class PexelsStandIn(StandIn):
    """Finds one landscape for every query but those in `nowhere`. `queries` holds what was searched for.

    Misbehaviour with `path="/v1"` hits searches alone, with `path="/photos"` pictures alone.
    """

    name = "pexels"
    prefix = "/v1"

    def __init__(self, port: int = 0, *, keys: frozenset[str] = frozenset({"px-standin"})) -> None:
        super().__init__(port)
        self.keys = keys
        self.queries: list[dict[str, str]] = []
        self.nowhere: set[str] = set()
        #: What the next photos say of themselves, over the honest values (`alt=None`, `src={…}`).
        self.overrides: dict[str, Any] = {}
        #: The bytes behind every picture address, when not a landscape.
        self.picture: bytes | None = None
        self.picture_type = "image/jpeg"

    def respond(self, call: Call) -> Reply:
        if call.path.startswith("/photos/"):
            number = int(call.path.split("/")[2])
            return Reply(200, self.picture or landscape(number % 17), content_type=self.picture_type)
        if call.headers.get("authorization") not in self.keys:
            return self.error(401)
        if call.path != "/v1/search":
            return self.error(404)
        if not call.query.get("query"):
            return Reply(400, {"error": "No query given"})
        with self.lock:
            self.queries.append(call.query)
        limits = {"X-Ratelimit-Limit": "20000", "X-Ratelimit-Remaining": "19684"}
        return Reply(200, self._found(call.query), {**limits, "X-Ratelimit-Reset": str(int(time.time()) + 3600)})

    def _found(self, query: dict[str, str]) -> dict[str, Any]:
        if query["query"].lower() in {name.lower() for name in self.nowhere}:
            return {"total_results": 0, "page": 1, "per_page": 15, "photos": []}
        number = 1000 + sum(query["query"].encode()) % 9000
        address = f"{self.origin}/photos/{number}/pexels-photo-{number}.jpeg"
        sizes = ("original", "large2x", "large", "medium", "small", "portrait", "landscape", "tiny")
        photo = {
            "id": number,
            "width": 720,
            "height": 480,
            "url": f"https://www.pexels.com/photo/hills-{number}/",
            "photographer": "Maja Lind",
            "photographer_url": "https://www.pexels.com/@maja-lind",
            "photographer_id": 2659,
            "avg_color": "#8090A0",
            "liked": False,
            "alt": f"Hills near {query['query']} in the evening",
            "src": {size: f"{address}?auto=compress&cs=tinysrgb&size={size}" for size in sizes},
        }
        return {"total_results": 8000, "page": 1, "per_page": 15, "photos": [{**photo, **self.overrides}]}

    def error(self, status: int, retry_after: str = "") -> Reply:
        words = {401: "Unauthorized", 404: "Not Found", 429: "Rate limit exceeded"}.get(status, "Scripted trouble")
        return Reply(status, {"error": words}, {"retry-after": retry_after} if retry_after else {})

    def state(self, query: Mapping[str, str]) -> dict[str, Any]:
        return {**super().state(query), "queries": list(self.queries)}

    def command(self, what: str, values: dict[str, Any]) -> Any:
        if what == "set":
            for name, value in values.items():
                if name not in ("nowhere", "overrides"):
                    raise KeyError(name)
                setattr(self, name, set(value) if name == "nowhere" else value)
            return None
        return super().command(what, values)

    def reset(self) -> None:
        super().reset()
        with self.lock:
            self.queries.clear()
            self.nowhere.clear()
            self.overrides.clear()
