"""Mails through Resend."""

import re
from base64 import b64encode
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from app.kernel.http import Answer, Limits, Outside, ProviderError, Rate, refusal
from app.messaging.providers.contract import OutgoingMail, Receipt
from app.messaging.providers.words import english

#: Until the provider's `ratelimit-*` headers were seen.
CAREFUL = Rate(5, 1)
_QUOTA_PAUSE = 3600.0

# The provider's names of errors, our codes for them. Its messages change; its names don't.
_PERMANENT = {
    "missing_api_key": "key_missing",
    "invalid_api_key": "key_refused",
    "suspended_api_key": "key_suspended",
    "restricted_api_key": "key_limited",
    "invalid_permission": "key_limited",
    "invalid_idempotent_request": "changed_since",
    "invalid_attachment": "attachment_refused",
}
_PASSING = {
    "rate_limit_exceeded": "too_fast",
    "concurrent_idempotent_requests": "still_running",
    "resource_locked": "still_running",
    "application_error": "outage",
    "service_unavailable": "outage",
}
_QUOTAS = {"daily_quota_exceeded": "quota_day", "monthly_quota_exceeded": "quota_month"}


class _Taken(BaseModel):
    id: str = Field(min_length=1, max_length=200)


class _Error(BaseModel):
    name: str = ""
    message: str = ""


class Resend:
    """`POST /emails` with an idempotency key: the provider remembers it for 24 hours."""

    name = "resend"

    def __init__(self, base_url: str, api_key: str, *, limits: Limits | None = None, gated: bool = True) -> None:
        self.http = Outside(
            "Resend",
            base_url,
            headers={"Authorization": f"Bearer {api_key}"},
            rate=CAREFUL,
            limits=limits,
            explain=explained,
            gated=gated,
        )

    def send(self, mail: OutgoingMail, key: str) -> Receipt:
        """See `MailProvider.send`."""
        answer = self.http.post("/emails", json=payload(mail), headers={"Idempotency-Key": key}, expect=_Taken)
        return Receipt(id=answer.expect(_Taken).id)


def payload(mail: OutgoingMail) -> dict[str, Any]:
    """The mail as Resend wants it; empty parts stay away."""
    parts: dict[str, Any] = {
        "from": mail.sender,
        "to": [mail.to],
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "reply_to": mail.reply_to,
        "headers": dict(mail.headers),
        "attachments": [
            {
                "filename": file.filename,
                "content_type": file.content_type,
                "content": b64encode(file.content).decode("ascii"),
                **({"content_id": file.content_id} if file.content_id else {}),
            }
            for file in mail.attachments
        ],
        "tags": [{"name": _tag(name), "value": _tag(value)} for name, value in mail.tags.items()],
    }
    return {name: value for name, value in parts.items() if value}


def explained(answer: Answer) -> ProviderError:
    """Resend's refusal, by its `name`: what it means for the mail and for the office."""
    try:
        error = _Error.model_validate_json(answer.content)
    except ValidationError:
        error = _Error()
    name = error.name
    if name in _QUOTAS:
        code = _QUOTAS[name]
        # Nobody's mail is at fault, so none fails for it: all wait, and no try is counted.
        return ProviderError(
            english(code),
            code=code,
            retry=True,
            waiting=True,
            retry_after=_QUOTA_PAUSE,
            status=answer.status,
            answered=True,
            detail=error.message,
        )
    code = _code(name, answer.status, error.message)
    general = refusal(answer, words=english(code), code=code)
    if name in _PASSING:
        general.retry = True
    elif name in _PERMANENT:
        general.retry = False
    general.detail = f"{name}: {error.message}"[:500] if name else general.detail
    return general


def _code(name: str, status: int, message: str) -> str:
    if known := _PERMANENT.get(name) or _PASSING.get(name):
        return known
    if status == 403 and name == "validation_error":
        return "bad_sender"
    if status in (400, 422) and "`to`" in message:
        # Only the wording for people depends on the message; permanent it is either way.
        return "bad_address"
    if status == 413:
        return "too_large"
    if status in (401, 403):
        return "key_refused"
    if status == 429:
        return "too_fast"
    return "outage" if status >= 500 else "refused"


def _tag(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)[:256]
