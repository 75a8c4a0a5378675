"""A mail server's stand-in: takes mails, and can refuse, hang or break off at each step of the conversation."""

import base64
import socket
import socketserver
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self


@dataclass(frozen=True)
class Taken:
    """A mail that was really taken."""

    sender: str
    receivers: list[str]
    raw: bytes
    over_tls: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.raw, policy=policy.default)


@dataclass
class _Trouble:
    step: str
    answer: str
    times: int
    seconds: float


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class SmtpStandIn:
    """`sent` holds the mails. With `tls` (a server's context) it offers STARTTLS, or speaks TLS from the start."""

    def __init__(
        self,
        port: int = 0,
        *,
        user: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
    ) -> None:
        self.user, self.password, self.tls, self.implicit_tls = user, password, tls, implicit_tls
        self.sent: list[Taken] = []
        self.unknown: set[str] = set()
        self.troubles: deque[_Trouble] = deque()
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="smtp")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The address to put into the settings."""
        who = f"{self.user}:{self.password}@" if self.user else ""
        return f"{'smtps' if self.implicit_tls else 'smtp'}://{who}127.0.0.1:{self.port}"

    def misbehave(self, step: str, answer: str, times: int = 1, seconds: float = 30.0) -> None:
        """At that step (greeting, ehlo, auth, mail, rcpt, data, body) say `answer`, a line as `550 5.1.1 no such user`,

        or do one of: drop (hang up), hang (`seconds`), drip (a byte each `seconds`); at `body` also drop_after, which
        takes the mail and hangs up instead of saying so, and slow, which takes it after `seconds`.
        """
        with self.lock:
            self.troubles.append(_Trouble(step, answer, times, seconds))

    def trouble(self, step: str) -> _Trouble | None:
        """The scripted one for this step, used up once."""
        with self.lock:
            for planned in list(self.troubles):
                if planned.step == step:
                    planned.times -= 1
                    if planned.times <= 0:
                        self.troubles.remove(planned)
                    return planned
        return None

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


class _HangUp(Exception):
    """The conversation is over."""


@dataclass
class _Envelope:
    sender: str = ""
    receivers: list[str] = field(default_factory=list)


def _handler(standin: SmtpStandIn) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        over_tls = False
        who = ""

        def handle(self) -> None:
            self.envelope = _Envelope()
            if standin.implicit_tls:
                self.secure()
            try:
                self.answer("greeting", "220 standin ESMTP")
                while line := self.rfile.readline():
                    self.obey(line.decode("utf-8", "replace").strip())
            except (_HangUp, OSError):
                return

        def secure(self) -> None:
            assert standin.tls is not None
            self.connection = standin.tls.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            self.over_tls = True

        def obey(self, line: str) -> None:
            verb, _, rest = line.partition(" ")
            steps: dict[str, Callable[[str], object]] = {
                "EHLO": self.ehlo,
                "HELO": lambda _: self.answer("ehlo", "250 standin"),
                "STARTTLS": self.starttls,
                "AUTH": self.auth,
                "MAIL": self.mail,
                "RCPT": self.rcpt,
                "DATA": self.data,
                "RSET": self.rset,
                "NOOP": lambda _: self.say("250 ok"),
                "QUIT": self.quit,
            }
            steps.get(verb.upper(), lambda _: self.say("502 5.5.1 unknown command"))(rest)

        def ehlo(self, _: str) -> None:
            offers = ["standin", "SIZE 41943040", "8BITMIME"]
            if standin.tls and not self.over_tls:
                offers.append("STARTTLS")
            if standin.user:
                offers.append("AUTH PLAIN LOGIN")
            lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
            self.answer("ehlo", "\r\n".join(lines))

        def starttls(self, _: str) -> None:
            self.say("220 go ahead")
            self.secure()

        def auth(self, rest: str) -> None:
            kind, _, first = rest.partition(" ")
            if kind.upper() == "PLAIN":
                _, user, password = base64.b64decode(first or self.ask("")).decode().split("\0")
            else:
                user = base64.b64decode(first or self.ask("VXNlcm5hbWU6")).decode()
                password = base64.b64decode(self.ask("UGFzc3dvcmQ6")).decode()
            is_right = (user, password) == (standin.user, standin.password)
            self.who = user if is_right else ""
            self.answer("auth", "235 2.7.0 welcome" if is_right else "535 5.7.8 bad name or password")

        def ask(self, challenge: str) -> bytes:
            self.say(f"334 {challenge}")
            return self.rfile.readline().strip()

        def mail(self, rest: str) -> None:
            if standin.user and not self.who:
                self.say("530 5.7.0 log in first")
                return
            self.envelope = _Envelope(sender=_address(rest))
            self.answer("mail", "250 2.1.0 ok")

        def rcpt(self, rest: str) -> None:
            receiver = _address(rest)
            if receiver in standin.unknown:
                self.say("550 5.1.1 no such user here")
                return
            if self.answer("rcpt", "250 2.1.5 ok"):
                self.envelope.receivers.append(receiver)

        def data(self, _: str) -> None:
            if not self.envelope.receivers:
                self.say("503 5.5.1 no receivers")
                return
            if not self.answer("data", "354 go on"):
                return
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line[1:] if line.startswith(b".") else line)
            planned = standin.trouble("body")
            if planned is not None and planned.answer == "slow":
                standin.stopped.wait(planned.seconds)
                planned = None
            if planned is not None and planned.answer != "drop_after":
                self.act(planned)
                return
            taken = Taken(self.envelope.sender, self.envelope.receivers, b"".join(lines), self.over_tls, self.who)
            with standin.lock:
                standin.sent.append(taken)
            if planned is not None:
                self.hang_up()
            self.say("250 2.0.0 taken")

        def rset(self, _: str) -> None:
            self.envelope = _Envelope()
            self.say("250 ok")

        def quit(self, _: str) -> None:
            self.say("221 2.0.0 bye")
            raise _HangUp

        def answer(self, step: str, honest: str) -> bool:
            planned = standin.trouble(step)
            if planned is None:
                self.say(honest)
                return True
            self.act(planned)
            return False

        def act(self, planned: _Trouble) -> None:
            if planned.answer == "drop":
                self.hang_up()
            if planned.answer == "hang":
                standin.stopped.wait(planned.seconds)
                self.hang_up()
            if planned.answer == "drip":
                for letter in "250 " + "x" * 400:
                    self.wfile.write(letter.encode())
                    if standin.stopped.wait(planned.seconds):
                        break
                self.hang_up()
            self.say(planned.answer)

        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def hang_up(self) -> None:
            socket.socket.shutdown(self.connection, socket.SHUT_RDWR)
            raise _HangUp

    return Handler


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]
