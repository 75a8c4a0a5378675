"""Who is who: reads for log-in, for pages and for lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, lazyload

from app.identity.models import ApiToken, BrowserSession, Membership, User
from app.identity.passwords import digest
from app.kernel.access import STAFF, Role
from app.kernel.audit import AuditEntry
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.tenancy import across_businesses

#: Who may take another's place: a token of a lower role stays what it is, one of a higher role is cut down.
_RANK = {Role.PLATFORM: 4, Role.OWNER: 3, Role.DISPATCHER: 2, Role.ACCOUNTANT: 2, Role.DRIVER: 1, Role.CUSTOMER: 1}


@dataclass(frozen=True)
class Standing:
    """Where somebody may be, and as what: one line of the page where a business is chosen."""

    membership_id: int
    business_id: int
    business_name: str
    business_slug: str
    role: Role


def user_by_mail(email: str) -> User | None:
    """The person with that address, however it is capitalised."""
    return db.session.scalar(select(User).where(func.lower(User.email) == email.lower()))


def standings(user_id: int) -> list[Standing]:
    """Everywhere that user may be, oldest first; the platform's people may be in every business."""
    with across_businesses():
        rows = db.session.execute(
            select(Membership.id, Membership.role, Business)
            .join(Business, Business.id == Membership.business_id)
            .where(Membership.user_id == user_id, Membership.disabled_at.is_(None))
            .order_by(Membership.id)
        ).all()
        found = [Standing(key, firm.id, firm.name, firm.slug, Role(role)) for key, role, firm in rows]
        operator = next((standing for standing in found if standing.role == Role.PLATFORM), None)
        if operator is None:
            return found
        there = {standing.business_id for standing in found}
        others = db.session.scalars(select(Business).where(Business.id.not_in(there)).order_by(Business.id)).all()
    return found + [Standing(operator.membership_id, firm.id, firm.name, firm.slug, Role.PLATFORM) for firm in others]


def standing_in(user_id: int, business_id: int) -> Standing | None:
    """What that user is in that business, or None."""
    return next((standing for standing in standings(user_id) if standing.business_id == business_id), None)


def narrowed(asked: Role, present: Role) -> Role | None:
    """The role that a token made for `asked` gives to somebody who is `present` now; None when it gives none."""
    if asked == present or _RANK[asked] < _RANK[present]:
        return asked
    return present if _RANK[present] < _RANK[asked] else None


def session_by_secret(secret: str) -> tuple[BrowserSession, User, Membership | None, int] | None:
    """The session with its user, the membership chosen, and how many memberships there are; one query."""
    chosen, every = aliased(Membership), aliased(Membership)
    count = (
        select(func.count())
        .select_from(every)
        .where(every.user_id == BrowserSession.user_id, every.disabled_at.is_(None))
        .scalar_subquery()
    )
    with across_businesses():
        row = db.session.execute(
            select(BrowserSession, User, chosen, count)
            .join(User, User.id == BrowserSession.user_id)
            .outerjoin(chosen, chosen.id == BrowserSession.membership_id)
            .where(BrowserSession.token_hash == digest(secret))
            .options(lazyload(chosen.user))
        ).one_or_none()
    return (row[0], row[1], row[2], row[3]) if row is not None else None


def token_by_jti(jti: str) -> tuple[ApiToken, User, Business] | None:
    """The API token that was given out under that id, with its user and business."""
    with across_businesses():
        row = db.session.execute(
            select(ApiToken, User, Business)
            .join(User, User.id == ApiToken.user_id)
            .join(Business, Business.id == ApiToken.business_id)
            .where(ApiToken.jti == jti)
        ).one_or_none()
    return (row[0], row[1], row[2]) if row is not None else None


def sessions_of(user_id: int) -> Sequence[BrowserSession]:
    """The browsers in which that user is signed in, the last used first."""
    with across_businesses():
        return db.session.scalars(
            select(BrowserSession).where(BrowserSession.user_id == user_id).order_by(BrowserSession.last_seen_at.desc())
        ).all()


def tokens_of(user_id: int, *, at: datetime) -> Sequence[tuple[ApiToken, str]]:
    """That user's API tokens that still open something, each with the name of its business; the newest first."""
    with across_businesses():
        rows = db.session.execute(
            select(ApiToken, Business.name)
            .join(Business, Business.id == ApiToken.business_id)
            .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > at)
            .order_by(ApiToken.id.desc())
            .limit(100)
        ).all()
    return [(row[0], row[1]) for row in rows]


def members(q: str = "", kind: str = "") -> Select[Membership]:
    """The business's people; `kind` is `staff`, `customers` or a role, `q` a part of name or address."""
    rows = select(Membership).join(User, User.id == Membership.user_id)
    if kind == "staff":
        rows = rows.where(Membership.role.in_([*STAFF, Role.DRIVER]))
    elif kind == "customers":
        rows = rows.where(Membership.role == Role.CUSTOMER)
    elif kind:
        rows = rows.where(Membership.role == kind)
    for word in q.split()[:5]:
        part = f"%{_literal(word)}%"
        rows = rows.where(User.name.ilike(part) | Membership.name.ilike(part) | User.email.ilike(part))
    return rows.order_by(Membership.disabled_at.is_not(None), func.lower(User.name), Membership.id)


def audit_entries(
    *, action: str = "", q: str = "", since: datetime | None = None, until: datetime | None = None
) -> Select[AuditEntry]:
    """The business's audit log, newest first; `action` is a whole name or its first part (`login`)."""
    rows = select(AuditEntry)
    if action:
        rows = rows.where((AuditEntry.action == action) | AuditEntry.action.startswith(f"{action}.", autoescape=True))
    for word in q.split()[:5]:
        part = f"%{_literal(word)}%"
        rows = rows.where(
            AuditEntry.actor_name.ilike(part) | AuditEntry.subject.ilike(part) | (AuditEntry.address == word)
        )
    if since is not None:
        rows = rows.where(AuditEntry.at >= since)
    if until is not None:
        rows = rows.where(AuditEntry.at < until)
    return rows.order_by(AuditEntry.id.desc())


def names_of(subjects: Sequence[str]) -> dict[str, str]:
    """The names of those `user:…` subjects of the audit log who belong to the business."""
    keys = {subject.removeprefix("user:") for subject in subjects if subject.startswith("user:")}
    rows = db.session.scalars(members().where(User.public_id.in_(keys))).all() if keys else []
    return {f"user:{row.user.public_id}": row.shown_name for row in rows}


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
