"""Mails through a mail server, against a stand-in that can fail at each step of the conversation."""

import datetime as dt
import ipaddress
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.kernel.db import transaction
from app.kernel.http import Limits, ProviderError
from app.messaging.providers.contract import Attachment, OutgoingMail
from app.messaging.providers.smtp import Server, Smtp
from app.messaging.providers.words import WORDS
from tests.standins.smtp import SmtpStandIn

pytestmark = pytest.mark.usefixtures("app")

QUICK = Limits(connect=2, read=0.8, total=2)
MAIL = OutgoingMail(
    sender="Flyttfirman Åäö <hej@flytt.se>",
    to="anna@example.com",
    subject="Din flytt är bokad – K7QF-2M9X",
    text="Hej Anna!\n.\nEn rad med bara en punkt.\n..två",
    html='<p>Hej Anna!</p><img src="cid:photo" alt="">',
    reply_to="kontor@flytt.se",
    headers={"X-Entity-Ref-ID": "K7QF-2M9X"},
    attachments=[
        Attachment("flytt å.ics", "text/calendar; charset=utf-8; method=PUBLISH", "BEGIN:VCALENDAR å".encode()),
        Attachment("photo.jpg", "image/jpeg", b"\xff\xd8\xff", "photo"),
    ],
)


@pytest.fixture
def server() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as standin:
        yield standin


def smtp(url: str, **options: object) -> Smtp:
    return Smtp(url, limits=QUICK, gated=False, **options)  # type: ignore[arg-type]


def failure(server: SmtpStandIn, mail: OutgoingMail = MAIL, url: str = "", **options: object) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        smtp(url or server.url, **options).send(mail, "kontor/1")
    assert caught.value.words == WORDS[caught.value.code]
    return caught.value


def parts_of(message: EmailMessage) -> dict[str, EmailMessage]:
    return {part.get_content_type(): part for part in message.walk()}


def test_a_mail_arrives_whole(server: SmtpStandIn) -> None:
    receipt = smtp(server.url).send(MAIL, "kontor/1")
    (taken,) = server.sent
    assert (taken.sender, taken.receivers) == ("hej@flytt.se", ["anna@example.com"])
    message, parts = taken.message, parts_of(taken.message)
    assert message["Subject"] == MAIL.subject
    assert message["From"] == MAIL.sender
    assert (message["To"], message["Reply-To"]) == ("anna@example.com", "kontor@flytt.se")
    assert message["X-Entity-Ref-ID"] == "K7QF-2M9X"
    assert message["Message-ID"] == receipt.id
    assert parts["text/plain"].get_content().replace("\r\n", "\n").rstrip("\n") == MAIL.text
    assert parts["text/html"].get_content().strip() == MAIL.html
    assert parts["image/jpeg"]["Content-ID"] == "<photo>"
    assert parts["image/jpeg"].get_content_disposition() == "inline"
    assert parts["text/calendar"].get_param("method") == "PUBLISH"
    assert parts["text/calendar"].get_filename() == "flytt å.ics"
    assert parts["text/calendar"].get_content() == "BEGIN:VCALENDAR å"
    assert taken.raw.isascii()
    assert all(len(line) < 998 for line in taken.raw.splitlines())


def test_the_message_id_comes_from_the_key(server: SmtpStandIn) -> None:
    first, again = (smtp(server.url).send(MAIL, "kontor/1").id for _ in range(2))
    assert first == again != smtp(server.url).send(MAIL, "kontor/2").id
    assert first.endswith("@flytt.se>")


def test_name_and_password_are_used(server: SmtpStandIn) -> None:
    with SmtpStandIn(user="kontor", password="se:cr@t") as guarded:
        url = f"smtp://kontor:se%3Acr%40t@127.0.0.1:{guarded.port}"
        smtp(url).send(MAIL, "kontor/1")
        assert guarded.sent[0].user == "kontor"
        error = failure(guarded, url=f"smtp://kontor:wrong@127.0.0.1:{guarded.port}")
        assert (error.code, error.retry, len(guarded.sent)) == ("login_refused", False, 1)
        assert failure(guarded, url=f"smtp://127.0.0.1:{guarded.port}").code == "login_refused"
    assert failure(server, url=f"smtp://kontor:secret@127.0.0.1:{server.port}").code == "login_refused"


@pytest.mark.parametrize(
    ("step", "answer", "code", "retry"),
    [
        ("greeting", "554 5.7.1 go away", "content_refused", False),
        ("greeting", "421 4.3.2 closing down", "outage", True),
        ("mail", "550 5.7.1 sender refused", "bad_sender", False),
        ("mail", "451 4.3.0 later", "later", True),
        ("mail", "552 5.3.4 too large", "too_large", False),
        ("rcpt", "550 5.1.1 no such user", "no_such_mailbox", False),
        ("rcpt", "550 unknown", "no_such_mailbox", False),
        ("rcpt", "553 5.1.3 bad address", "bad_address", False),
        ("rcpt", "552 5.2.2 mailbox full", "mailbox_full", False),
        ("rcpt", "554 5.7.1 relaying denied", "refused", False),
        ("rcpt", "450 4.2.0 greylisted", "later", True),
        ("data", "554 5.5.1 no", "content_refused", False),
        ("body", "552 5.3.4 too large", "too_large", False),
        ("body", "550 5.7.1 spam", "content_refused", False),
        ("body", "451 4.7.1 later", "later", True),
        ("body", "421 4.3.2 closing down", "outage", True),
    ],
)
def test_each_refusal_has_its_words(server: SmtpStandIn, step: str, answer: str, code: str, retry: bool) -> None:
    server.misbehave(step, answer)
    error = failure(server)
    assert (error.code, error.retry, error.in_doubt) == (code, retry, False)
    assert answer[:3] in error.detail
    assert server.sent == []


