"""Customers' accounts that nobody uses: told a month ahead, and ended where nobody came by meanwhile.

What the business knows of the customer stays with the business; the account is only the way in.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, func, not_, or_, select, update

from app.bookings.models import Booking
from app.customers.models import Customer
from app.identity import accounts, letters
from app.identity.models import Membership, User
from app.kernel import clock
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import change, db, lock, transaction
from app.kernel.tenancy import across_businesses, within

#: Usual months, while a firm has said nothing; a month is as long as one of 31 days at most.
USUAL_MONTHS = 24
AHEAD = timedelta(days=30)
AT_ONCE = 200


def look_through() -> None:
    """Warn and end what is due, in every business; some at a time, each by itself."""
    with across_businesses():
        firms = {row.id: row.retention for row in db.session.execute(select(Business.id, Business.retention))}
    for business_id, kept in firms.items():
        with within(business_id):
            kept_for = timedelta(days=31 * int(kept.get("accounts") or USUAL_MONTHS))
            _take_back_warnings()
            _warn(kept_for)
            _end(kept_for)


def _take_back_warnings() -> None:
    """Whoever came by after the warning is warned anew before anything ends."""
    with transaction():
        used = select(Membership.id).join(User, User.id == Membership.user_id)
        used = used.where(Membership.warned_at.is_not(None), not_(_is_unused_since(Membership.warned_at)))
        back = update(Membership).where(Membership.id.in_(used)).values(warned_at=None)
        change(back.execution_options(synchronize_session=False))


def _warn(kept_for: timedelta) -> None:
    since = clock.now() - kept_for + AHEAD
    for member_id in db.session.scalars(_unused(since).where(Membership.warned_at.is_(None))).all():
        with transaction():
            member = lock(Membership, member_id)
            if member.warned_at is None:
                member.warned_at = clock.now()
                letters.warn_unused(member.user, days=AHEAD.days)


def _end(kept_for: timedelta) -> None:
    now = clock.now()
    due = _unused(now - kept_for).where(Membership.warned_at <= now - AHEAD)
    for member_id in db.session.scalars(due).all():
        with transaction():
            # Under the lock of the person, so that whoever signs in at this moment keeps the account.
            member = db.session.get(Membership, member_id)
            if member is None:
                continue
            lock(User, member.user_id)
            if db.session.scalar(due.where(Membership.id == member_id)) is not None:
                accounts.end(member, why="unused")


def _unused(since: datetime) -> Select[int]:
    rows = select(Membership.id).join(User, User.id == Membership.user_id)
    rows = rows.where(Membership.role == Role.CUSTOMER, Membership.created_at < since, _is_unused_since(since))
    return rows.order_by(Membership.id).limit(AT_ONCE)


def _is_unused_since(since: datetime | SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Nobody has signed in from then on, and nothing was booked or done with the account or its address."""
    theirs = select(Customer.id).where(func.lower(Customer.email) == func.lower(User.email)).correlate(User)
    mine = or_(Booking.booked_by == User.id, Booking.customer_id.in_(theirs))
    recent = or_(Booking.created_at >= since, Booking.ends_at >= since)
    has_booked = exists(select(Booking.id).where(mine, recent).correlate(User, Membership))
    return and_(func.coalesce(User.last_seen_at, User.created_at) < since, not_(has_booked))
