"""Invites for programs, by the contract."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import request, url_for
from pydantic import AfterValidator, Field
from sqlalchemy import select

from app.customers.models import Customer
from app.customers.orders import many_lines, needed
from app.kernel.access import Can
from app.messaging import invites, plans, segments, sms_queries
from app.messaging.invites import Invited
from app.messaging.sms_models import INVITE, Sms
from app.web.days import business_zone
from app.web.doors import needs
from app.web.idempotency import idempotent
from app.web.limits import per_api
from app.web.pages import one_or_404, paged
from app.web.schemas import Listed, Listing, Order, Shown, parse_json

bp = APIBlueprint("invites_api", __name__, url_prefix="/api/v1", tag="Invites")
Status = Literal["queued", "sending", "sent", "delivered", "undelivered", "failed", "held"]
Message = Annotated[str, Field(max_length=segments.LONGEST), AfterValidator(many_lines), AfterValidator(needed)]


class InviteOrder(Order):
    """Whom to invite, and with what words; `{first_name}`, `{name}`, `{firm}`, `{phone}` and `{link}` are filled in."""

    customer_id: Annotated[str, Field(max_length=40)]
    message: Message
    channel: Literal["sms", "whatsapp"] = "sms"


class InviteListing(Listing):
    """The query of the list of invites."""

    sort: Literal["", "-createdAt"] = ""
    status: Status | None = None
    customer_id: Annotated[str, Field(max_length=40)] = ""


class InviteTaken(Shown):
    """The answer to an invite: its id, and what the month's count says now."""

    id: str
    status: str
    used: int
    limit: int


class InviteShown(Shown):
    """An invite."""

    id: str
    status: str
    channel: str
    customer_id: str | None
    to: str
    to_name: str
    message: str
    parts: int
    attempts: int
    provider: str
    provider_id: str | None
    reason: str
    code: str
    counted: bool
    link: str | None
    visits: int
    next_try_at: datetime | None
    resend_of: str | None
    created_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    first_visit_at: datetime | None


class SubscriptionShown(Shown):
    """The plan of the business and how much of it is used."""

    plan: str
    name: str
    limit: int
    used: int
    left: int
    given_back: int
    resets_at: datetime
    ends_at: datetime | None
    lapsed: bool
    months: list[dict[str, Any]]


@bp.post("/invites")
@needs(Can.CHANGE_INVITES)
@per_api
@idempotent
@bp.input(InviteOrder, arg_name="order")
@bp.output(InviteTaken, status_code=201)
@bp.doc(responses={402: "The subscription has lapsed.", 409: "The customer wants no invites or has no mobile number."})
def create(order: InviteOrder) -> Any:
    """Invite a customer by text message. 429 with `used`, `limit` and `resetsAt` when the month is used up."""
    customer = one_or_404(select(Customer).where(Customer.public_id == order.customer_id))
    return _taken(invites.invite(customer.id, order.message, channel=order.channel), 201)


@bp.get("/invites")
@needs(Can.READ_INVITES)
@per_api
@bp.input(InviteListing, location="query", arg_name="listing")
@bp.output(Listed[InviteShown])
def list_invites(listing: InviteListing) -> Any:
    """The invites of the business, newest first."""
    filters = sms_queries.Filters(state=listing.status or "", q=listing.q, customer=listing.customer_id, kind=INVITE)
    page = paged(sms_queries.listed(filters), page=listing.page, per_page=listing.per_page)
    return Listed[InviteShown](items=_shown(page.items), page=page.page, per_page=page.per_page, total=page.total)


@bp.get("/invites/<invite_id>")
@needs(Can.READ_INVITES)
@per_api
@bp.output(InviteShown)
def show(invite_id: str) -> Any:
    """One invite and what became of it."""
    return _shown([_find(invite_id)])[0]


@bp.post("/invites/<invite_id>/resend")
@needs(Can.CHANGE_INVITES)
@per_api
@idempotent
@bp.output(InviteTaken, status_code=202)
@bp.doc(responses={402: "The subscription has lapsed.", 409: "It is still on its way, or the customer wants none."})
def resend(invite_id: str) -> Any:
    """Send it again, as an invite of its own that names this one and counts as any other."""
    if raw := request.get_data():
        cast(Order, parse_json(Order, raw))  # nothing may be said along with it
    return _taken(invites.resend(_find(invite_id).id), 202)


@bp.get("/subscription")
@needs(Can.READ_INVITES)
@per_api
@bp.output(SubscriptionShown)
def subscription() -> Any:
    """The plan, what is used of it this month, and when the count begins anew."""
    now, zone = plans.standing(), ZoneInfo(business_zone())
    return SubscriptionShown(
        plan=now.plan, name=now.plan_name, limit=now.limit, used=now.used, left=now.left, given_back=now.given_back,
        resets_at=now.resets_at.astimezone(zone), ends_at=now.ends_at.astimezone(zone) if now.ends_at else None,
        lapsed=now.has_lapsed,
        months=[
            {"month": month.strftime("%Y-%m"), "used": used, "givenBack": back} for month, used, back in plans.months()
        ],
    )  # fmt: skip


def _taken(made: Invited, status: int) -> Any:
    body = InviteTaken(id=made.sms.public_id, status=made.sms.state, used=made.used, limit=made.limit)
    return body, status, {"Location": url_for("invites_api.show", invite_id=made.sms.public_id)}


def _find(invite_id: str) -> Sms:
    return one_or_404(sms_queries.sms_by_id(invite_id))


def _shown(rows: Sequence[Sms]) -> list[InviteShown]:
    zone = ZoneInfo(business_zone())
    firsts = sms_queries.public_ids([sms.resend_of_id for sms in rows if sms.resend_of_id is not None])

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at is not None else None

    return [
        InviteShown(
            id=sms.public_id, status=sms.state, channel=sms.channel,
            customer_id=sms.customer.public_id if sms.customer is not None else None,
            to=sms.to_number, to_name=sms.to_name, message=sms.body, parts=sms.parts, attempts=sms.attempts,
            provider=sms.provider, provider_id=sms.provider_id, reason=sms.words, code=sms.code,
            counted=sms.counted_month is not None, link=f"/i/{sms.link_code}" if sms.link_code else None,
            visits=sms.visits, next_try_at=local(sms.next_try_at), resend_of=firsts.get(sms.resend_of_id or 0),
            created_at=sms.created_at.astimezone(zone), sent_at=local(sms.sent_at), settled_at=local(sms.settled_at),
            first_visit_at=local(sms.first_visit_at),
        )
        for sms in rows
    ]  # fmt: skip
