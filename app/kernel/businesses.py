"""Businesses: the tenants."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Select,
    SmallInteger,
    String,
    false,
    func,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import believed, clock
from app.kernel.db import db
from app.kernel.ids import public_id


class Business(db.Model):
    """A moving firm, a car hire, a cleaning firm, or a client of a bookkeeping bureau."""

    __tablename__ = "businesses"
    __table_args__ = (
        Index("uq_businesses_hostname", func.lower(db.text("hostname")), unique=True),
        CheckConstraint("only_free in ('never', 'form', 'always')", name="only_free"),
        CheckConstraint("reminder_hour between 0 and 23", name="reminder_hour"),
        CheckConstraint("follow_up_hour between 0 and 23", name="follow_up_hour"),
    )

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
    #: Some words about the firm for its front door; empty for the usual ones.
    about: Mapped[str] = mapped_column(String(500), default="", server_default="")
    #: What its pages and mails may be written in for visitors.
    languages: Mapped[list[str]] = mapped_column(
        db.JSON, default=lambda: ["en", "sv", "da"], server_default=text('\'["en", "sv", "da"]\'')
    )
    #: What stands before the deployment's address in mails, and where answers go; empty for name and e-mail above.
    sender_name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    reply_to: Mapped[str] = mapped_column(String(320), default="", server_default="")
    #: Monday to Sunday, [opens, closes] as wall-clock times or None; None as a whole while nobody has said.
    hours: Mapped[list[list[str] | None] | None] = mapped_column(db.JSON(none_as_null=True))
    #: The countries on whose public holidays it is closed (`SE`, `DK`).
    holidays: Mapped[list[str]] = mapped_column(db.JSON, default=list, server_default=text("'[]'"))
    #: Whether only what can be kept is taken: `never`, by the `form` of the public pages, or `always` (programs too).
    only_free: Mapped[str] = mapped_column(String(6), default="never", server_default="never")
    #: Whether its staff must have a second step at log-in.
    demands_second_step: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: How long things are kept, in months by name; the usual time for what is not named.
    retention: Mapped[dict[str, Any]] = mapped_column(db.JSON, default=dict, server_default=text("'{}'"))
    #: Whether customers are reminded the day before and written to the day after, and at which hour of its clocks.
    sends_reminders: Mapped[bool] = mapped_column(default=True, server_default=true())
    reminder_hour: Mapped[int] = mapped_column(SmallInteger, default=17, server_default="17")
    sends_follow_ups: Mapped[bool] = mapped_column(default=True, server_default=true())
    follow_up_hour: Mapped[int] = mapped_column(SmallInteger, default=10, server_default="10")
    #: Stands for the present logo; empty where there is none.
    logo_mark: Mapped[str] = mapped_column(String(20), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)

    @property
    def initials(self) -> str:
        """Two letters for where a logo would be."""
        words = [word for word in self.name.split() if word[0].isalpha()]
        return "".join(word[0] for word in words[:2]).upper()

    @property
    def logo_url(self) -> str | None:
        """Address of the logo; the drawn mark stands in where there is none."""
        return f"/logo/{self.logo_mark}" if self.logo_mark else None

    @property
    def keeps_form(self) -> bool:
        """Whether the public pages offer only days and times that can be kept."""
        return self.only_free in ("form", "always")


#: How long a process believes what it read of a business, in seconds: each request asks, and they hardly ever change.
BELIEVED = 5.0
_known: dict[tuple[str, object], tuple[float, Business | None]] = {}


def default_business() -> Business | None:
    """The oldest one; public pages of unknown host names belong to it."""
    return _believed("default", None, lambda: select(Business).order_by(Business.id).limit(1))


def business_of_host(host: str) -> Business | None:
    """The business whose host name this is, else the default one; None before the first is made. For reading only."""
    name = (host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host).lower().rstrip(".")[:253]
    found = _believed("host", name, lambda: select(Business).where(func.lower(Business.hostname) == name))
    return found or default_business()


def get_business(business_id: int) -> Business:
    """The business with that inner id, for reading only; LookupError when there is none."""
    found = _believed("id", business_id, lambda: select(Business).where(Business.id == business_id))
    if found is None:
        raise LookupError(business_id)
    return found


def forget_believed() -> None:
    """Read businesses anew; called when one was changed here."""
    _known.clear()
    believed.forget_all()


def _believed(by: str, key: object, rows: Callable[[], Select[Business]]) -> Business | None:
    """What was read lately; copies stand outside any session, so that nobody changes them by accident."""
    read_at, known = _known.get((by, key), (0.0, None))
    if read_at and clock.monotonic() - read_at < BELIEVED:
        return known
    if read_at:  # one reads; under a crowd the others go on with what was known
        _known[by, key] = clock.monotonic(), known
    found = db.session.scalar(rows())
    if found is None and by != "host":
        return None
    if found is not None and found not in db.session.dirty and found not in db.session.new:
        db.session.expunge(found)
    if len(_known) > 1_000:
        _known.clear()
    _known[by, key] = clock.monotonic(), found
    return found
