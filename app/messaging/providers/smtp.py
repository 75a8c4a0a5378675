"""Mails through a mail server of one's own."""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from app.kernel.http import Limits, ProviderError, Rate, outside_call
from app.kernel.wire import connect
from app.messaging.providers.contract import OutgoingMail, Receipt
from app.messaging.providers.mime import ascii_address, composed, message_id
from app.messaging.providers.words import english

_RATE = Rate(20, 1)
_ENHANCED = re.compile(rb"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Server:
    """A mail server as `SMTP_URL` names it: `smtps://name:password@host:465`, `smtp://host:25?starttls=off`."""

    host: str
    port: int
    user: str
    password: str
    implicit_tls: bool
    starttls: str

    @classmethod
    def of(cls, url: str) -> "Server":
        """The server of that address; ValueError when it is no such address."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("SMTP_URL is not an address that starts with smtp:// or smtps://")
        implicit = parts.scheme == "smtps"
        wish = parse_qs(parts.query).get("starttls", ["auto"])[0]
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if implicit else 587 if parts.username else 25),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            implicit_tls=implicit,
            starttls=wish if wish in ("auto", "off", "required") else "required",
        )

    @property
    def needs_tls(self) -> bool:
        """Whether nothing may be said in the open: a password never travels so, except within this machine."""
        if self.starttls == "required":
            return True
        return bool(self.user) and self.starttls != "off" and self.host not in _LOOPBACK


class Smtp:
    """One mail, one connection. The Message-ID comes from the key, so that receivers can tell a second try."""

    name = "smtp"

    def __init__(
        self,
        url: str,
        *,
        own_name: str = "localhost",
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        gated: bool = True,
    ) -> None:
        self.server, self.own_name = Server.of(url), own_name
        self.limits, self.tls = limits or Limits(), tls or ssl.create_default_context()
        self.gate = f"smtp:{self.server.host}:{self.server.port}"[:120] if gated else ""

    def send(self, mail: OutgoingMail, key: str) -> Receipt:
        """See `MailProvider.send`. A connection lost after the last byte leaves it `in_doubt`: nobody can be asked."""
        raw = composed(mail, key)
        sender, receiver = parseaddr(mail.sender)[1], ascii_address(mail.to)
        with outside_call("The mail server", gate=self.gate, rate=_RATE, patience=self.limits.patience):
            talk = _Talk()
            with _trouble(talk):
                session = _Session(self.server, self.limits, self.tls, self.own_name)
                try:
                    self._introduce(session, talk)
                    _hand_over(session, talk, sender, receiver, raw, self.limits.total)
                finally:
                    session.leave()
        return Receipt(id=message_id(mail, key))

    def _introduce(self, session: "_Session", talk: "_Talk") -> None:
        session.ehlo_or_helo_if_needed()
        server = self.server
        if not server.implicit_tls and server.starttls != "off":
            if session.has_extn("starttls"):
                session.starttls(context=self.tls)
                session.ehlo()
            elif server.needs_tls:
                raise _failed("login_unsafe", retry=False, answered=True)
        if server.user:
            talk.stage = "login"
            session.login(server.user, server.password)
            talk.stage = "talk"


@dataclass
class _Talk:
    """How far the conversation came: connect, talk, login, sender, receiver, data, handed_over."""

    stage: str = "connect"


class _Session(smtplib.SMTP):
    """smtplib's session with a deadline over all of it: its own time limit counts from byte to byte."""

    def __init__(self, server: Server, limits: Limits, tls: ssl.SSLContext, own_name: str) -> None:
        self._server, self._limits, self._tls = server, limits, tls
        self.is_late = False
        self._watch = threading.Timer(limits.total, self._cut)
        self._watch.daemon = True
        self._watch.start()
        try:
            super().__init__(server.host, server.port, local_hostname=own_name, timeout=limits.read)
        except BaseException:
            self._watch.cancel()
            raise

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = connect(host, port, self._limits.connect)
        if self._server.implicit_tls:
            sock = self._tls.wrap_socket(sock, server_hostname=host)
        sock.settimeout(timeout)
        return sock

    def getreply(self) -> tuple[int, bytes]:
        """The server's reply; half a one that was cut off at the deadline is none."""
        code, reply = super().getreply()
        if self.is_late:
            raise smtplib.SMTPServerDisconnected("timed out")
        return code, reply

    def leave(self) -> None:
        """Say goodbye if the other side still listens, and close."""
        with suppress(smtplib.SMTPException, OSError, ValueError):
            if self.sock is not None:
                self.sock.settimeout(min(1.0, self._limits.read))
                self.quit()
        self._watch.cancel()
        self.close()

    def _cut(self) -> None:
        self.is_late = True
        sock = self.sock
        if sock is not None:
            with suppress(OSError):
                # The plain socket's shutdown: an SSL socket's own would confuse the thread that is reading from it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _hand_over(session: _Session, talk: _Talk, sender: str, receiver: str, raw: bytes, seconds: float) -> None:
    steps = (("sender", f"MAIL FROM:<{sender}>"), ("receiver", f"RCPT TO:<{receiver}>"), ("data", "DATA"))
    for stage, command in steps:
        talk.stage = stage
        code, reply = session.docmd(command)
        if code not in ((354,) if stage == "data" else (250, 251)):
            raise smtplib.SMTPResponseException(code, reply)
    session.send(re.sub(rb"(?m)^\.", b"..", raw) + b".\r\n")
    talk.stage = "handed_over"
    # Servers look through a mail before they say yes: this wait alone may take what is left of the whole time.
    if session.sock is not None:
        session.sock.settimeout(seconds)
    code, reply = session.getreply()
    if code != 250:
        talk.stage = "data"
        raise smtplib.SMTPResponseException(code, reply)


@contextmanager
def _trouble(talk: _Talk) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise _failed("not_trusted", retry=False, detail=str(error)) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(talk.stage, error.smtp_code, _bytes(error.smtp_error)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise _failed("login_refused", retry=False, answered=True, detail=str(error)) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        if talk.stage == "handed_over":
            raise _failed("in_doubt", retry=False, in_doubt=True, detail=str(error)) from error
        late = isinstance(error, TimeoutError) or "timed out" in str(error)
        is_away = (
            talk.stage == "connect" and isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
        )
        code = "unreachable" if is_away else "timeout" if late else "broken_off"
        raise _failed(code, retry=True, detail=str(error)) from error


def _answered(stage: str, status: int, reply: bytes) -> ProviderError:
    said = f"{status} {reply.decode('utf-8', 'replace')}"
    if status == 421 or status < 400:
        # Closing down, or no SMTP at all: the server is unwell, whatever the mail.
        return _failed("outage", retry=True, detail=said)
    if status < 500:
        return _failed("later", retry=True, answered=True, status=status, detail=said)
    enhanced = _ENHANCED.search(reply)
    group = f"{enhanced[2].decode()}.{enhanced[3].decode()}" if enhanced else ""
    return _failed(_permanent(stage, status, group), retry=False, answered=True, status=status, detail=said)


def _permanent(stage: str, status: int, group: str) -> str:
    if stage == "login" or status in (530, 534, 535):
        return "login_refused"
    if group == "2.2":
        return "mailbox_full"
    if status == 552 or group in ("2.3", "3.4"):
        return "too_large"
    if stage == "sender":
        return "bad_sender"
    if stage == "receiver":
        return "refused" if group.startswith("7.") else "bad_address" if group == "1.3" else "no_such_mailbox"
    return "content_refused"


def _failed(
    code: str,
    *,
    retry: bool,
    answered: bool = False,
    in_doubt: bool = False,
    status: int | None = None,
    detail: str = "",
) -> ProviderError:
    return ProviderError(
        english(code), code=code, retry=retry, answered=answered, in_doubt=in_doubt, status=status, detail=detail
    )


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode("utf-8", "replace")
