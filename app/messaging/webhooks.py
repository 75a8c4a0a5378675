"""Doors for mail providers: raw body, signature, one transaction, 2xx."""

from apiflask import APIBlueprint
from flask import Response, request

from app.kernel import clock, logs
from app.kernel.config import settings
from app.kernel.errors import Forbidden, TooLarge
from app.messaging import news
from app.messaging.providers.resend_webhook import NotFromResend, verify
from app.web.doors import public

bp = APIBlueprint("webhooks", __name__, enable_openapi=False)
log = logs.logger(__name__)
LARGEST = 256_000


@bp.post("/webhooks/resend")
@public
def resend() -> Response:
    """Resend's word about a mail, signed by the Svix scheme; anything unsigned, old or forged is 403 without detail."""
    if (request.content_length or 0) > LARGEST:
        raise TooLarge()
    secrets = [part.strip() for part in settings().resend_webhook_secret.split(",") if part.strip()]
    try:
        event = verify(dict(request.headers), request.get_data(cache=False), secrets, clock.now())
    except NotFromResend:
        log.warning("webhook refused", provider="resend")
        raise Forbidden() from None
    news.take_call("resend", event.id, event.type, event.email_id, event.created_at, dict(event.data))
    return Response(status=204)
