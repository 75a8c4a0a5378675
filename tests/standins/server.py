"""What all HTTP stand-ins share: a server that stands a crowd, a script of misbehaviour, a door for other processes."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

CONTROL = "/__control"


@dataclass(frozen=True)
class Call:
    """A request as it came in; header names in small letters."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; ValueError when it is none."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What goes back: JSON for anything that is not bytes."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    def payload(self) -> bytes:
        """The bytes of the body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Misbehaviour:
    """What happens to the next `times` requests whose path begins with `path`; details depend on the kind."""

    kind: str
    times: int = 1
    path: str = ""
    seconds: float = 30.0
    retry_after: str = ""
    body: Any = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what we are here for, no news."""


class StandIn:
    """A stand-in server; subclasses answer in `respond` and word their errors in `error`."""

    name = "service"
    #: What the base address ends with (`/v1`).
    prefix = ""

    def __init__(self, port: int = 0) -> None:
        self.calls: list[Call] = []
        self.script: deque[Misbehaviour] = deque()
        self.lock = threading.RLock()
        self.stopped = threading.Event()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name=self.name)

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:…`"""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The base address to put into the settings."""
        return self.origin + self.prefix

    def start(self) -> Self:
        """Serve in a thread of this process."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Wake whoever hangs and close the door."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def misbehave(self, kind: str, times: int = 1, **details: Any) -> None:
        """Script the next requests: a status as text ("429", "500"), or one of

        drop (closes before it does anything), drop_after (does it, then closes), hang, hang_after, slow (`seconds`,
        then does it), drip (a byte each `seconds`), drip_head, garbage (HTML), bad_json, odd (other JSON), huge,
        truncated, redirect, raw (`body` with status 200).
        """
        with self.lock:
            self.script.append(Misbehaviour(kind, times, **details))

    def behave(self) -> None:
        """Forget the script."""
        with self.lock:
            self.script.clear()

    def reset(self) -> None:
        """As if just started."""
        with self.lock:
            self.script.clear()
            self.calls.clear()

    def respond(self, call: Call) -> Reply:
        """The honest answer."""
        raise NotImplementedError

    def error(self, status: int, retry_after: str = "") -> Reply:
        """A failure of that status in the vendor's words."""
        raise NotImplementedError

    def other(self, kind: str, call: Call) -> Reply | None:
        """The answer to a kind of misbehaviour that only this service knows."""
        return None

    def state(self, query: Mapping[str, str]) -> dict[str, Any]:
        """What another process may want to know."""
        return {"name": self.name, "calls": len(self.calls)}

    def command(self, what: str, values: dict[str, Any]) -> Any:
        """Do what another process asks for."""
        actions: dict[str, Callable[..., Any]] = {
            "misbehave": self.misbehave,
            "behave": self.behave,
            "reset": self.reset,
        }
        return actions[what](**values)

    def next_misbehaviour(self, path: str) -> Misbehaviour | None:
        """The scripted one for this request, used up once."""
        with self.lock:
            for planned in list(self.script):
                if path.startswith(planned.path):
                    planned.times -= 1
                    if planned.times <= 0:
                        self.script.remove(planned)
                    return planned
        return None


def _handler(standin: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def any_method(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            call = Call(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
            )
            if call.path.startswith(CONTROL):
                self.send(_controlled(standin, call))
                return
            with standin.lock:
                standin.calls.append(call)
            planned = standin.next_misbehaviour(call.path)
            if planned is None:
                self.send(standin.respond(call))
            else:
                self.misbehave(planned, call)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = any_method  # noqa: N815  # http.server's names

        def misbehave(self, planned: Misbehaviour, call: Call) -> None:
            kind = planned.kind
            if kind.isdigit():
                self.send(standin.error(int(kind), planned.retry_after))
            elif kind in ("drop", "hang"):
                standin.stopped.wait(planned.seconds if kind == "hang" else 0)
                self.cut()
            elif kind in ("drop_after", "hang_after"):
                standin.respond(call)
                standin.stopped.wait(planned.seconds if kind == "hang_after" else 0)
                self.cut()
            elif kind == "slow":
                standin.stopped.wait(planned.seconds)
                self.send(standin.respond(call))
            elif kind in ("drip", "drip_head"):
                self.drip(standin.respond(call), planned.seconds, whole=kind == "drip_head")
            elif kind == "truncated":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
                self.cut()
            else:
                self.send(standin.other(kind, call) or _wrong_answer(planned))

        def send(self, reply: Reply) -> None:
            self.wfile.write(_as_bytes(reply))
            self.wfile.flush()

        def drip(self, reply: Reply, seconds: float, *, whole: bool) -> None:
            raw = _as_bytes(reply)
            start = 0 if whole else raw.index(b"\r\n\r\n") + 4
            self.wfile.write(raw[:start])
            for place in range(start, len(raw)):
                self.wfile.write(raw[place : place + 1])
                self.wfile.flush()
                if standin.stopped.wait(seconds):
                    return

        def cut(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    return Handler


def _wrong_answer(planned: Misbehaviour) -> Reply:
    answers = {
        "garbage": Reply(200, b"<html><body>Welcome to the hotel's network</body></html>", content_type="text/html"),
        "bad_json": Reply(200, b'{"id": "tru'),
        "odd": Reply(200, {"something": ["else"], "id": 7}),
        "huge": Reply(200, {"id": "x" * 6 * 1024 * 1024}),
        "redirect": Reply(302, {}, {"Location": "https://elsewhere.example/"}),
        "raw": Reply(200, planned.body),
    }
    return answers[planned.kind]


def _as_bytes(reply: Reply) -> bytes:
    payload = reply.payload()
    head = {"Content-Type": reply.content_type, "Content-Length": str(len(payload)), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} .", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + payload


def _controlled(standin: StandIn, call: Call) -> Reply:
    if call.method == "GET":
        return Reply(200, standin.state(call.query))
    try:
        done = standin.command(call.path.removeprefix(CONTROL).strip("/"), call.json() if call.body else {})
    except (KeyError, TypeError, ValueError) as error:
        return Reply(400, {"error": repr(error)})
    return Reply(200, {"done": done})
