"""Reads about text messages for lists, counts and pages."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.customers.models import Customer
from app.kernel.db import db
from app.kernel.events import Event
from app.messaging.models import WebhookCall
from app.messaging.sms_models import INVITE, TROUBLE, Sms, SmsAttempt, SmsReceived, SmsState

VIEWS = ("all", "attention", "waiting", "failed", "came")
LONGEST_QUERY = 100


@dataclass(frozen=True)
class Filters:
    """Which messages a list shows; `customer` is a public id."""

    view: str = "all"
    state: str = ""
    q: str = ""
    customer: str = ""
    kind: str = ""

    @property
    def are_set(self) -> bool:
        """Whether anything but the view narrows the list."""
        return replace(self, view="all") != Filters()


def listed(filters: Filters) -> Select[Sms]:
    """The messages that fit, newest first."""
    rows = select(Sms).where(*_conditions(filters)).options(joinedload(Sms.customer))
    return rows.order_by(Sms.created_at.desc(), Sms.id.desc())


def sms_by_id(public_id: str) -> Select[Sms]:
    """That message with its customer, as it is now."""
    rows = select(Sms).where(Sms.public_id == public_id).options(joinedload(Sms.customer))
    return rows.execution_options(populate_existing=True)


def sms_by_code(code: str) -> Select[Sms]:
    """The message whose short link is called so."""
    return select(Sms).where(Sms.link_code == code)


def tries_of(sms_id: int) -> Sequence[SmsAttempt]:
    """Its tries, the first one first."""
    rows = select(SmsAttempt).where(SmsAttempt.sms_id == sms_id).order_by(SmsAttempt.number, SmsAttempt.id)
    return db.session.scalars(rows).all()


def beside(sms: Sms) -> Sequence[Sms]:
    """The message that it repeats and those that repeat it (or the same one), oldest first."""
    near = [Sms.resend_of_id == sms.id]
    if sms.resend_of_id is not None:
        near += [Sms.id == sms.resend_of_id, Sms.resend_of_id == sms.resend_of_id]
    return db.session.scalars(select(Sms).where(or_(*near), Sms.id != sms.id).order_by(Sms.id)).all()


def calls_about(sms: Sms) -> Sequence[WebhookCall]:
    """What the provider said of it, as it came; at most 50."""
    if sms.provider_id is None:
        return ()
    rows = select(WebhookCall).where(
        WebhookCall.subject_id == sms.provider_id, WebhookCall.business_id == sms.business_id
    )
    return db.session.scalars(rows.order_by(WebhookCall.id.desc()).limit(50)).all()


def answers(count: int = 5) -> Sequence[SmsReceived]:
    """The latest words of customers."""
    return db.session.scalars(select(SmsReceived).order_by(SmsReceived.id.desc()).limit(count)).all()


def public_ids(ids: list[int]) -> dict[int, str]:
    """What messages with those inner ids are called outside."""
    if not ids:
        return {}
    rows = db.session.execute(select(Sms.id, Sms.public_id).where(Sms.id.in_(ids)))
    return {row.id: row.public_id for row in rows}


def trouble_count() -> Select[int]:
    """Counts the messages that went wrong and wait for a person."""
    return select(func.count()).select_from(Sms).where(_needs_person())


def view_counts() -> dict[str, int]:
    """How many messages the views hold that somebody may have to look at; one statement."""
    views = ("attention", "waiting")
    row = db.session.execute(
        select(*(func.count().filter(_view(name)).label(name) for name in views))
        .select_from(Sms)
        .where(Sms.state.in_((*TROUBLE, SmsState.QUEUED, SmsState.SENDING)))
    ).one()
    return {name: int(getattr(row, name)) for name in views}


def recently_invited(customer_ids: Sequence[int], since: datetime) -> set[int]:
    """Those of the customers who had an invite since then; one statement."""
    rows = select(Sms.customer_id).where(
        Sms.customer_id.in_(customer_ids), Sms.created_at > since, Sms.state != SmsState.FAILED, Sms.kind == INVITE
    )
    return {found for found in db.session.scalars(rows.distinct()) if found is not None}


def booked_after(sms: Sms) -> datetime | None:
    """When the customer first booked after opening the link; None when they have not."""
    if sms.first_visit_at is None or sms.customer_id is None:
        return None
    rows = select(Event.at).where(
        Event.name == "booking.created",
        Event.about.contains([f"customer:{sms.customer_id}"]),
        Event.at >= sms.first_visit_at,
    )
    return db.session.scalar(rows.order_by(Event.id).limit(1))


def _needs_person() -> ColumnElement[bool]:
    return and_(Sms.state.in_(TROUBLE), Sms.handled_at.is_(None))


def _view(name: str) -> ColumnElement[bool]:
    return {
        "attention": _needs_person(),
        "waiting": Sms.state.in_((SmsState.QUEUED, SmsState.SENDING)),
        "failed": Sms.state.in_(TROUBLE),
        "came": Sms.visits > 0,
    }[name]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found = [_view(filters.view)] if filters.view != "all" else []
    if filters.state:
        found.append(Sms.state == filters.state)
    if filters.kind:
        found.append(Sms.kind == filters.kind)
    if filters.customer:
        found.append(
            Sms.customer_id == select(Customer.id).where(Customer.public_id == filters.customer).scalar_subquery()
        )
    if typed := " ".join(filters.q.split())[:LONGEST_QUERY]:
        digits = "".join(char for char in typed if char.isdigit())
        said = [place.icontains(typed, autoescape=True) for place in (Sms.to_name, Sms.body)]
        if len(digits) >= 4:
            said.append(Sms.to_number.contains(digits.lstrip("0")))
        found.append(or_(*said))
    return found
