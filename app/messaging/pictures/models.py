"""Pictures of towns that were found lately. They are public, so all businesses share them."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db


class CachedPhoto(db.Model):
    """What a search for a town came to; empty content means that there is no photo of it."""

    __tablename__ = "photo_cache"

    #: The town's name, folded: å and a, capitals and small letters are one.
    town: Mapped[str] = mapped_column(String(60), primary_key=True)
    found_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    content: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    content_type: Mapped[str] = mapped_column(String(40), default="")
    alt: Mapped[str] = mapped_column(String(200), default="")
    credit: Mapped[str] = mapped_column(String(100), default="")
    credit_url: Mapped[str] = mapped_column(String(500), default="")
    provider: Mapped[str] = mapped_column(String(40), default="")
    provider_url: Mapped[str] = mapped_column(String(200), default="")
