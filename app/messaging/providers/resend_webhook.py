"""Resend's news about mails: believed only with a fresh signature of ours over exactly these bytes."""

import hmac
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ValidationError
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from app.kernel.errors import Forbidden, Malformed

TOLERANCE = timedelta(minutes=5)
LARGEST = 256 * 1024


class NotFromResend(Forbidden):
    """403, with no detail: no secret is set, a header is missing, or the signature is wrong or stale."""


@dataclass(frozen=True)
class Event:
    """A piece of news. `id` is the same however often it is told; `email_id` is empty when it is about no mail."""

    id: str
    type: str
    created_at: datetime
    email_id: str
    data: Mapping[str, Any]


class _Envelope(BaseModel):
    type: str
    created_at: AwareDatetime
    data: dict[str, Any]


def verify(headers: Mapping[str, str], raw_body: bytes, secrets: Sequence[str], at: datetime) -> Event:
    """The event in a webhook call that came `at`; NotFromResend when it is not to be believed.

    Any of the secrets will do: there are two while one replaces the other. Malformed when the signature is right and
    the content cannot be read all the same.
    """
    # The library knows only the header names of the standard and only the machine's clock: it signs here, we compare.
    given = {name.lower(): value for name, value in headers.items()}
    event_id, stamp = given.get("svix-id", ""), given.get("svix-timestamp", "")
    if not event_id or len(event_id) > 200 or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise NotFromResend
    sent_at = datetime.fromtimestamp(int(stamp), UTC)
    if abs(at - sent_at) > TOLERANCE:
        raise NotFromResend
    try:
        body = raw_body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotFromResend from None
    told = _told_signatures(given.get("svix-signature", ""))
    # Every pair is compared, so that the time taken tells nothing.
    matches = [
        hmac.compare_digest(ours, theirs)
        for ours in _our_signatures(secrets, event_id, sent_at, body)
        for theirs in told
    ]
    if not any(matches):
        raise NotFromResend
    return _read(event_id, raw_body)


def _our_signatures(secrets: Sequence[str], event_id: str, sent_at: datetime, body: str) -> list[bytes]:
    found = []
    for secret in secrets:
        try:
            signed = Webhook(secret.strip()).sign(msg_id=event_id, timestamp=sent_at, data=body)
        except (NoBase64, ValueError, EmptyWebhookSecretError):
            continue  # a secret that is none opens nothing
        found.append(b64decode(signed.partition(",")[2]))
    return found


def _told_signatures(header: str) -> list[bytes]:
    found = []
    for entry in header.split(" ")[:10]:
        version, _, signature = entry.partition(",")
        if version == "v1":
            try:
                found.append(b64decode(signature, validate=True))
            except (NoBase64, ValueError):
                continue
    return found


def _read(event_id: str, raw_body: bytes) -> Event:
    try:
        envelope = _Envelope.model_validate_json(raw_body)
    except ValidationError:
        raise Malformed from None
    email_id = envelope.data.get("email_id")
    return Event(
        id=event_id,
        type=envelope.type,
        created_at=envelope.created_at,
        email_id=email_id if isinstance(email_id, str) else "",
        data=envelope.data,
    )
