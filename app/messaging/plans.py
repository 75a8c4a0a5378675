"""Plans as verbs: what a business may send this month, counted so that no crowd gets one more than it pays for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import ceil
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.kernel import audit, clock
from app.kernel.businesses import Business, get_business
from app.kernel.db import db, lock, transaction
from app.kernel.errors import Conflict, Invalid, Lapsed, NotFound, TooMany
from app.kernel.events import announce
from app.kernel.tenancy import current_business_id, within
from app.messaging.plan_models import InviteMonth, Plan, Subscription
from app.messaging.sms_events import SubscriptionChanged

PART_PRICE = Decimal("0.5500")
#: The plans that every deployment has: code, name, invites a month. Rows, once anybody subscribes or edits.
STANDARD = (("starter", "Starter", 3), ("growth", "Growth", 100), ("pro", "Pro", 1000))
SMALLEST = "starter"


@dataclass(frozen=True)
class Standing:
    """Where a business stands this month; `resets_at` is the first instant of the next one, on its own clocks."""

    plan: str
    plan_name: str
    limit: int
    used: int
    given_back: int
    resets_at: datetime
    ends_at: datetime | None
    has_lapsed: bool
    part_price: Decimal

    @property
    def left(self) -> int:
        """How many invites may still go out this month."""
        return 0 if self.has_lapsed else max(0, self.limit - self.used)


@dataclass(frozen=True)
class Taken:
    """A place in the count: of which month, and how many are used now."""

    month: date
    used: int
    limit: int


class LimitReached(TooMany):
    """The month's invites are used up."""


class StalePlan(Conflict):
    """Somebody else has changed the plan meanwhile."""


def month_of(at: datetime, zone: str) -> date:
    """The first day of the calendar month that it is in that zone."""
    return at.astimezone(ZoneInfo(zone)).date().replace(day=1)


