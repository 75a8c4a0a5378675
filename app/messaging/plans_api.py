"""Plans and businesses for programs, by the contract: the operator edits, an owner sees their own."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask_login import current_user
from pydantic import AfterValidator, Field
from sqlalchemy import or_, select

from app.customers.orders import Name
from app.kernel import clock
from app.kernel.access import Can, Role
from app.kernel.businesses import Business
from app.kernel.tenancy import across_businesses, within
from app.messaging import plans
from app.messaging.plan_models import Plan
from app.web.days import business_zone
from app.web.doors import needs
from app.web.limits import per_api
from app.web.pages import paged
from app.web.schemas import Listed, Listing, Order, Shown

bp = APIBlueprint("plans_api", __name__, url_prefix="/api/v1", tag="Plans")


def _instant(value: datetime) -> datetime:
    if not 1900 <= value.year <= 2100:
        raise ValueError("This date is out of reach.")
    return value if value.tzinfo else clock.later_reading(value, business_zone())


Instant = Annotated[datetime, AfterValidator(_instant)]


class PlanShown(Shown):
    """A plan: invites a month, and what one part of a message costs."""

    id: str
    name: str
    monthly_invites: int
    part_price: Decimal
    version: int


class PlanEdit(Order):
    """What of a plan may be changed; what is left out stays."""

    name: Name | None = None
    monthly_invites: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    part_price: Annotated[Decimal, Field(ge=0, max_digits=8, decimal_places=4, strict=False)] | None = None
    version: int | None = None


class PlansShown(Shown):
    """All plans, the smallest first."""

    items: list[PlanShown]


class BusinessShown(Shown):
    """A business and the plan that it is on."""

    id: str
    name: str
    slug: str
    hostname: str | None
    plan: str


class BusinessListing(Listing):
    """The query of the list of businesses."""

    sort: Literal["", "name"] = ""


class SubscriptionOrder(Order):
    """The plan that a business is put on; with `endsAt` it lapses then, without it runs on."""

    plan: Annotated[str, Field(max_length=40)]
    ends_at: Instant | None = None


class SubscriptionSet(Shown):
    """The subscription as it is now."""

    business_id: str
    plan: str
    used: int
    limit: int
    ends_at: datetime | None


@bp.get("/plans")
@needs(Can.CHANGE_BUSINESSES)
@per_api
@bp.output(PlansShown)
def list_plans() -> Any:
    """The plans."""
    return PlansShown(items=[_plan(plan) for plan in plans.all_plans()])


@bp.get("/plans/<plan_id>")
@needs(Can.CHANGE_BUSINESSES)
@per_api
@bp.output(PlanShown)
def show_plan(plan_id: str) -> Any:
    """One plan."""
    return _plan(plans.plan_by_code(plan_id))


@bp.patch("/plans/<plan_id>")
@needs(Can.CHANGE_BUSINESSES)
@per_api
@bp.input(PlanEdit, arg_name="edit")
@bp.output(PlanShown)
def change_plan(plan_id: str, edit: PlanEdit) -> Any:
    """Change a plan for every business on it, at once. With a `version` that is not the present one: 409."""
    plans.plan_by_code(plan_id)
    try:
        plan = plans.edit(
            plan_id,
            name=edit.name,
            monthly_invites=edit.monthly_invites,
            part_price=edit.part_price,
            version=edit.version,
        )
    except plans.StalePlan as stale:
        now = _plan(plans.plan_by_code(plan_id)).model_dump(mode="json", by_alias=True)
        raise plans.StalePlan(stale.detail, current=now) from None
    return _plan(plan)


@bp.get("/businesses")
@needs(Can.READ_BUSINESSES)
@per_api
@bp.input(BusinessListing, location="query", arg_name="listing")
@bp.output(Listed[BusinessShown])
def list_businesses(listing: BusinessListing) -> Any:
    """The businesses: all of them for the operator, an owner's own for an owner."""
    rows = select(Business).order_by(*([Business.name] if listing.sort else []), Business.id)
    if current_user.role != Role.PLATFORM:
        rows = rows.where(Business.id == current_user.business_id)
    if typed := " ".join(listing.q.split())[:100]:
        places = (Business.name, Business.slug)
        rows = rows.where(or_(*(place.icontains(typed, autoescape=True) for place in places)))
    page = paged(rows, page=listing.page, per_page=listing.per_page)
    with across_businesses():
        chosen = plans.plans_of_businesses()
    items = [
        BusinessShown(
            id=one.public_id,
            name=one.name,
            slug=one.slug,
            hostname=one.hostname,
            plan=chosen.get(one.id, plans.SMALLEST),
        )
        for one in page
    ]
    return Listed[BusinessShown](items=items, page=page.page, per_page=page.per_page, total=page.total)


@bp.put("/businesses/<business_id>/subscription")
@needs(Can.CHANGE_BUSINESSES)
@per_api
@bp.input(SubscriptionOrder, arg_name="order")
@bp.output(SubscriptionSet)
def subscribe(business_id: str, order: SubscriptionOrder) -> Any:
    """Put a business on a plan, from this moment; what it has used this month stays used."""
    business = plans.business_by_public_id(business_id)
    plans.subscribe(business.id, order.plan, ends_at=order.ends_at)
    with within(business.id):
        now = plans.standing()
    return SubscriptionSet(
        business_id=business.public_id, plan=now.plan, used=now.used, limit=now.limit, ends_at=now.ends_at
    )


def _plan(plan: Plan) -> PlanShown:
    return PlanShown(
        id=plan.code,
        name=plan.name,
        monthly_invites=plan.monthly_invites,
        part_price=plan.part_price,
        version=plan.version,
    )
