"""Who has pictures, by the settings."""

from functools import cache

from app.kernel.config import settings
from app.messaging.pictures.contract import PictureProvider
from app.messaging.pictures.pexels import Pexels


def picture_provider() -> PictureProvider | None:
    """Pexels with its key; None without, or in a dry run: then mails have no picture."""
    chosen = settings()
    if chosen.is_dry or not chosen.pexels_api_key:
        return None
    return _pexels(chosen.pexels_base_url, chosen.pexels_api_key)


@cache
def _pexels(base_url: str, api_key: str) -> PictureProvider:
    return Pexels(base_url, api_key)
