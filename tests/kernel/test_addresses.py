"""Addresses that people type lead to the public internet or nowhere."""

import socket
import time
from collections.abc import Iterator

import pytest

from app.kernel import addresses
from app.kernel.addresses import is_public, look_up, only_public, public_url
from app.kernel.errors import Invalid
from app.kernel.http import Limits, Outside, ProviderError
from tests.standins.server import Call, Reply, StandIn

pytestmark = pytest.mark.usefixtures("app")

PUBLIC = "93.184.215.14"


class Inside(StandIn):
    def respond(self, call: Call) -> Reply:
        return Reply(200, {"secret": "of the house"})


@pytest.fixture
def inside() -> Iterator[Inside]:
    with Inside() as server:
        yield server


def names(monkeypatch: pytest.MonkeyPatch, *ips: str) -> None:
    """Every name leads there: what a name server of somebody else's may say is not ours to choose."""

    def answer(host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", answer)


@pytest.mark.parametrize("ip", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"])
def test_public_addresses(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
        "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378::", "nonsense", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "https://", "https:///path", "example.com", "https://exa mple.com",
        "https://user:secret@example.com/", "https://example.com@127.0.0.1/", "https://example.com\\@127.0.0.1/",
        "https://example.com:99999/", "https://[::1/", "https://exam\nple.com/", "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_what_is_no_https_address_is_refused_by_field(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    names(monkeypatch, PUBLIC)
    with pytest.raises(Invalid) as caught:
        public_url(url, field="webhook")
    assert [field for field, _ in caught.value.errors] == ["webhook"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_this_machine_by_any_of_its_names_is_refused(host: str) -> None:
    with pytest.raises(Invalid):
        public_url(f"https://{host}/")


def test_a_public_name_is_resolved_once_and_its_address_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, PUBLIC, "8.8.8.8")
    found = public_url("https://example.com:8443/hook?a=1")
    assert (found.url, found.host, found.port, found.ip) == (
        "https://example.com:8443/hook?a=1", "example.com", 8443, PUBLIC,
    )  # fmt: skip


def test_a_name_that_leads_to_both_worlds_is_a_trick(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, PUBLIC, "127.0.0.1")
    with pytest.raises(Invalid):
        public_url("https://example.com/")
    with pytest.raises(addresses.NotPublic):
        only_public([])


def test_a_name_without_an_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(addresses.socket, "getaddrinfo", nothing)
    with pytest.raises(Invalid):
        public_url("https://example.com/")


def test_a_slow_name_server_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *_, **__: time.sleep(8) or [])
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        look_up("slow.example", 443, seconds=0.2)
    with pytest.raises(Invalid):
        public_url("https://slow.example/", seconds=0.2)
    assert time.monotonic() - started < 4.5


def test_a_call_to_a_typed_address_checks_where_it_really_connects(inside: Inside) -> None:
    with pytest.raises(ProviderError) as caught:
        Outside("Hook", inside.url, gated=False, public_only=True).post("/")
    assert (caught.value.code, caught.value.retry, inside.calls) == ("not_public", False, [])
    assert Outside("Hook", inside.url, gated=False).post("/").status == 200  # the guard off: it would have been reached


def test_a_name_that_changes_after_the_check_is_caught_at_the_call(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, PUBLIC)
    port = inside.origin.rpartition(":")[2]
    checked = public_url(f"https://rebinding.example:{port}/")
    names(monkeypatch, "127.0.0.1")
    with pytest.raises(ProviderError) as caught:
        Outside("Hook", checked.url.replace("https", "http"), gated=False, public_only=True, limits=Limits()).post("/")
    assert (caught.value.code, inside.calls) == ("not_public", [])
