"""Resend's stand-in: mails in, signed webhooks out, idempotency keys kept for a day as the vendor describes."""

import base64
import hashlib
import hmac
import json
import queue
import threading
import time
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError, URLError

from tests.standins.resend_rules import Refused, as_list, checked, first, plain_address, refusal
from tests.standins.server import Call, Reply, StandIn

_FIELDS = {
    "from", "to", "cc", "bcc", "reply_to", "subject", "html", "text", "headers", "attachments", "tags", "scheduled_at",
    "template", "topic_id",
}  # fmt: skip
_NAMES = {
    400: "validation_error", 401: "missing_api_key", 403: "invalid_api_key", 404: "not_found",
    405: "method_not_allowed", 409: "concurrent_idempotent_requests", 422: "validation_error",
    429: "rate_limit_exceeded", 500: "application_error", 503: "service_unavailable",
}  # fmt: skip
_DAY = 24 * 3600


class ResendStandIn(StandIn):
    """`sent` holds every mail that was really taken: `{id, key, payload, at}`.

    `rate` is what it allows each second. With `webhook_url` set it tells what became of each mail by itself, as
    `autoplay` says: nothing, or sent and delivered (bounced for addresses in `unknown` and bounced…@resend.dev).
    """

    name = "resend"

    def __init__(self, port: int = 0, *, keys: frozenset[str] = frozenset({"re_standin"}), rate: int = 1000) -> None:
        super().__init__(port)
        self.keys, self.rate = keys, rate
        self.sent: list[dict[str, Any]] = []
        self.lost_fields: set[str] = set()
        self.unknown: set[str] = set()
        self.verified_domains: set[str] = set()
        self.webhook_url = ""
        self.webhook_secret = "whsec_" + base64.b64encode(b"stand-in secret of 24 by").decode()
        self.autoplay = False
        self.deliveries: list[dict[str, Any]] = []
        #: The next answers word for word: (status, body). For errors that nothing else here brings about.
        self.replies: list[tuple[int, dict[str, Any]]] = []
        self._kept: dict[str, dict[str, Any]] = {}
        self._window = (0, 0)
        self._events: queue.Queue[tuple[str, str]] = queue.Queue()
        threading.Thread(target=self._play, daemon=True, name="resend-webhooks").start()

    # What comes in

    def respond(self, call: Call) -> Reply:
        headers, refused = self._count()
        if self.replies:
            status, body = self.replies.pop(0)
            return Reply(status, body, headers)
        try:
            if refused:
                raise Refused(429, "rate_limit_exceeded", "Too many requests. You can only make a few a second.")
            reply = self._route(call)
        except Refused as no:
            reply = no.reply
        if reply.status == 429:
            headers["retry-after"] = headers["ratelimit-reset"]
        return Reply(reply.status, reply.body, {**reply.headers, **headers})

    def _route(self, call: Call) -> Reply:
        self._authorize(call)
        if call.path == "/emails" and call.method == "POST":
            return self._send(call)
        if call.path.startswith("/emails/") and call.method == "GET":
            wanted = call.path.removeprefix("/emails/")
            found = next((mail for mail in list(self.sent) if mail["id"] == wanted), None)
            if found is None:
                raise Refused(404, "not_found", "Email not found")
            return Reply(200, {"object": "email", "id": found["id"], **found["payload"], "last_event": "sent"})
        if call.path in ("/emails",):
            raise Refused(405, "method_not_allowed", "Method is not allowed for the requested path")
        raise Refused(404, "not_found", "The requested endpoint does not exist")

    def _authorize(self, call: Call) -> None:
        given = call.headers.get("authorization", "")
        if not given:
            raise Refused(401, "missing_api_key", "Missing API Key")
        if not given.startswith("Bearer ") or given.removeprefix("Bearer ") not in self.keys:
            raise Refused(403, "invalid_api_key", "API key is invalid")

    def _count(self) -> tuple[dict[str, str], bool]:
        with self.lock:
            second = int(time.monotonic())
            used = self._window[1] + 1 if self._window[0] == second else 1
            self._window = (second, used)
        left = max(0, self.rate - used)
        headers = {"ratelimit-limit": str(self.rate), "ratelimit-remaining": str(left), "ratelimit-reset": "1"}
        return headers, used > self.rate

    def _send(self, call: Call) -> Reply:
        key = call.headers.get("idempotency-key")
        if key is not None and not 1 <= len(key) <= 256:
            raise Refused(400, "invalid_idempotency_key", "The key must be between 1-256 chars")
        if key is None:
            return self._accept(call, "")
        body_hash = hashlib.sha256(call.body).hexdigest()
        with self.lock:
            kept = self._kept.get(key)
            if kept is not None and time.monotonic() - kept["at"] < _DAY:
                if kept["hash"] != body_hash:
                    raise Refused(409, "invalid_idempotent_request", "Same idempotency key used with a different body")
                if kept["reply"] is None:
                    raise Refused(409, "concurrent_idempotent_requests", "Same key while the original is in progress")
                return kept["reply"]
            self._kept[key] = {"at": time.monotonic(), "hash": body_hash, "reply": None}
        try:
            reply = self._accept(call, key)
        except Refused:
            with self.lock:
                del self._kept[key]
            raise
        with self.lock:
            self._kept[key]["reply"] = reply
        return reply

    def _accept(self, call: Call, key: str) -> Reply:
        payload = checked(call)
        domain = plain_address(payload["from"]).rpartition("@")[2].lower()
        if self.verified_domains and domain not in self.verified_domains:
            raise Refused(403, "validation_error", f"The {domain} domain is not verified")
        mail: dict[str, Any] = {"id": str(uuid.uuid4()), "key": key, "payload": payload, "at": time.time()}
        with self.lock:
            self.lost_fields |= set(payload) - _FIELDS
            self.sent.append(mail)
        if self.autoplay and self.webhook_url:
            self._events.put((mail["id"], "email.sent"))
            self._events.put((mail["id"], self._fate(plain_address(first(payload["to"])))))
        return Reply(200, {"id": mail["id"]})

    def _fate(self, address: str) -> str:
        local, _, domain = address.lower().rpartition("@")
        if address in self.unknown or (domain == "resend.dev" and local.startswith("bounced")):
            return "email.bounced"
        return "email.complained" if domain == "resend.dev" and local.startswith("complained") else "email.delivered"

    def error(self, status: int, retry_after: str = "") -> Reply:
        headers = {"retry-after": retry_after} if retry_after else {}
        return refusal(status, _NAMES.get(status, "application_error"), "Scripted trouble", **headers)

    # What goes out

    def send_event(self, kind: str, email_id: str, *, event_id: str = "", at: float | None = None, **extra: Any) -> int:
        """Post a signed event about a mail to `webhook_url`; the status of the answer, 0 when nobody was there."""
        mail = next((mail for mail in list(self.sent) if mail["id"] == email_id), None)
        payload = mail["payload"] if mail else {}
        moment = datetime.fromtimestamp(time.time() if at is None else at, UTC)
        data: dict[str, Any] = {
            "email_id": email_id,
            "created_at": moment.isoformat(),
            "from": payload.get("from", "a@example.com"),
            "to": as_list(payload.get("to", ["b@example.com"])),
            "subject": payload.get("subject", ""),
        }
        if payload.get("tags"):
            data["tags"] = {tag["name"]: tag["value"] for tag in payload["tags"]}
        data |= _EXTRA.get(kind, {}) | extra
        body = json.dumps({"type": kind, "created_at": moment.isoformat(), "data": data}).encode()
        return self.post_signed(body, event_id=event_id or f"msg_{uuid.uuid4().hex}", timestamp=int(moment.timestamp()))

    def post_signed(self, body: bytes, *, event_id: str, timestamp: int) -> int:
        """Post those bytes with the signature that belongs to them."""
        headers = {"Content-Type": "application/json", **self.signed(body, event_id, timestamp)}
        request = urllib.request.Request(self.webhook_url, data=body, headers=headers, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  # the address of this test run
                status = int(answer.status)
        except HTTPError as error:
            status = error.code
        except (URLError, OSError):
            status = 0
        with self.lock:
            self.deliveries.append({"id": event_id, "status": status, "body": body.decode()})
        return status

    def signed(self, body: bytes, event_id: str, timestamp: int, secret: str = "") -> dict[str, str]:
        """The three Svix headers over those bytes."""
        key = base64.b64decode((secret or self.webhook_secret).removeprefix("whsec_"))
        mac = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        return {
            "svix-id": event_id,
            "svix-timestamp": str(timestamp),
            "svix-signature": f"v1,{base64.b64encode(mac).decode()}",
        }

    def _play(self) -> None:
        while not self.stopped.is_set():
            try:
                email_id, kind = self._events.get(timeout=0.2)
            except queue.Empty:
                continue
            self.send_event(kind, email_id)

    # For other processes

    def state(self, query: Mapping[str, str]) -> dict[str, Any]:
        mails = [mail if "full" in query else _brief(mail) for mail in list(self.sent)]
        return {
            **super().state(query),
            "sent": mails,
            "lost_fields": sorted(self.lost_fields),
            "deliveries": list(self.deliveries),
        }

    def command(self, what: str, values: dict[str, Any]) -> Any:
        if what == "event":
            return self.send_event(values.pop("kind"), values.pop("email_id"), **values)
        if what == "set":
            for name, value in values.items():
                if name not in ("webhook_url", "webhook_secret", "autoplay", "unknown", "rate", "verified_domains"):
                    raise KeyError(name)
                setattr(self, name, set(value) if name in ("unknown", "verified_domains") else value)
            return None
        return super().command(what, values)

    def reset(self) -> None:
        super().reset()
        with self.lock:
            self.sent.clear()
            self.deliveries.clear()
            self.lost_fields.clear()
            self._kept.clear()


_EXTRA: dict[str, dict[str, Any]] = {
    "email.bounced": {
        "bounce": {
            "type": "Permanent",
            "subType": "NoEmail",
            "message": "The recipient's mailbox does not exist.",
            "diagnosticCode": ["smtp; 550 5.1.1 unknown user"],
        }
    },
    "email.failed": {"failed": {"reason": "reached_daily_quota"}},
    "email.suppressed": {
        "suppressed": {"type": "OnAccountSuppressionList", "reason": "previous_bounce", "message": ""}
    },
}


def _brief(mail: dict[str, Any]) -> dict[str, Any]:
    payload = {name: value for name, value in mail["payload"].items() if name != "attachments"}
    names = [attachment.get("filename") for attachment in mail["payload"].get("attachments", [])]
    return {**mail, "payload": {**payload, "attachments": names}}
