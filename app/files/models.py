"""Files as rows; their bytes lie where the settings say, under a name that nobody can guess."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, String
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.config import settings
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


def address_of(public_id: str) -> str:
    """Where the file of that id is shown, to those who may see it."""
    return f"{settings().upload_base_url}/{public_id}"


class StoredFile(BusinessOwned, db.Model):
    """A file of a business. It never changes: another picture is another file."""

    __tablename__ = "files"
    __extra_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index("ix_files_business_id_kind", "business_id", "kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    #: What it is for, and with that who may see it: `car_photo`, `job_photo`.
    kind: Mapped[str] = mapped_column(String(20))
    content_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    #: Pixels; 0 for what is no picture.
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    #: What it was called where it came from; a label.
    name: Mapped[str] = mapped_column(String(200), default="")
    #: Where its bytes lie.
    place: Mapped[str] = mapped_column(String(80))
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)

    @property
    def url(self) -> str:
        """Where it is shown, to those who may see it."""
        return address_of(self.public_id)
