"""Where a name leads, and whether that is a public place: people can type addresses, but not this machine's own."""

import queue
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l

from app.kernel.errors import Invalid

LOOK_UP_SECONDS = 3.0
#: Ranges of IPv6 that carry an IPv4 address inside, or that no public host has.
_WRAPPED = tuple(
    ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "::/96", "fec0::/10")
)


class NotPublic(Exception):
    """The name leads to this machine, this network or nowhere in the public internet."""


@dataclass(frozen=True)
class PublicUrl:
    """An address that a person entered, and the one public place that its name led to."""

    url: str
    host: str
    port: int
    ip: str


def is_public(ip: str) -> bool:
    """Whether that is an address of the public internet, also when one kind hides inside the other."""
    try:
        address: IPv4Address | IPv6Address = ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if any(address in network for network in _WRAPPED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def look_up(host: str, port: int, *, seconds: float = LOOK_UP_SECONDS) -> list[str]:
    """The addresses of that name, best first, without doubles; OSError or TimeoutError when there is none in time."""
    # The system's resolver knows no time limit of its own, so it is asked in a thread that may be left behind.
    answers: queue.Queue[list[str] | OSError | UnicodeError] = queue.Queue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise TimeoutError(f"{host} was not found in time") from None
    if isinstance(answer, UnicodeError):
        raise OSError(f"{host} is no name")
    if isinstance(answer, OSError):
        raise answer
    return answer


def only_public(addresses: Sequence[str]) -> Sequence[str]:
    """The same addresses; NotPublic when one of them is not public, for a name that leads to both is a trick."""
    if not addresses or not all(is_public(address) for address in addresses):
        raise NotPublic("not a public address")
    return addresses


def public_url(url: str, *, field: str = "url", seconds: float = LOOK_UP_SECONDS) -> PublicUrl:
    """An address that a person typed, checked: https, no name or password in it, and a public place.

    Refuses with Invalid (422) naming `field`. A later call still checks where it really connects to
    (`Outside(public_only=True)`), for names can be made to lead elsewhere afterwards.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        raise Invalid([(field, _l("This is not a web address."))]) from None
    if parts.scheme != "https":
        raise Invalid([(field, _l("The address must start with https://."))])
    if not host or any(mark in url for mark in "\\ \t\r\n\0") or not url.isprintable():
        raise Invalid([(field, _l("This is not a web address."))])
    if parts.username is not None or parts.password is not None:
        raise Invalid([(field, _l("The address must not hold a name or a password."))])
    try:
        first = only_public(look_up(host, port, seconds=seconds))[0]
    except NotPublic:
        raise Invalid([(field, _l("The address must lead to a public place on the internet."))]) from None
    except OSError:
        raise Invalid([(field, _l("There is nothing at this address."))]) from None
    return PublicUrl(url=url, host=host, port=port, ip=first)
