"""Twilio's stand-in: messages in, lists of them by number, signed callbacks and customers' answers out."""

import base64
import hashlib
import hmac
import queue
import re
import threading
import urllib.request
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qs, urlencode

from tests.standins.server import Call, Reply, StandIn

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "stand-in token of twilio"
_WORDS = {
    20003: (401, "Authenticate"), 20404: (404, "Not found"), 20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"), 21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid From Number"), 21408: (400, "Permission to send an SMS has not been enabled for the region"),
    21602: (400, "Message body is required"), 21606: (400, "The 'From' phone number is not a valid, message-capable"),
    21610: (400, "Attempt to send to unsubscribed recipient"), 21611: (429, "Queue overflow"),
    21612: (400, "No route to this number"), 21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
}  # fmt: skip
#: The numbers of the vendor's test credentials.
_TO = {
    "+15005550001": 21211, "+15005550002": 21612, "+15005550003": 21408, "+15005550004": 21610, "+15005550009": 21614,
}  # fmt: skip
_FROM = {"+15005550001": 21212, "+15005550007": 21606, "+15005550008": 21611}
_FIELDS = {
    "To",
    "From",
    "MessagingServiceSid",
    "Body",
    "StatusCallback",
    "ContentSid",
    "ContentVariables",
    "ValidityPeriod",
}


class TwilioStandIn(StandIn):
    """`sent` holds every message that was really taken, as the vendor lists it, with its `callback` beside it.

    With `autoplay` it tells by itself that each was sent and delivered.
    """

    name = "twilio"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.sent: list[dict[str, Any]] = []
        self.stopped_numbers: set[str] = set()
        self.lost_fields: set[str] = set()
        self.autoplay = False
        self.inbound_url = ""
        self.page_size = 50
        #: What was told: `{url, form, status, body}`.
        self.told: list[dict[str, Any]] = []
        self._events: queue.Queue[tuple[str, dict[str, str]]] = queue.Queue()
        threading.Thread(target=self._play, daemon=True, name="twilio-callbacks").start()

    @property
    def settings(self) -> dict[str, str]:
        """The settings that lead Kontor here."""
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15005550006",
            "TWILIO_BASE_URL": self.url,
        }  # fmt: skip

    # What comes in

    def respond(self, call: Call) -> Reply:
        login = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if call.headers.get("authorization") != login:
            return _refusal(20003)
        place = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
        if call.path == f"{place}.json":
            return self._take(call) if call.method == "POST" else self._list(call)
        if (found := re.fullmatch(rf"{place}/(\w+)\.json", call.path)) and call.method == "GET":
            wanted = [one for one in self.sent if one["sid"] == found[1]]
            return Reply(200, _shown(wanted[0])) if wanted else _refusal(20404)
        return _refusal(20404)

    def error(self, status: int, retry_after: str = "") -> Reply:
        reply = _refusal({429: 20429, 401: 20003, 404: 20404}.get(status, 20500))
        return Reply(status, {**reply.body, "status": status}, {"Retry-After": retry_after} if retry_after else {})

    def _take(self, call: Call) -> Reply:
        if not call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return _refusal(20404)
        form = {name: values[0] for name, values in parse_qs(call.body.decode(), keep_blank_values=True).items()}
        self.lost_fields |= form.keys() - _FIELDS
        to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        number = to.removeprefix("whatsapp:")
        fault = _TO.get(number) or _FROM.get(sender) or (21610 if number in self.stopped_numbers else 0)
        if not fault and not re.fullmatch(r"\+[1-9]\d{6,14}", number):
            fault = 21211
        if not fault and not body:
            fault = 21602
        if not fault and len(body) > 1600:
            fault = 21617
        if fault:
            return _refusal(fault)
        with self.lock:
            message = {
                "sid": "SM" + uuid.uuid4().hex, "account_sid": ACCOUNT, "status": "queued", "to": to,
                "from": sender or None,
                "body": body, "direction": "outbound-api", "num_segments": "1", "num_media": "0", "price": None,
                "price_unit": "USD", "error_code": None, "error_message": None, "date_sent": None,
                "date_created": format_datetime(datetime.now(UTC)), "date_updated": format_datetime(datetime.now(UTC)),
                "messaging_service_sid": form.get("MessagingServiceSid"), "api_version": "2010-04-01",
                "callback": form.get("StatusCallback", ""),
            }  # fmt: skip
            self.sent.append(message)
        if self.autoplay:
            self.tell(message["sid"], "sent")
            self.tell(message["sid"], "delivered")
        return Reply(201, _shown(message))

    def _list(self, call: Call) -> Reply:
        to, page = call.query.get("To", ""), int(call.query.get("Page", "0"))
        size = min(int(call.query.get("PageSize", "50")), self.page_size)
        fitting = [one for one in reversed(list(self.sent)) if to in ("", one["to"])]
        shown = fitting[page * size : (page + 1) * size]
        more = urlencode({"To": to, "PageSize": size, "Page": page + 1})
        next_page = f"{call.path}?{more}" if (page + 1) * size < len(fitting) else None
        return Reply(200, {
            "messages": [_shown(one) for one in shown], "page": page, "page_size": size, "next_page_uri": next_page,
        })  # fmt: skip

    # What goes out

    def tell(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Call back about a message, soon, in the order asked for."""
        message = next(one for one in self.sent if one["sid"] == sid)
        message["status"], message["error_code"] = status, error_code
        form = {
            "MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "AccountSid": ACCOUNT,
            "To": message["to"], "From": message["from"] or "", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if error_code is not None:
            form["ErrorCode"] = str(error_code)
        if message["callback"]:
            self._events.put((message["callback"], form))

    def answer(self, from_number: str, text: str) -> None:
        """A customer writes back, soon."""
        sid = "SM" + uuid.uuid4().hex
        form = {
            "MessageSid": sid, "SmsSid": sid, "AccountSid": ACCOUNT, "From": from_number, "To": "+15005550006",
            "Body": text, "NumMedia": "0", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        self._events.put((self.inbound_url, form))

    @staticmethod
    def signature(url: str, form: Mapping[str, str], token: str = TOKEN) -> str:
        """As the vendor describes it: the address, then each name with its value, sorted; HMAC-SHA1, base64."""
        said = url + "".join(name + form[name] for name in sorted(form))
        return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()

    def state(self, query: Mapping[str, str]) -> dict[str, Any]:
        return super().state(query) | {"sent": self.sent, "told": self.told, "lostFields": sorted(self.lost_fields)}

    def command(self, what: str, values: dict[str, Any]) -> Any:
        if what == "tell":
            return self.tell(**values)
        if what == "answer":
            return self.answer(**values)
        return super().command(what, values)

    def reset(self) -> None:
        super().reset()
        self.sent.clear()
        self.told.clear()

    def _play(self) -> None:
        while True:
            url, form = self._events.get()
            request = urllib.request.Request(  # noqa: S310  # an address of ours
                url,
                urlencode(form).encode(),
                {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": self.signature(url, form)},
            )
            try:
                with urllib.request.urlopen(request, timeout=15) as got:  # noqa: S310
                    status, body = got.status, got.read().decode()
            except HTTPError as error:
                status, body = error.code, ""
            except (URLError, OSError):
                status, body = 0, ""
            self.told.append({"url": url, "form": form, "status": status, "body": body})


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{message['sid']}.json"
    return {name: value for name, value in message.items() if name != "callback"} | {"uri": uri}


def _refusal(code: int) -> Reply:
    status, words = _WORDS[code]
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Reply(status, {"code": code, "message": words, "more_info": more, "status": status})
