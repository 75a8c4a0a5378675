"""The log of calls to language models: sizes, cost, time and hash, no words."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned
from app.kernel.trace import current_request_id


class AiCall(BusinessOwned, db.Model):
    """One call: what for, how long, how dear, and whether its answer was used."""

    __tablename__ = "ai_calls"
    __extra_args__ = (Index("ix_ai_calls_business_id_at", "business_id", "at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    purpose: Mapped[str] = mapped_column(String(60))
    #: What it was for: `booking:12`.
    about: Mapped[str] = mapped_column(String(60), default="")
    model: Mapped[str] = mapped_column(String(100))
    #: `used`, `odd` (an answer that was thrown away) or `failed`.
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(60), default="")
    prompt_hash: Mapped[str] = mapped_column(String(64))
    characters_in: Mapped[int] = mapped_column(Integer, default=0)
    characters_out: Mapped[int] = mapped_column(Integer, default=0)
    tokens_in: Mapped[int] = mapped_column(Integer, default=0)
    tokens_out: Mapped[int] = mapped_column(Integer, default=0)
    #: Millionths of a US dollar, estimated from the vendor's list.
    cost_micros: Mapped[int] = mapped_column(BigInteger, default=0)
    milliseconds: Mapped[int] = mapped_column(Integer, default=0)
    request_id: Mapped[str] = mapped_column(String(64), default=current_request_id)
