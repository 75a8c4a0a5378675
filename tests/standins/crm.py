"""Stand-ins for systems that hear of customers and bookings: a receiver of Standard Webhooks, and HubSpot."""

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.standins.server import Call, Reply, StandIn

WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes yes").decode()
TOKEN = "pat-standin"


class WebhookStandIn(StandIn):
    """`heard` holds what came in rightly signed; the same event id twice is heard once."""

    name = "webhook"

    def __init__(self, port: int = 0, *, secret: str = WEBHOOK_SECRET) -> None:
        super().__init__(port)
        self.secret = secret
        self.heard: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.unsigned = 0

    @property
    def url(self) -> str:
        """Where news go."""
        return f"{self.origin}/hooks/kontor"

    def respond(self, call: Call) -> Reply:
        """Believe it, or 401."""
        its_id, stamp = call.headers.get("webhook-id", ""), call.headers.get("webhook-timestamp", "")
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        mac = hmac.new(key, f"{its_id}.{stamp}.".encode() + call.body, hashlib.sha256).digest()
        wanted = f"v1,{base64.b64encode(mac).decode()}"
        with self.lock:
            if wanted not in call.headers.get("webhook-signature", "").split(" "):
                self.unsigned += 1
                return Reply(401, {"error": "signature"})
            self.ids.append(its_id)
            if its_id not in [one["id"] for one in self.heard]:
                self.heard.append(json.loads(call.body))
        return Reply(200, {"ok": True})

    def error(self, status: int, retry_after: str = "") -> Reply:
        """Trouble of that status."""
        return Reply(status, {"error": "scripted"}, {"retry-after": retry_after} if retry_after else {})


class HubSpotStandIn(StandIn):
    """`contacts` and `deals` by their unique property; `links` are (deal, contact)."""

    name = "hubspot"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.objects: dict[str, dict[str, dict[str, Any]]] = {"contacts": {}, "deals": {}}
        self.unique: dict[str, set[str]] = {"contacts": {"email"}, "deals": set()}
        self.links: set[tuple[str, str]] = set()

    def respond(self, call: Call) -> Reply:
        """As the vendor's reference says: upsert by a unique property, 400 where there is no such property."""
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return self.error(401)
        parts = call.path.strip("/").split("/")
        with self.lock:
            if parts[:3] == ["crm", "v3", "objects"] and parts[4:] == ["batch", "upsert"]:
                return self._upsert(parts[3], call.json()["inputs"])
            if parts == ["crm", "v3", "properties", "deals"] and call.method == "POST":
                return self._make_property(call.json())
            if parts[:4] == ["crm", "v4", "objects", "deals"] and call.method == "PUT":
                self.links.add((parts[4], parts[-1]))
                return Reply(200, {"status": "COMPLETE"})
            if parts == ["crm", "v3", "objects", "contacts", "gdpr-delete"]:
                return self._forget(call.json()["objectId"])
            if parts[:4] == ["crm", "v3", "objects", "deals"] and call.method == "PATCH":
                return self._change(parts[4], call.json()["properties"])
        return self.error(404)

    def _forget(self, its_id: str) -> Reply:
        contacts = self.objects["contacts"]
        found = [key for key, row in contacts.items() if row["id"] == its_id]
        for key in found:
            del contacts[key]
        return Reply(204, {}) if found else self.error(404)

    def _change(self, its_id: str, properties: dict[str, str]) -> Reply:
        found = [row for row in self.objects["deals"].values() if row["id"] == its_id]
        for row in found:
            row["properties"].update(properties)
        return Reply(200, found[0]) if found else self.error(404)

    def _upsert(self, kind: str, inputs: list[dict[str, Any]]) -> Reply:
        results = []
        for one in inputs:
            if one["idProperty"] not in self.unique[kind]:
                words = f"Property values were not valid: no unique property {one['idProperty']}"
                return Reply(400, {"status": "error", "category": "VALIDATION_ERROR", "message": words})
            known = self.objects[kind]
            is_new = one["id"] not in known
            row = known.setdefault(one["id"], {"id": str(1000 + len(known)), "properties": {}})
            row["properties"].update(one["properties"])
            results.append({**row, "new": is_new})
        return Reply(200, {"status": "COMPLETE", "results": results})

    def _make_property(self, wanted: dict[str, Any]) -> Reply:
        if wanted["name"] in self.unique["deals"]:
            return self.error(409)
        self.unique["deals"].add(wanted["name"])
        return Reply(201, wanted)

    def error(self, status: int, retry_after: str = "") -> Reply:
        """Trouble of that status."""
        headers = {"retry-after": retry_after} if retry_after else {}
        return Reply(status, {"status": "error", "message": "scripted"}, headers)
