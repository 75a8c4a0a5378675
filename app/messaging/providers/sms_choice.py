"""Who carries the text messages, by the settings."""

from functools import cache

from app.kernel.config import settings
from app.messaging.providers.sms_contract import SmsProvider
from app.messaging.providers.sms_local import LocalSms
from app.messaging.providers.twilio import Twilio


def sms_provider() -> SmsProvider | None:
    """Twilio with its login, else none but ourselves; None in a dry run: messages are held."""
    found = settings()
    if found.is_dry:
        return None
    tokens = auth_tokens()
    return _chosen(
        found.twilio_base_url, found.twilio_account_sid, tokens[0] if tokens else "", found.twilio_from,
        found.twilio_whatsapp_from,
    )  # fmt: skip


def has_sms_provider() -> bool:
    """Whether text messages leave this machine; when not, the office's outbox page plays the network."""
    return bool(settings().twilio_account_sid) and not settings().is_dry


def auth_tokens() -> list[str]:
    """Twilio's auth tokens: two, with a comma, while one replaces the other; the first is the one we use."""
    return [part.strip() for part in settings().twilio_auth_token.split(",") if part.strip()]


@cache
def _chosen(base_url: str, account: str, token: str, sender: str, whatsapp: str) -> SmsProvider:
    if account:
        return Twilio(base_url, account, token, sender=sender, whatsapp_sender=whatsapp)
    return LocalSms()
