"""The only way out over HTTP: limits, gate and breaker, one kind of error, and never inside a transaction."""

import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx2
from flask import has_app_context
from pydantic import BaseModel

from app.kernel import clock, gates
from app.kernel.addresses import NotPublic
from app.kernel.answers import Answer, ProviderError, refusal, retry_after, stated_rate, unreadable
from app.kernel.config import settings
from app.kernel.db import end_reading, in_transaction
from app.kernel.gates import Rate, Slot
from app.kernel.wire import Limits, TooMuch, Wire

__all__ = [
    "Answer",
    "Explain",
    "Limits",
    "Outside",
    "ProviderError",
    "Rate",
    "outside_call",
    "refusal",
    "retry_after",
    "trouble_as_provider_error",
    "unreadable",
    "wired_client",
]

#: Reads a provider's refusal (any answer of 400 and above); None leaves it to the general rule.
Explain = Callable[[Answer], ProviderError | None]


class Outside:
    """One outside service at one address.

    `name` is what people call it; the gate and the breaker are kept under `gate` (the name in small letters), which two
    accounts at one service don't share when they say different ones. `gated=False` goes without both.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        rate: Rate = Rate(50, 1),
        limits: Limits | None = None,
        explain: Explain | None = None,
        public_only: bool = False,
        gated: bool = True,
        gate: str = "",
    ) -> None:
        self.name, self.base_url, self.headers, self.auth = name, base_url.rstrip("/"), dict(headers or {}), auth
        self.rate, self.limits, self.explain = rate, limits or Limits(), explain
        self.public_only = public_only
        self.gate = (gate or name.lower().replace(" ", "_")) if gated else ""

    def get(self, path: str, **request: Any) -> Answer:
        """Read something; see `call`."""
        return self.call("GET", path, **request)

    def post(self, path: str, **request: Any) -> Answer:
        """Make or do something; see `call`."""
        return self.call("POST", path, **request)

    def patch(self, path: str, **request: Any) -> Answer:
        """Change something; see `call`."""
        return self.call("PATCH", path, **request)

    def delete(self, path: str, **request: Any) -> Answer:
        """Take something away; see `call`."""
        return self.call("DELETE", path, **request)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        expect: type[BaseModel] | None = None,
    ) -> Answer:
        """The answer, of status 200 to 299; everything else is a ProviderError.

        `timeout` is the seconds to wait for each next byte. With `expect` an answer that does not fit the model counts
        as an outage for the breaker too.
        """
        with outside_call(self.name, gate=self.gate, rate=self.rate, patience=self.limits.patience) as turn:
            answer = self._ask(
                method,
                self._url(path),
                {"json": json, "data": data, "content": content, "params": params},
                {**self.headers, **(headers or {})},
                timeout,
            )
            self._learn(turn, answer)
            if not 200 <= answer.status < 300:
                raise self._refused(answer)
            if expect is not None:
                answer.expect(expect)
        return answer

    def _url(self, path: str) -> str:
        if "://" not in path:
            return self.base_url + path
        # Whole addresses come out of answers (next page); they must not carry our key to another place.
        if urlsplit(path)[:2] != urlsplit(self.base_url)[:2]:
            raise ProviderError(f"{self.name} pointed to another place.", code="elsewhere", retry=False, answered=True)
        return path

    def _ask(
        self, method: str, url: str, body: dict[str, Any], headers: dict[str, str], timeout: float | None
    ) -> Answer:
        # Compressed answers are not asked for: a small one can unpack into gigabytes.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Kontor", **headers}
        request = {
            **{name: value for name, value in body.items() if value is not None},
            "headers": headers,
            "timeout": self.limits.timeout(timeout),
            "extensions": {"limits": self.limits},
        }
        if self.auth:
            request["auth"] = self.auth
        client = _client(os.getpid(), self.public_only)
        with trouble_as_provider_error(self.name), client.stream(method, url, **request) as got:
            raw = b"".join(got.iter_raw())
            content = _unpacked(raw, got.headers.get("content-encoding", ""), self.limits.size)
        return Answer(self.name, got.status_code, {key.lower(): value for key, value in got.headers.items()}, content)

    def _learn(self, turn: Slot | None, answer: Answer) -> None:
        rate = stated_rate(answer.headers)
        if turn is not None and rate is not None:
            gates.learn(self.gate, turn, rate)

    def _refused(self, answer: Answer) -> ProviderError:
        error = self.explain(answer) if self.explain and answer.status >= 400 else None
        return error or refusal(answer)


@contextmanager
def outside_call(name: str, *, gate: str, rate: Rate, patience: float = 2.0) -> Iterator[Slot | None]:
    """Everything an outside call of any protocol has to keep to; the call itself stands inside.

    Refuses in a dry run and, as a fault of the program, inside a transaction; raises ProviderError(waiting=True) when
    it is not our turn within `patience` seconds. Tells the breaker how the call went, by the ProviderError that leaves.
    """
    leave_nothing_open()
    if settings().is_dry:
        raise ProviderError("This is a dry run: nothing leaves the machine.", code="dry_run", retry=False)
    if not gate:
        yield None
        return
    turn = gates.pass_or_wait(gate, rate, patience=patience)
    if not turn.taken:
        words = f"{name} is left alone for a moment."
        raise ProviderError(words, code="waiting", retry=True, waiting=True, retry_after=turn.wait)
    if turn.wait > 0:
        clock.sleep(turn.wait)
    try:
        yield turn
    except ProviderError as error:
        _tell_gate(gate, turn, error)
        raise
    gates.succeeded(gate, turn)


def leave_nothing_open() -> None:
    """Give the database's connection back; RuntimeError inside a transaction, which nobody outside may keep waiting."""
    if not has_app_context():
        return
    if in_transaction():
        raise RuntimeError("an outside call inside a transaction")
    end_reading()


