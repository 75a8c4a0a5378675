"""Businesses: the tenants."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Select, String, func, select
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.db import db
from app.kernel.ids import public_id


class Business(db.Model):
    """A moving firm, a car hire, a cleaning firm, or a client of a bookkeeping bureau."""

    __tablename__ = "businesses"
    __table_args__ = (Index("uq_businesses_hostname", func.lower(db.text("hostname")), unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    hostname: Mapped[str | None] = mapped_column(String(253))
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    legal: Mapped[str] = mapped_column(String(300), default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="Europe/Stockholm")
    country: Mapped[str] = mapped_column(String(2), default="SE")
    language: Mapped[str] = mapped_column(String(5), default="sv")
    currency: Mapped[str] = mapped_column(String(3), default="SEK")
    services: Mapped[list[str]] = mapped_column(db.JSON, default=lambda: ["move", "cleaning"])
    opening_hours: Mapped[str] = mapped_column(String(300), default="")
    hue: Mapped[int] = mapped_column(default=214)
    chroma: Mapped[float] = mapped_column(default=0.078)
    uses_ai: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)

    @property
    def initials(self) -> str:
        """Two letters for where a logo would be."""
        words = [word for word in self.name.split() if word[0].isalpha()]
        return "".join(word[0] for word in words[:2]).upper()

    @property
    def logo_url(self) -> str | None:
        """Address of the logo; the drawn mark stands in where there is none."""
        return None


#: How long a process believes what it read of a business, in seconds: each request asks, and they hardly ever change.
BELIEVED = 5.0
_known: dict[tuple[str, object], tuple[float, Business | None]] = {}


def default_business() -> Business | None:
    """The oldest one; public pages of unknown host names belong to it."""
    return _believed("default", None, select(Business).order_by(Business.id).limit(1))


def business_of_host(host: str) -> Business | None:
    """The business whose host name this is, else the default one; None before the first is made. For reading only."""
    name = (host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host).lower().rstrip(".")[:253]
    found = _believed("host", name, select(Business).where(func.lower(Business.hostname) == name))
    return found or default_business()


def get_business(business_id: int) -> Business:
    """The business with that inner id, for reading only; LookupError when there is none."""
    found = _believed("id", business_id, select(Business).where(Business.id == business_id))
    if found is None:
        raise LookupError(business_id)
    return found


def forget_believed() -> None:
    """Read businesses anew; called when one was changed here."""
    _known.clear()


def _believed(by: str, key: object, rows: Select[Business]) -> Business | None:
    """What was read lately; copies stand outside any session, so that nobody changes them by accident."""
    read_at, known = _known.get((by, key), (0.0, None))
    if read_at and clock.monotonic() - read_at < BELIEVED:
        return known
    found = db.session.scalar(rows)
    if found is None and by != "host":
        return None
    if found is not None and found not in db.session.dirty and found not in db.session.new:
        db.session.expunge(found)
    if len(_known) > 1_000:
        _known.clear()
    _known[by, key] = clock.monotonic(), found
    return found
