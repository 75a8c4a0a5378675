"""What was taken when, as Redis remembers it for a few seconds: only to show it. Whoever takes a car asks the database.

An answer is kept under the token of its business, and facts change the token after their commit: whoever had asked
before cannot leave an old answer behind. It ends by itself when the next hold runs out. Without Redis nothing is kept.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from redis.exceptions import RedisError

from app.kernel import clock
from app.kernel.tenancy import current_business_id
from app.kernel.valkey import client

LONGEST = timedelta(seconds=10)
#: After Redis did not answer, nobody waits for it again for so long.
PAUSE_SECONDS = 5.0
_TOKEN_SECONDS = 86_400


@dataclass(frozen=True)
class Taken:
    """From when on each resource is taken within a period; right until the next hold in it runs out."""

    begins: dict[int, datetime]
    until: datetime | None


class Pause:
    """Whether Redis was away a moment ago."""

    ends = 0.0


def taken(starts_at: datetime, ends_at: datetime, ask: Callable[[], Taken]) -> dict[int, datetime]:
    """What is taken in that period: as it was said at most ten seconds ago and is still so, else as `ask` says now."""
    if clock.monotonic() < Pause.ends:
        return ask().begins
    try:
        token = _token()
        key = f"kontor:taken:{current_business_id()}:{token}:{starts_at.isoformat()}:{ends_at.isoformat()}"
        kept = client().get(key)
    except (RedisError, OSError):
        _pause()
        return ask().begins
    if isinstance(kept, str) and (found := _read(kept)) is not None:
        return found
    answer = ask()
    try:
        client().set(key, _written(answer), ex=LONGEST)
    except (RedisError, OSError):
        _pause()
    return answer.begins


def forget(business_id: int) -> None:
    """Nothing that was said of that business counts any more; never raises."""
    if clock.monotonic() < Pause.ends:
        return
    try:
        client().set(_token_key(business_id), secrets.token_hex(8), ex=_TOKEN_SECONDS)
    except (RedisError, OSError):
        _pause()


def _token() -> str:
    key = _token_key(current_business_id())
    if isinstance(known := client().get(key), str):
        return known
    fresh = secrets.token_hex(8)
    if client().set(key, fresh, ex=_TOKEN_SECONDS, nx=True):
        return fresh
    return str(client().get(key))


def _token_key(business_id: int) -> str:
    return f"kontor:taken:{business_id}"


def _written(answer: Taken) -> str:
    now = clock.now()
    until = min(answer.until, now + LONGEST) if answer.until is not None else now + LONGEST
    begins = {number: at.isoformat() for number, at in answer.begins.items()}
    return json.dumps({"at": now.isoformat(), "until": until.isoformat(), "begins": begins})


def _read(kept: str) -> dict[int, datetime] | None:
    found = json.loads(kept)
    if not datetime.fromisoformat(found["at"]) <= clock.now() < datetime.fromisoformat(found["until"]):
        return None
    return {int(number): datetime.fromisoformat(at) for number, at in found["begins"].items()}


def _pause() -> None:
    Pause.ends = clock.monotonic() + PAUSE_SECONDS