def test_an_unknown_receiver_is_permanent(server: SmtpStandIn) -> None:
    server.unknown = {"anna@example.com"}
    assert failure(server).code == "no_such_mailbox"


@pytest.mark.parametrize("step", ["greeting", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize("how", ["drop", "hang", "drip"])
def test_a_broken_conversation_before_the_mail_is_passing(server: SmtpStandIn, step: str, how: str) -> None:
    server.misbehave(step, how, seconds=0.1 if how == "drip" else 5)
    started = time.monotonic()
    error = failure(server)
    assert (error.retry, error.in_doubt, error.is_outage) == (True, False, True)
    assert error.code in ("unreachable", "broken_off", "timeout")
    assert time.monotonic() - started < 4.5
    smtp(server.url).send(MAIL, "kontor/1")
    assert len(server.sent) == 1


@pytest.mark.parametrize("how", ["drop", "drop_after", "hang", "drip"])
def test_a_conversation_broken_after_the_mail_asks_a_person(server: SmtpStandIn, how: str) -> None:
    server.misbehave("body", how, seconds=0.1 if how == "drip" else 5)
    error = failure(server)
    assert (error.code, error.retry, error.in_doubt, error.is_outage) == ("in_doubt", False, True, True)


def test_a_server_may_think_longer_about_the_whole_mail(server: SmtpStandIn) -> None:
    server.misbehave("body", "slow", seconds=1.5)
    Smtp(server.url, limits=Limits(read=0.8, total=10), gated=False).send(MAIL, "kontor/1")
    assert len(server.sent) == 1


def test_nobody_there(server: SmtpStandIn) -> None:
    error = failure(server, url="smtp://127.0.0.1:9")
    assert (error.code, error.retry) == ("unreachable", True)


def test_addresses_beyond_ascii(server: SmtpStandIn) -> None:
    smtp(server.url).send(replace(MAIL, to="anna@blåbär.se"), "kontor/1")
    assert server.sent[0].receivers == ["anna@xn--blbr-noae.se"]
    assert failure(server, replace(MAIL, to="åsa@example.com")).code == "bad_address"


@pytest.mark.parametrize("bad", [{"subject": "a\r\nBcc: b@c.se"}, {"headers": {"X-A": "b\r\nBcc: c@d.se"}}])
def test_line_breaks_cannot_bring_in_headers(server: SmtpStandIn, bad: dict[str, object]) -> None:
    assert failure(server, replace(MAIL, **bad)).code == "refused"  # type: ignore[arg-type]
    assert server.sent == []


def test_an_address_with_a_command_in_it_is_refused(server: SmtpStandIn) -> None:
    assert failure(server, replace(MAIL, to="a@b.se>\r\nRCPT TO:<c@d.se")).retry is False
    assert server.sent == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, that nobody trusts by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "standin")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "standin.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def secured(certificate: Path, **options: object) -> SmtpStandIn:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return SmtpStandIn(tls=context, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("implicit", [True, False])
def test_both_kinds_of_tls(certificate: Path, implicit: bool) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    with secured(certificate, implicit_tls=implicit, user="kontor", password="secret") as server:
        smtp(server.url, tls=trusting).send(MAIL, "kontor/1")
        assert server.sent[0].over_tls


@pytest.mark.parametrize("implicit", [True, False])
def test_a_server_that_cannot_prove_itself_gets_nothing(certificate: Path, implicit: bool) -> None:
    with secured(certificate, implicit_tls=implicit, user="kontor", password="secret") as server:
        error = failure(server)
        assert (error.code, error.retry, server.sent) == ("not_trusted", False, [])


def test_starttls_can_be_demanded_and_switched_off(server: SmtpStandIn, certificate: Path) -> None:
    assert failure(server, url=f"{server.url}?starttls=required").code == "login_unsafe"
    with secured(certificate) as offering:
        smtp(f"{offering.url}?starttls=off").send(MAIL, "kontor/1")
        assert not offering.sent[0].over_tls


def test_a_password_does_not_travel_in_the_open() -> None:
    assert Server.of("smtp://kontor:secret@mail.example.com").needs_tls
    assert not Server.of("smtp://mail.example.com").needs_tls
    assert not Server.of("smtp://kontor:secret@127.0.0.1").needs_tls


def test_ports_and_addresses() -> None:
    assert [Server.of(url).port for url in ("smtps://m.se", "smtp://m.se", "smtp://a:b@m.se", "smtp://m.se:26")] == [
        465, 25, 587, 26,
    ]  # fmt: skip
    for url in ("http://m.se", "smtp://", "m.se"):
        with pytest.raises(ValueError, match="SMTP_URL"):
            Server.of(url)


def test_no_mail_leaves_inside_a_transaction(business: object, server: SmtpStandIn) -> None:
    with transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
        smtp(server.url).send(MAIL, "kontor/1")
    assert server.sent == []


def test_the_breaker_stops_a_server_that_is_down(business: object, server: SmtpStandIn) -> None:
    gated = Smtp(server.url, limits=QUICK)
    server.misbehave("greeting", "421 4.3.2 closing down", times=5)
    for _ in range(5):
        with pytest.raises(ProviderError):
            gated.send(MAIL, "kontor/1")
    with pytest.raises(ProviderError) as caught:
        gated.send(MAIL, "kontor/1")
    assert caught.value.waiting
