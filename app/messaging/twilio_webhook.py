"""Doors for Twilio: raw body, signature against our public address, one transaction, 2xx."""

import hashlib
import hmac
from urllib.parse import parse_qs

from apiflask import APIBlueprint
from flask import Response, request
from flask_babel import gettext as _
from markupsafe import escape

from app.kernel import logs
from app.kernel.businesses import Business
from app.kernel.config import settings
from app.kernel.errors import Forbidden, TooLarge
from app.messaging import sms_news
from app.messaging.providers.sms_choice import auth_tokens
from app.messaging.providers.twilio_signature import is_signed
from app.web.doors import public
from app.web.i18n import speaking

bp = APIBlueprint("twilio", __name__, url_prefix="/webhooks/twilio", enable_openapi=False)
log = logs.logger(__name__)
LARGEST = 256_000
TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response>{}</Response>'


@bp.post("/status")
@public
def status() -> Response:
    """Twilio's word about a message; anything unsigned or forged is 403 without detail."""
    form = _believed()
    sid = form.get("MessageSid") or form.get("SmsSid", "")
    said = (form.get("MessageStatus") or form.get("SmsStatus", "")).lower()
    if sid and said:
        number = form.get("ErrorCode", "")
        sms_news.take_status(
            sid, said, int(number) if number.isascii() and number.isdigit() and len(number) < 7 else None,
            call_id=f"{sid}:{said}", own_id=request.args.get("sms", "")[:20], raw=_as_it_came(),
        )  # fmt: skip
    return Response(status=200)


@bp.post("/inbound")
@public
def inbound() -> Response:
    """What a customer wrote: STOP and START are obeyed at once, HELP is answered."""
    form = _believed()
    sender = form.get("From", "")
    sid = form.get("MessageSid") or form.get("SmsSid", "")
    channel, number = ("whatsapp", sender[9:]) if sender.startswith("whatsapp:") else ("sms", sender)
    answer = ""
    if sid and number.startswith("+") and number[1:].isascii() and number[1:].isdigit() and len(number) <= 16:
        text = form.get("Body", "").replace("\x00", "")
        meaning, business = sms_news.take_inbound(sid, number, text, channel=channel, raw=_as_it_came())
        if meaning == "help" and business is not None:
            answer = f"<Message>{escape(_help(business))}</Message>"
    return Response(TWIML.format(answer), content_type="text/xml; charset=utf-8")


def local_token() -> str:
    """What `kontor simulate twilio` signs with where there is no Twilio: nobody outside can make it."""
    return hmac.new(settings().secret_key.encode(), b"kontor simulate twilio", hashlib.sha256).hexdigest()


def _believed() -> dict[str, str]:
    """The form of the call; Forbidden when it is not to be believed."""
    if (request.content_length or 0) > LARGEST:
        raise TooLarge()
    raw = request.get_data(cache=True, parse_form_data=False)
    if len(raw) > LARGEST:
        raise TooLarge()
    # Read by ourselves: the signature wants every value as it was sent, the empty ones too.
    try:
        form = parse_qs(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=200) if not request.is_json else {}
    except ValueError:
        form = {}
    query = request.query_string.decode("latin-1")
    url = settings().base_url + request.path + (f"?{query}" if query else "")
    tokens = auth_tokens() if settings().twilio_account_sid else [local_token()]
    if not is_signed(url, form, raw, request.headers.get("X-Twilio-Signature", ""), tokens, is_json=request.is_json):
        log.warning("webhook refused", provider="twilio")
        raise Forbidden()
    return {name: values[0].replace("\x00", "") for name, values in form.items()}


def _as_it_came() -> str:
    return request.get_data(cache=True).decode("utf-8", errors="replace").replace("\x00", "")


def _help(business: Business) -> str:
    with speaking(business.language):
        return _(
            "This is %(firm)s. Call %(phone)s if you need us. Reply STOP to get no more invites.",
            firm=business.name,
            phone=business.phone,
        )
