"""Twilio's signature: believed only over our public address and exactly these parameters."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, urlsplit, urlunsplit

_PORTS = {"https": 443, "http": 80}


def signature_of(url: str, form: Mapping[str, Sequence[str]], token: str) -> str:
    """The signature of a call of that form to that address."""
    said = url + "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    return b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode("ascii")


def is_signed(
    url: str,
    form: Mapping[str, Sequence[str]],
    body: bytes,
    given: str,
    tokens: Sequence[str],
    *,
    is_json: bool = False,
) -> bool:
    """Whether one of the tokens gives that signature. Twilio writes the usual port or leaves it away; both count.

    A body of JSON is signed by its hash, which stands in the address.
    """
    if not given or not tokens:
        return False
    if is_json:
        stated = parse_qs(urlsplit(url).query).get("bodySHA256", [""])[0]
        if not hmac.compare_digest(hashlib.sha256(body).hexdigest().encode(), stated.lower().encode()):
            return False
        form = {}
    theirs = given.encode("utf-8", errors="replace")
    # Every pair is compared, so that the time taken tells nothing.
    matches = [
        hmac.compare_digest(signature_of(address, form, token).encode(), theirs)
        for address in _spellings(url)
        for token in tokens
    ]
    return any(matches)


def _spellings(url: str) -> list[str]:
    parts = urlsplit(url)
    usual = _PORTS.get(parts.scheme)
    host = parts.netloc
    if parts.port is None and usual:
        return [url, urlunsplit(parts._replace(netloc=f"{host}:{usual}"))]
    if parts.port == usual:
        return [url, urlunsplit(parts._replace(netloc=host.rpartition(":")[0]))]
    return [url]
