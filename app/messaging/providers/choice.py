"""Who carries the mails, by the settings."""

from functools import cache
from urllib.parse import urlsplit

from app.kernel.config import settings
from app.messaging.providers.contract import MailProvider
from app.messaging.providers.local import LocalMail
from app.messaging.providers.resend import Resend
from app.messaging.providers.smtp import Smtp


def mail_provider() -> MailProvider | None:
    """Resend with its key, else SMTP with its address, else none but ourselves; None in a dry run: mails are held."""
    if settings().is_dry:
        return None
    return _chosen(settings().resend_base_url, settings().resend_api_key, settings().smtp_url)


def has_outside_provider() -> bool:
    """Whether mails leave this machine; when not, the office's outbox page plays the provider."""
    return bool(settings().resend_api_key or settings().smtp_url) and not settings().is_dry


@cache
def _chosen(resend_url: str, resend_key: str, smtp_url: str) -> MailProvider:
    if resend_key:
        return Resend(resend_url, resend_key)
    if smtp_url:
        return Smtp(smtp_url, own_name=urlsplit(settings().base_url).hostname or "localhost")
    return LocalMail()
