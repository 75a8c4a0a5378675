"""A picture of a town for a mail, or none."""

from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert

from app.ai.towns import folded, plain_town
from app.kernel import clock
from app.kernel.config import settings
from app.kernel.db import db, end_reading, transaction
from app.kernel.http import ProviderError
from app.messaging.pictures.choice import picture_provider
from app.messaging.pictures.contract import Found, Picture
from app.messaging.pictures.models import CachedPhoto

#: As the vendor wishes.
KEPT = timedelta(hours=24)


def find(town: str) -> Found:
    """A picture of that town; never an error, outside any transaction. What cannot be a town is not searched for."""
    name = plain_town(town)
    provider = picture_provider()
    if provider is None:
        return Found(None, "dry_run" if settings().is_dry else "no_key")
    if not name:
        return Found(None, "no_town")
    if (kept := _kept(name)) is not None:
        return kept
    try:
        picture = provider.find(name)
    except ProviderError as error:
        return Found(None, error.code)
    _keep(name, picture)
    return _found(picture)


def _kept(town: str) -> Found | None:
    row = db.session.get(CachedPhoto, folded(town), populate_existing=True)
    if row is None or row.found_at <= clock.now() - KEPT:
        return None
    picture = Picture(
        row.content, row.content_type, row.alt, row.credit, row.credit_url, row.provider, row.provider_url
    )
    end_reading()
    return _found(picture if picture.content else None)


def _keep(town: str, picture: Picture | None) -> None:
    values = {"found_at": clock.now()} | (
        vars(picture) if picture else dict.fromkeys(("content_type", "alt", "credit"), "") | {"content": b""}
    )
    # Several mails to one town may look at once: the last one's picture stays.
    statement = insert(CachedPhoto).values(town=folded(town), **values)
    with transaction():
        db.session.execute(statement.on_conflict_do_update(index_elements=[CachedPhoto.town], set_=values))


def _found(picture: Picture | None) -> Found:
    return Found(picture) if picture else Found(None, "nothing_found")
