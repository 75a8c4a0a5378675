"""`kontor simulate twilio`: plays the network, by webhooks that are signed as Twilio signs them."""

import contextvars
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from app.cli.output import Output, speaking
from app.kernel.config import settings
from app.kernel.db import db, end_reading
from app.kernel.tenancy import across_businesses
from app.messaging.providers.sms_choice import auth_tokens, has_sms_provider
from app.messaging.providers.twilio_signature import signature_of
from app.messaging.sms_models import Sms, SmsState
from app.messaging.twilio_webhook import local_token

simulate = AppGroup("simulate", help="Play what outside services do.")
STATUS = "/webhooks/twilio/status"
#: What becomes of those that fail, by turns: a number nobody has, a telephone that is off, a fault of the network.
FAILURES = (("undelivered", "30005"), ("undelivered", "30003"), ("failed", "30001"))


@simulate.command("twilio")
@click.option("--count", type=click.IntRange(1, 10_000), default=100, show_default=True, help="How many, newest first.")
@click.option("--fail", type=click.IntRange(0, 100), default=20, show_default=True, help="How many of 100 fail.")
@speaking
def twilio(out: Output, count: int, fail: int) -> None:
    """Walk the newest invites that are under way through signed status webhooks: sent, then delivered or failed."""
    told: Counter[str] = Counter()
    shown = []
    found = _under_way(count)
    with out.progress("Calling back", len(found)) as advance:
        for place, (public_id, provider_id) in enumerate(found):
            fails = fail > 0 and (place + 1) * fail // 100 > place * fail // 100
            last, code = FAILURES[told["failing"] % len(FAILURES)] if fails else ("delivered", "")
            told["failing"] += fails
            for status in ("sent", last):
                _call_back(public_id, provider_id, status, code if status == last else "")
            told[last] += 1
            shown.append({"id": public_id, "status": last})
            advance(1)
    del told["failing"]
    made = {"count": len(shown), "outcomes": dict(told), "invites": shown}
    out.result(made, [f"{one['id']}  {one['status']}" for one in shown] or ["No invite is under way."])


def _under_way(count: int) -> list[tuple[str, str]]:
    """The newest messages that wait for news, with what the provider calls them; the oldest of them first."""
    states = [SmsState.SENT] if has_sms_provider() else [SmsState.QUEUED, SmsState.SENDING, SmsState.SENT]
    with across_businesses():
        rows = db.session.execute(
            select(Sms.public_id, Sms.provider_id).where(Sms.state.in_(states)).order_by(Sms.id.desc()).limit(count)
        ).all()
    end_reading()
    return [(row.public_id, row.provider_id or f"local-{row.public_id}") for row in reversed(rows)]


def _call_back(public_id: str, provider_id: str, status: str, code: str) -> None:
    """One webhook, through the whole program: signature, inbox, states, live events."""
    form = {"MessageSid": provider_id, "SmsSid": provider_id, "MessageStatus": status, "SmsStatus": status}
    if code:
        form["ErrorCode"] = code
    path = f"{STATUS}?sms={public_id}"
    token = auth_tokens()[0] if has_sms_provider() else local_token()
    signed = signature_of(settings().base_url + path, {name: [value] for name, value in form.items()}, token)
    call: dict[str, Any] = {
        "data": urlencode(form),
        "content_type": "application/x-www-form-urlencoded",
        "headers": {"X-Twilio-Signature": signed},
        "base_url": settings().base_url,
    }
    # A context of its own, as a request from outside has: no business in scope, no transaction of ours.
    answer = contextvars.Context().run(current_app.test_client().post, path, **call)
    if answer.status_code != 200:
        raise click.ClickException(f"The webhook was answered with {answer.status_code}.")