def month_after(month: date) -> date:
    """The first day of the month that follows."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def turn_of(month: date, zone: str) -> datetime:
    """The first instant of that month in the zone, also where its midnight is skipped or shown twice."""
    return datetime.combine(month, time(), ZoneInfo(zone)).astimezone(UTC)


def all_plans() -> list[Plan]:
    """The plans, the smallest first; those that nobody touched yet stand there as they would be written."""
    known = {plan.code: plan for plan in db.session.scalars(select(Plan))}
    for code, name, count in STANDARD:
        known.setdefault(code, Plan(code=code, name=name, monthly_invites=count, part_price=PART_PRICE, version=1))
    return sorted(known.values(), key=lambda plan: (plan.monthly_invites, plan.code))


def plan_by_code(code: str) -> Plan:
    """That plan; NotFound for one that there is not."""
    found = next((plan for plan in all_plans() if plan.code == code), None)
    if found is None:
        raise NotFound()
    return found


def standing() -> Standing:
    """Where the business in scope stands now; reads only."""
    zone, now = get_business(current_business_id()).time_zone, clock.now()
    month = month_of(now, zone)
    held = db.session.execute(select(Subscription.plan_code, Subscription.ends_at)).first()
    plan = plan_by_code(held.plan_code if held else SMALLEST)
    count = db.session.execute(
        select(InviteMonth.used, InviteMonth.given_back).where(InviteMonth.month == month)
    ).first()
    ends_at = held.ends_at if held else None
    return Standing(
        plan=plan.code, plan_name=plan.name, limit=plan.monthly_invites, used=count.used if count else 0,
        given_back=count.given_back if count else 0, resets_at=turn_of(month_after(month), zone), ends_at=ends_at,
        has_lapsed=ends_at is not None and ends_at <= now, part_price=plan.part_price,
    )  # fmt: skip


def months(count: int = 12) -> list[tuple[date, int, int]]:
    """The latest months in which something was sent: (first day, used, given back), newest first."""
    rows = select(InviteMonth.month, InviteMonth.used, InviteMonth.given_back).order_by(InviteMonth.month.desc())
    return [(row.month, row.used, row.given_back) for row in db.session.execute(rows.limit(count))]


def take() -> Taken:
    """One invite of this month, in the open transaction; refuses with Lapsed or LimitReached and takes nothing."""
    now = standing()
    if now.has_lapsed:
        raise Lapsed(_("The subscription has lapsed. Ask the operator to renew it."))
    month = month_of(clock.now(), get_business(current_business_id()).time_zone)
    _row_of(month)
    used = take_if_room(month, now.limit)
    if used is None:
        raise _limit_reached(now)
    return Taken(month, used, now.limit)


def take_if_room(month: date, limit: int) -> int | None:
    """Count one more if that is within the limit: look and write are one statement. How many are used then, or None."""
    statement = (
        update(InviteMonth)
        .where(InviteMonth.month == month, InviteMonth.used < limit)
        .values(used=InviteMonth.used + 1)
        .returning(InviteMonth.used)
        .execution_options(synchronize_session=False)
    )
    return db.session.scalar(statement)


def take_some(wanted: int) -> tuple[date, int]:
    """As many of `wanted` invites of this month as there is room for, in the open transaction: (month, how many).

    The month's row is locked between look and write. Refuses with Lapsed.
    """
    now = standing()
    if now.has_lapsed:
        raise Lapsed(_("The subscription has lapsed. Ask the operator to renew it."))
    month = month_of(clock.now(), get_business(current_business_id()).time_zone)
    _row_of(month)
    rows = select(InviteMonth).where(InviteMonth.month == month).with_for_update()
    row = db.session.scalars(rows.execution_options(populate_existing=True)).one()
    got = max(0, min(wanted, now.limit - row.used))
    row.used += got
    db.session.flush()
    return month, got


def give_back(month: date) -> None:
    """Take one off the count of that month, in the open transaction."""
    _add_to(month, -1)


def count_again(month: date) -> None:
    """Count one that was given back after all: it went out, whatever the limit says now."""
    _row_of(month)
    _add_to(month, 1)


def subscribe(business_id: int, plan_code: str, *, ends_at: datetime | None = None) -> None:
    """Put a business on a plan, at once: what it has used this month stays used. NotFound for an unknown plan."""
    with within(business_id), transaction():
        plan = _written(plan_code)
        before = db.session.execute(select(Subscription.plan_code, Subscription.ends_at)).first()
        known = insert(Subscription).values(
            business_id=business_id, plan_code=plan.code, ends_at=ends_at, changed_at=clock.now()
        )
        db.session.execute(
            known.on_conflict_do_update(
                index_elements=["business_id"],
                set_={"plan_code": plan.code, "ends_at": ends_at, "changed_at": clock.now()},
            )
        )
        was = before.plan_code if before else SMALLEST
        audit.record(
            "subscription.changed", f"business:{get_business(business_id).public_id}", before={"plan": was},
            after={"plan": plan.code, "endsAt": ends_at.isoformat() if ends_at else None},
        )  # fmt: skip
        announce(SubscriptionChanged(business_id, was, plan.code, ends_at.isoformat() if ends_at else ""))


def edit(
    code: str,
    *,
    name: str | None = None,
    monthly_invites: int | None = None,
    part_price: Decimal | None = None,
    version: int | None = None,
) -> Plan:
    """Change a plan for everybody who is on it, from this moment. StalePlan with a version that is not the present."""
    with transaction():
        plan = lock(Plan, _written(code).id)
        if version is not None and version != plan.version:
            raise StalePlan(_("Somebody else has changed this plan meanwhile."))
        before = {"name": plan.name, "monthlyInvites": plan.monthly_invites, "partPrice": str(plan.part_price)}
        if name is not None:
            plan.name = name
        if monthly_invites is not None:
            plan.monthly_invites = monthly_invites
        if part_price is not None:
            plan.part_price = part_price
        plan.updated_at = clock.now()
        after = {"name": plan.name, "monthlyInvites": plan.monthly_invites, "partPrice": str(plan.part_price)}
        audit.record("plan.changed", f"plan:{code}", before=before, after=after)
    return plan


def plans_of_businesses() -> dict[int, str]:
    """Inner id of each business that ever subscribed → code of its plan; across businesses, for the operator."""
    rows = db.session.execute(select(Subscription.business_id, Subscription.plan_code))
    return {row.business_id: row.plan_code for row in rows}


def business_by_public_id(public_id: str) -> Business:
    """The business called so outside; NotFound when there is none."""
    found = db.session.scalar(select(Business).where(Business.public_id == public_id))
    if found is None:
        raise NotFound()
    return found


def _written(code: str) -> Plan:
    """The plan as a row: the standard ones are written when somebody first needs them."""
    for standard, name, count in STANDARD:
        fresh = insert(Plan).values(
            code=standard, name=name, monthly_invites=count, part_price=PART_PRICE, version=1, updated_at=clock.now()
        )
        db.session.execute(fresh.on_conflict_do_nothing())
    found = db.session.scalar(select(Plan).where(Plan.code == code))
    if found is None:
        raise Invalid([("plan", _("There is no such plan."))])
    return found


def _row_of(month: date) -> None:
    fresh = insert(InviteMonth).values(business_id=current_business_id(), month=month, used=0, given_back=0)
    db.session.execute(fresh.on_conflict_do_nothing())


def _add_to(month: date, step: int) -> None:
    db.session.execute(
        update(InviteMonth)
        .where(InviteMonth.month == month, InviteMonth.used + step >= 0)
        .values(used=InviteMonth.used + step, given_back=InviteMonth.given_back - step)
        .execution_options(synchronize_session=False)
    )


def _limit_reached(now: Standing) -> LimitReached:
    zone = ZoneInfo(get_business(current_business_id()).time_zone)
    reset = now.resets_at.astimezone(zone)
    words = _(
        "All %(limit)s invites of this month are used. The next one can go from %(when)s.",
        limit=now.limit,
        when=reset.strftime("%Y-%m-%d %H:%M"),
    )
    seconds = max(1, ceil((now.resets_at - clock.now()).total_seconds()))
    return LimitReached(words, retry_after=seconds, used=now.limit, limit=now.limit, resetsAt=reset.isoformat())
