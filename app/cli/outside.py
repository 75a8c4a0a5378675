"""What the doctor asks of the settings and the outside services: on, stood in for, or off, and by which variable."""

import base64
import binascii
from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.cli.findings import Finding, How, bad, ok, warn
from app.kernel.config import Settings, settings
from app.kernel.db import db, end_reading
from app.messaging.models import WebhookCall

_LOCAL_HOSTS = ("http://localhost", "http://127.0.0.1")


def mode() -> Iterator[Finding]:
    """What kind of installation this is."""
    found = settings()
    yield ok("settings", f"All can be read; this is {found.app_env}.")
    if found.is_dry:
        yield warn("run mode", "Dry: nothing leaves this machine.", "RUN_MODE=live lets mails go out.")
    if not found.is_production:
        yield Finding("secrets", How.LOCAL, f"Those that were not given are kept in {found.instance_path.name}/.")
        return
    yield ok("secrets", "Given, strong, and each different.")
    if found.base_url.startswith(_LOCAL_HOSTS):
        yield bad("base url", "Links in mails lead to this machine.", "Set BASE_URL to the address people use.")
    elif not found.base_url.startswith("https://"):
        yield bad("base url", "Not https, so nobody can sign in.", "Set BASE_URL to an address with https://.")
    elif not found.trusted_proxies:
        yield warn("proxy", "No proxy is believed.", "Behind one (Render, Heroku, nginx) set TRUSTED_PROXIES=1.")


def mail() -> Iterator[Finding]:
    """Who carries mails, and whether we hear what became of them."""
    found = settings()
    carrier = "Resend" if found.resend_api_key else "The mail server of SMTP_URL" if found.smtp_url else ""
    if not carrier:
        how = "Kept here, to be read under /admin/emails."
        yield Finding("mail", How.LOCAL, how, "RESEND_API_KEY or SMTP_URL lets mails go out.")
        return
    yield ok("mail", f"{carrier} carries it.")
    if found.email_from.rstrip(">").endswith("localhost.localdomain"):
        yield bad("mail sender", "EMAIL_FROM is not set.", "Set EMAIL_FROM to an address of a domain that is yours.")
    if found.resend_api_key:
        yield _webhook(found)


def _webhook(found: Settings) -> Finding:
    address = f"{found.base_url}/webhooks/resend"
    secrets = [secret.strip() for secret in found.resend_webhook_secret.split(",") if secret.strip()]
    if not secrets:
        give = f"Let Resend call {address} and set RESEND_WEBHOOK_SECRET."
        return warn("mail webhook", "No secret, so bounces are not heard of.", give)
    if not all(_is_secret(secret) for secret in secrets):
        return bad("mail webhook", "RESEND_WEBHOOK_SECRET cannot be read.", "Copy it again; it begins with whsec_.")
    try:
        last = db.session.scalar(select(func.max(WebhookCall.at)).where(WebhookCall.provider == "resend"))
        end_reading()
    except SQLAlchemyError:
        db.session.rollback()
        last = None
    if last is None:
        return warn("mail webhook", "Nothing was heard from Resend yet.", f"Let it call {address}.")
    return ok("mail webhook", f"Resend was heard last at {last:%Y-%m-%d %H:%M} UTC.")


def _is_secret(text: str) -> bool:
    try:
        return len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) >= 16
    except (binascii.Error, ValueError):
        return False


def sms() -> Finding:
    """Who carries text messages."""
    found = settings()
    if not found.twilio_account_sid:
        return Finding("sms", How.LOCAL, "Kept here.", "TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _FROM let them go out.")
    if not (found.twilio_from or found.twilio_whatsapp_from):
        return bad("sms", "Twilio has no number to send from.", "Set TWILIO_FROM.")
    return ok("sms", "Twilio carries them.")


def texts_and_photos() -> Iterator[Finding]:
    """Who writes and draws."""
    found = settings()
    if found.openai_api_key:
        yield ok("ai", f"{found.openai_model} at {found.openai_base_url} writes the personal texts.")
    else:
        yield Finding("ai", How.LOCAL, "Built-in texts.", "OPENAI_API_KEY lets a language model write.")
    if found.pexels_api_key:
        yield ok("photos", "Pexels has them.")
    else:
        yield Finding("photos", How.OFF, "Mails go without.", "PEXELS_API_KEY adds a photo of the new town.")


def crm() -> Iterator[Finding]:
    """Which other systems are told of customers and bookings."""
    found = settings()
    if not (found.crm_webhook_url or found.hubspot_token):
        how = "No other system is told."
        yield Finding("crm", How.OFF, how, "CRM_WEBHOOK_URL or HUBSPOT_TOKEN lets one hear of bookings.")
    if found.crm_webhook_url:
        if not found.crm_webhook_secret:
            yield warn("crm webhook", "Nothing signs it.", "Set CRM_WEBHOOK_SECRET to whsec_ and 24 bytes as base64.")
        elif not _is_secret(found.crm_webhook_secret):
            yield bad("crm webhook", "CRM_WEBHOOK_SECRET cannot be read.", "It is whsec_ and 24 bytes as base64.")
        else:
            yield ok("crm webhook", f"{urlsplit(found.crm_webhook_url).netloc} hears of bookings, signed.")
    if found.hubspot_token:
        yield ok("hubspot", "It is given contacts and deals.")


def later() -> Iterator[Finding]:
    """Services whose settings are read and checked, but which nothing in this version calls."""
    found = settings()
    for part, given, variable in (
        ("calendar", found.google_client_email, "GOOGLE_CLIENT_EMAIL"),
        ("fortnox", found.fortnox_client_id, "FORTNOX_CLIENT_ID"),
        ("bank", found.nordigen_secret_id, "NORDIGEN_SECRET_ID"),
    ):
        words = f"{variable} is set, but this version does not use it yet." if given else "Not in this version yet."
        yield Finding(part, How.OFF, words)


def watching() -> Iterator[Finding]:
    """Who is told of errors and figures."""
    found = settings()
    if found.sentry_dsn:
        yield ok("errors", "Sentry is told.")
    else:
        yield Finding("errors", How.OFF, "They stand in the log only.", "SENTRY_DSN sends them to Sentry.")
    if found.metrics_token:
        yield ok("metrics", "/metrics asks for METRICS_TOKEN.")
    else:
        yield Finding("metrics", How.OFF, "/metrics answers this machine only.", "METRICS_TOKEN opens it to others.")