def _tell_gate(gate: str, turn: Slot, error: ProviderError) -> None:
    if error.is_too_fast or (error.waiting and error.retry_after):
        gates.pause(gate, error.retry_after or 0.0, error.words)
    elif error.is_outage:
        gates.failed(gate, error.words)
    elif error.answered:
        gates.succeeded(gate, turn)


@contextmanager
def trouble_as_provider_error(name: str) -> Iterator[None]:
    """What the wire raises, as ProviderError."""
    try:
        yield
    except NotPublic as error:
        raise ProviderError(f"{name} is not at a public address.", code="not_public", retry=False) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        raise ProviderError(f"{name} cannot be reached.", code="unreachable", retry=True, detail=str(error)) from error
    except httpx2.TimeoutException as error:
        words = f"{name} did not answer in time."
        raise ProviderError(words, code="timeout", retry=True, in_doubt=True, detail=str(error)) from error
    except TooMuch as error:
        raise ProviderError(f"{name} sent too much.", code="unreadable", retry=True, in_doubt=True) from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError) as error:
        words = f"The call to {name} could not be made."
        raise ProviderError(words, code="bad_call", retry=False, detail=str(error)) from error
    except httpx2.HTTPError as error:
        words = f"{name} broke off."
        raise ProviderError(words, code="broken_off", retry=True, in_doubt=True, detail=str(error)) from error


def _unpacked(raw: bytes, encoding: str, size: int) -> bytes:
    if encoding.strip().lower() in ("", "identity"):
        return raw
    if encoding.strip().lower() not in ("gzip", "deflate"):
        raise httpx2.DecodingError(f"unknown encoding {encoding}")
    reader = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        content = reader.decompress(raw, size)
    except zlib.error as error:
        raise httpx2.DecodingError(str(error)) from error
    if reader.unconsumed_tail:
        raise TooMuch(f"more than {size} bytes")
    return content


@cache
def _client(process: int, public_only: bool) -> httpx2.Client:
    """One client a process, shared by all threads; connections are not carried over a fork."""
    return wired_client(public_only=public_only)


def wired_client(limits: Limits | None = None, *, public_only: bool = False) -> httpx2.Client:
    """An httpx2 client on our wire, for libraries that want one: no redirects, no cookies, no proxies."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    chosen = limits or Limits()
    return httpx2.Client(
        transport=Wire(chosen, public_only=public_only),
        timeout=chosen.timeout(),
        follow_redirects=False,
        trust_env=False,
        cookies=jar,
        headers={"Accept-Encoding": "identity", "User-Agent": "Kontor"},
    )
