"""Contacts and deals in HubSpot: contacts known by their address, deals by our booking's id."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from app.crm.providers.contract import Told
from app.kernel.answers import ProviderError
from app.kernel.http import Limits, Outside, Rate

#: The property of deals that holds our booking's id; made where it is missing.
BOOKING_ID = "kontor_booking_id"
_STAGES = {
    "received": "appointmentscheduled", "confirmed": "qualifiedtobuy", "assigned": "qualifiedtobuy",
    "in_progress": "qualifiedtobuy", "done": "closedwon", "cancelled": "closedlost", "expired": "closedlost",
    "no_show": "closedlost",
}  # fmt: skip
_PROPERTY = {
    "name": BOOKING_ID,
    "label": "Kontor booking",
    "groupName": "dealinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}


class _Result(BaseModel):
    id: str = Field(min_length=1)


class _Results(BaseModel):
    results: list[_Result] = Field(min_length=1)


class HubSpot:
    """`POST /crm/v3/objects/…/batch/upsert`: the same news twice leave one contact and one deal."""

    def __init__(self, base_url: str, token: str, *, limits: Limits | None = None) -> None:
        self.http = Outside(
            "HubSpot", base_url, headers={"Authorization": f"Bearer {token}"}, rate=Rate(9, 1), limits=limits
        )

    def tell(self, event: str, event_id: str, at: datetime, body: Mapping[str, Any]) -> Told:
        """See `Listener.tell`."""
        if event == "customer.erased":
            self._forget(body.get("forget", {}))
            return Told(200)
        contact_id = self._contact(body["customer"])
        if "booking" not in body:
            return Told(200, contact_id)
        deal_id = self._deal(body["booking"], body["customer"])
        if contact_id:
            self.http.call("PUT", f"/crm/v4/objects/deals/{deal_id}/associations/default/contacts/{contact_id}")
        return Told(200, deal_id)

    def _contact(self, customer: Mapping[str, Any]) -> str:
        """The contact's id; empty for a customer without an address, whom HubSpot could not know again."""
        if not customer["email"]:
            return ""
        first, _space, last = customer["name"].rpartition(" ")
        properties = {
            "email": customer["email"],
            "firstname": first or last,
            "lastname": last if first else "",
            "phone": customer["phone"],
        }
        return self._upsert("contacts", "email", customer["email"], properties)

    def _deal(self, booking: Mapping[str, Any], customer: Mapping[str, Any]) -> str:
        price = booking["price"] or {}
        properties = {
            "dealname": f"{booking['reference']} {customer['name']}",
            "pipeline": "default",
            "dealstage": _STAGES.get(booking["status"], "appointmentscheduled"),
            "closedate": booking["startsAt"],
            **({"amount": price["amount"]} if price else {}),
        }
        try:
            return self._upsert("deals", BOOKING_ID, booking["id"], properties)
        except ProviderError as error:
            if error.status != 400 or BOOKING_ID not in error.detail:
                raise
        self._make_property()
        return self._upsert("deals", BOOKING_ID, booking["id"], properties)

    def _upsert(self, kind: str, id_property: str, its_id: str, properties: Mapping[str, str]) -> str:
        wanted = {"inputs": [{"idProperty": id_property, "id": its_id, "properties": dict(properties)}]}
        answer = self.http.post(f"/crm/v3/objects/{kind}/batch/upsert", json=wanted, expect=_Results)
        return answer.expect(_Results).results[0].id

    def _forget(self, known: Mapping[str, Any]) -> None:
        """Delete the contact for good, as the law asks, and take the name off the deals."""
        for deal_id in known.get("deals", ()):
            self._unless_gone("PATCH", f"/crm/v3/objects/deals/{deal_id}", {"properties": {"dealname": "–"}})
        for contact_id in known.get("contacts", ()):
            self._unless_gone("POST", "/crm/v3/objects/contacts/gdpr-delete", {"objectId": contact_id})

    def _unless_gone(self, method: str, path: str, json: Mapping[str, Any]) -> None:
        try:
            self.http.call(method, path, json=json)
        except ProviderError as error:
            if error.status != 404:
                raise

    def _make_property(self) -> None:
        try:
            self.http.post("/crm/v3/properties/deals", json=_PROPERTY)
        except ProviderError as error:
            if error.status != 409:  # somebody else was faster
                raise
