"""The firm's logo as a row: small, checked by its content, served by the program itself."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class Logo(BusinessOwned, db.Model):
    """The logo of a business; `mark` stands in its address and changes with the picture."""

    __tablename__ = "logos"
    __extra_args__ = (Index("uq_logos_business_id", "business_id", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    mark: Mapped[str] = mapped_column(String(20))
    content_type: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
