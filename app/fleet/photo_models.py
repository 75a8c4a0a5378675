"""A car's photos, in the order in which they are shown."""

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.files.models import StoredFile
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned


class CarPhoto(BusinessOwned, db.Model):
    """One photo of a car; the one with the lowest place is shown first."""

    __tablename__ = "car_photos"
    __extra_args__ = (
        ForeignKeyConstraint(["business_id", "car_id"], ["cars.business_id", "cars.id"]),
        ForeignKeyConstraint(["business_id", "file_id"], ["files.business_id", "files.id"]),
        Index("ix_car_photos_business_id_car_id", "business_id", "car_id", "place"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    car_id: Mapped[int] = mapped_column(BigInteger)
    file_id: Mapped[int] = mapped_column(BigInteger)
    place: Mapped[int]
    #: What it shows, for those who cannot see it.
    words: Mapped[str] = mapped_column(String(200), default="")

    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id], lazy="joined", innerjoin=True)
