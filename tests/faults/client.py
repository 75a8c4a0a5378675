"""Those who call the web process over real connections, and note what they were told to its last byte."""

import http.client
import itertools
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self
from urllib.parse import urlencode

_numbers = itertools.count(1)
#: Longer than anything may take: who waits longer has found a fault.
LONGEST = 40.0
PASSWORD = "hast-och-vagn-47"
OWNER = "ada@majorna.example"


@dataclass(frozen=True)
class Answer:
    """What was said, read to its end, and after how many seconds."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    at: float

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Broken(Exception):
    """There was no answer, or it broke off: whoever asked knows nothing."""


class Browser:
    """Somebody with cookies."""

    def __init__(self, port: int, host: str) -> None:
        self.port, self.host = port, f"{host}:{port}"
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """The whole answer over a connection of its own; Broken when there is none."""
        began = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        try:
            line.request(method, path, body, self._headers(headers))
            got = line.getresponse()
            content = got.read()
            if got.length:
                raise Broken("cut short")
        except (OSError, http.client.HTTPException) as error:
            raise Broken(repr(error)) from error
        finally:
            line.close()
        for name, value in got.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition(";")[0].partition("=")
                self.cookies[cookie] = rest
        now = time.monotonic()
        return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, content, now - began, now)

    def get(self, path: str) -> Answer:
        """A page."""
        return self.ask("GET", path)

    def post_form(self, path: str, form: dict[str, str]) -> Answer:
        """Send a form, with the token that the sign-in page bears."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/login").body.decode())
        assert found, "the page bears no form token"
        body = urlencode({"csrf_token": found[1]} | form).encode()
        return self.ask("POST", path, body, content_type="application/x-www-form-urlencoded")

    def sign_in(self, email: str = OWNER, password: str = PASSWORD) -> Self:
        """Sign in on the page."""
        answer = self.post_form("/login", {"email": email, "password": password})
        assert answer.status == 303, (answer.status, answer.body[:500])
        return self

    def book(self, key: str | None = None, **more: Any) -> Answer:
        """Book a move by the API."""
        headers = {"idempotency_key": key} if key is not None else {}
        body = json.dumps(move(**more)).encode()
        return self.ask("POST", "/api/v1/booking", body, content_type="application/json", **headers)

    def is_healthy(self) -> bool:
        """Whether /healthz answers."""
        try:
            return self.get("/healthz").status == 200
        except Broken:
            return False

    def listen(self, last_event_id: str = "") -> "Listening":
        """Open the stream of live events."""
        return Listening(self, last_event_id)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers | {"Host": self.host}


def move(**more: Any) -> dict[str, Any]:
    """A booking as JSON, each of another customer."""
    return {
        "name": "Anna Lindqvist",
        "email": f"anna{next(_numbers)}@example.se",
        "phone": "070-123 45 67",
        "fromAddress": "Linnégatan 12, 413 04 Göteborg",
        "toAddress": "Strandvägen 4, 442 31 Kungälv",
        "date": (date.today() + timedelta(days=7)).isoformat(),  # noqa: DTZ011  # any day ahead will do
        "time": "08:00",
    } | more


@dataclass(frozen=True)
class Event:
    """A live event, and when it came."""

    id: int
    name: str
    data: dict[str, Any]
    at: float


class Listening:
    """An open stream of live events, read by a thread of its own."""

    def __init__(self, browser: Browser, last_event_id: str) -> None:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        self._line = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=LONGEST)
        self._line.request("GET", "/events", headers=browser._headers({}) | headers)
        self._answer = self._line.getresponse()
        self.status = self._answer.status
        self.events: list[Event] = []
        self.ended_at: float | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def ids(self) -> set[int]:
        """The ids of what was heard."""
        return {event.id for event in list(self.events)}

    def of(self, name: str) -> list[Event]:
        """What was heard under that name."""
        return [event for event in list(self.events) if event.name == name]

    def close(self) -> None:
        """Hang up."""
        if self._line.sock is not None:
            self._line.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
        self._line.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        found: dict[str, str] = {}
        try:
            while line := self._answer.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    found[name] = value
                elif "event" in found:
                    event = Event(int(found["id"]), found["event"], json.loads(found["data"]), time.monotonic())
                    self.events.append(event)
                    found = {}
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.ended_at = time.monotonic()


class Crowd:
    """Many who do the same over and over until they are told to stop."""

    def __init__(self, count: int, do: Callable[[], Answer]) -> None:
        self.answers: list[Answer] = []
        self.broken: list[float] = []
        self._do = do
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let each finish what it is at."""
        self._enough.set()
        for thread in self._threads:
            thread.join(timeout=LONGEST + 5)

    def with_status(self, status: int) -> list[Answer]:
        """The answers of that status."""
        return [answer for answer in list(self.answers) if answer.status == status]

    def after(self, moment: float) -> list[Answer]:
        """The answers to those who asked after that moment."""
        return [answer for answer in list(self.answers) if answer.at - answer.seconds > moment]

    @property
    def acknowledged(self) -> list[str]:
        """The ids of the bookings that somebody was told of, to the end."""
        return [answer.json["bookingId"] for answer in self.with_status(201)]

    def _run(self) -> None:
        while not self._enough.is_set():
            try:
                self.answers.append(self._do())
            except Broken:
                self.broken.append(time.monotonic())
                time.sleep(0.05)  # nobody is there: do not spin


def all_at_once(count: int, do: Callable[[int], Answer]) -> list[Answer]:
    """What each of `count` callers is told who begin at the same instant."""
    answers: list[Answer] = []
    gate = threading.Barrier(count)

    def run(number: int) -> None:
        gate.wait()
        answers.append(do(number))

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=LONGEST + 5)
    assert len(answers) == count, f"{count - len(answers)} had no answer"
    return answers
