"""Seasons: times of the year at which cars cost more, or less."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned


class Season(BusinessOwned, db.Model):
    """From a day to a day, both included; of one year, or of every year, where only month and day count."""

    __tablename__ = "seasons"
    __extra_args__ = (
        CheckConstraint("percent between -90 and 500", name="percent"),
        CheckConstraint("last >= first", name="in_order"),
        Index("ix_seasons_business_id_first", "business_id", "first"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    #: What stands for it outside; the version before, which knows none, has the database make one.
    public_id: Mapped[str] = mapped_column(
        String(20), unique=True, default=public_id, server_default=text("substr(md5(random()::text), 1, 20)")
    )
    name: Mapped[str] = mapped_column(String(60))
    first: Mapped[date]
    last: Mapped[date]
    every_year: Mapped[bool] = mapped_column(default=True)
    #: By how much everything but the driver costs more than usual; below zero for less.
    percent: Mapped[int]
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda version: (version or 0) + 1}
