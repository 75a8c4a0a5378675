"""The owner's own words for messages, where they are not the built-in ones."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class OwnText(BusinessOwned, db.Model):
    """One part of one kind of message in one language; where there is no row, the built-in words stand."""

    __tablename__ = "own_texts"
    __extra_args__ = (
        CheckConstraint("part in ('subject', 'body', 'text')", name="part"),
        Index("uq_own_texts_business_id_kind_language_part", "business_id", "kind", "language", "part", unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    language: Mapped[str] = mapped_column(String(5))
    part: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
