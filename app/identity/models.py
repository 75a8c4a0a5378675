"""People, what they are in which business, and what lets them in."""

from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel import clock
from app.kernel.access import STAFF, Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.ids import public_id
from app.kernel.tenancy import BusinessOwned

STAFF_IDLE, STAFF_WHOLE = timedelta(hours=2), timedelta(hours=12)
OTHERS_LIMIT = timedelta(days=30)
CHOOSING_LIMIT = timedelta(minutes=10)
_ROLES = ", ".join(f"'{role}'" for role in Role)


class User(db.Model):
    """A person with a log-in; one for each e-mail address, in whatever businesses."""

    __tablename__ = "users"
    __table_args__ = (Index("uq_users_email", func.lower(db.text("email")), unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40), default="")
    #: None until a password was chosen; nobody can sign in with it before.
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(5), default="en")
    #: What the secret of the second step is derived from (the secret is not kept), since when it is asked for, and the
    #: last step of thirty seconds whose code was used: a code works once.
    second_key: Mapped[str] = mapped_column(String(40), default="", server_default="")
    second_since: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    second_used: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    last_seen_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: When a mailed link was first pressed, so that the address is known to be this person's.
    email_proved_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class Membership(BusinessOwned, db.Model):
    """What a user is in a business."""

    __tablename__ = "memberships"
    __extra_args__ = (
        UniqueConstraint("user_id", "business_id"),
        CheckConstraint(f"role in ({_ROLES})", name="role_known"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(20))
    #: What this business calls the person, when it was the business that wrote the name down.
    name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    disabled_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    #: When a customer was told that the account is about to end, because it is not used.
    warned_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined", innerjoin=True)
    business: Mapped[Business] = relationship(foreign_keys="Membership.business_id", viewonly=True)

    @property
    def shown_name(self) -> str:
        """The person's name as this business knows it."""
        return self.name or self.user.name


class BrowserSession(BusinessOwned, db.Model):
    """A signed-in browser. Only the hash of its secret is kept; the row is gone once it ended."""

    __tablename__ = "sessions"
    __extra_args__ = (Index("ix_sessions_user_id", "user_id"), Index("ix_sessions_last_seen_at", "last_seen_at"))
    # Until one of several memberships was chosen, no business is.
    may_be_shared = True

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    #: Of another business than the session's only where the membership is the platform's.
    membership_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("memberships.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    last_seen_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    password_checked_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")

    def is_live(self, at: datetime, role: Role | None) -> bool:
        """Whether it still opens something for somebody in that role; None while the business is being chosen."""
        if role is None:
            return at < self.created_at + CHOOSING_LIMIT
        idle, whole = (STAFF_IDLE, STAFF_WHOLE) if role in STAFF else (OTHERS_LIMIT, OTHERS_LIMIT)
        return at < self.last_seen_at + idle and at < self.created_at + whole


class ApiToken(BusinessOwned, db.Model):
    """An API token that was given out; the token itself is not kept."""

    __tablename__ = "api_tokens"
    __extra_args__ = (Index("ix_api_tokens_user_id", "user_id"), Index("ix_api_tokens_expires_at", "expires_at"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    jti: Mapped[str] = mapped_column(String(40), unique=True, default=public_id)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(20))
    issued_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    business: Mapped[Business] = relationship(foreign_keys="ApiToken.business_id", viewonly=True)

    def is_live(self, at: datetime) -> bool:
        """Whether it is neither revoked nor over."""
        return self.revoked_at is None and at < self.expires_at


class Reset(db.Model):
    """A mailed link that lets its owner choose a new password, once."""

    __tablename__ = "password_resets"
    __table_args__ = (Index("ix_password_resets_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    def is_live(self, at: datetime) -> bool:
        """Whether it still opens the page where a password is chosen."""
        return self.used_at is None and at < self.expires_at


class LoginLink(BusinessOwned, db.Model):
    """A mailed link that signs its reader in to the business once. Only its hash is kept."""

    __tablename__ = "login_links"
    __extra_args__ = (Index("ix_login_links_expires_at", "expires_at"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    #: The address that was mailed: whoever presses has it, whatever the account or the customer is called by then.
    email: Mapped[str] = mapped_column(String(320))
    #: The page to go on to.
    back: Mapped[str] = mapped_column(String(300), default="/")
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    def is_live(self, at: datetime) -> bool:
        """Whether its button still signs somebody in."""
        return self.used_at is None and at < self.expires_at


class RecoveryCode(db.Model):
    """A code that stands in for the second step, once; only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("ix_recovery_codes_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))


class Invitation(BusinessOwned, db.Model):
    """A mailed link by which somebody joins the business in a role: once, for seven days. Only its hash is kept."""

    __tablename__ = "invitations"
    __extra_args__ = (CheckConstraint(f"role in ({_ROLES})", name="role_known"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(20), unique=True, default=public_id)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    email: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    expires_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    withdrawn_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    def is_live(self, at: datetime) -> bool:
        """Whether its link still lets somebody in."""
        return self.used_at is None and self.withdrawn_at is None and at < self.expires_at


class LoginFailure(db.Model):
    """A wrong password: for which address of mail (as a hash, whether it exists or not), and from where."""

    __tablename__ = "login_failures"
    __table_args__ = (
        Index("ix_login_failures_account_hash_at", "account_hash", "at"),
        Index("ix_login_failures_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    account_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
