"""Outgoing webhooks, signed as Standard Webhooks says, to one address."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks.webhooks import Webhook

from app.crm.providers.contract import Told
from app.kernel import clock
from app.kernel.http import Limits, Outside, Rate


class SignedWebhook:
    """One POST for each piece of news."""

    def __init__(self, url: str, secret: str, *, limits: Limits | None = None) -> None:
        parts = urlsplit(url)
        self.path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.http = Outside(
            "The CRM webhook", f"{parts.scheme}://{parts.netloc}", rate=Rate(20, 1), limits=limits, gate="crm_webhook"
        )
        self.signer = Webhook(secret) if secret else None

    def tell(self, event: str, event_id: str, at: datetime, body: Mapping[str, Any]) -> Told:
        """See `Listener.tell`. The time in the signature is that of the try, the one in the body that of the event."""
        said = json.dumps(
            {"type": event, "timestamp": at.isoformat(), "id": event_id, "data": dict(body)}, ensure_ascii=False
        )
        now = clock.now()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event_id,
            "webhook-timestamp": str(int(now.timestamp())),
        }
        if self.signer is not None:
            headers["webhook-signature"] = self.signer.sign(event_id, now, said)
        answer = self.http.post(self.path, content=said.encode(), headers=headers)
        return Told(answer.status)
