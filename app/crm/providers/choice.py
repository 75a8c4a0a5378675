"""Who is told, by the settings."""

from app.crm.models import Target
from app.crm.providers.contract import Listener
from app.crm.providers.hubspot import HubSpot
from app.crm.providers.webhook import SignedWebhook
from app.kernel.config import settings


def targets() -> list[Target]:
    """The systems that settings name."""
    found = settings()
    given = {Target.WEBHOOK: found.crm_webhook_url, Target.HUBSPOT: found.hubspot_token}
    return [target for target, value in given.items() if value]


def provider(target: Target) -> Listener:
    """How that system is told."""
    found = settings()
    if target is Target.WEBHOOK:
        return SignedWebhook(found.crm_webhook_url, found.crm_webhook_secret)
    return HubSpot(found.hubspot_base_url, found.hubspot_token)
