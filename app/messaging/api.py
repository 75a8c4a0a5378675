"""The e-mail log for programs, by the contract."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import request
from flask_babel import gettext as _
from pydantic import BeforeValidator, Field

from app.customers.orders import Email
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.errors import WrongType
from app.messaging import emails, naming, preview, queries
from app.messaging.models import EmailLog
from app.web.days import business_zone, day_span
from app.web.doors import needs
from app.web.idempotency import idempotent
from app.web.limits import per_api
from app.web.pages import one_or_404, paged
from app.web.schemas import Listed, Listing, Order, Shown, parse_json

bp = APIBlueprint("emails_api", __name__, url_prefix="/api/v1/email-logs", tag="E-mail")
State = Literal["queued", "sending", "sent", "delivered", "opened", "bounced", "complained", "failed", "held"]


def _instant(text: str, *, end: bool) -> datetime:
    try:
        if len(text) == len("2026-11-28"):
            return day_span(_in_reach(date.fromisoformat(text)))[1 if end else 0]
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ValueError(_("This should be a day like 2026-11-28 or a time like 2026-11-28T08:30.")) from None
    _in_reach(found.date())
    return found if found.tzinfo else clock.later_reading(found, business_zone())


def _in_reach(day: date) -> date:
    if not 1900 <= day.year <= 2100:
        raise ValueError(day)
    return day


Since = Annotated[datetime, BeforeValidator(lambda text: _instant(text, end=False))]
Until = Annotated[datetime, BeforeValidator(lambda text: _instant(text, end=True))]


class EmailListing(Listing):
    """The query of the list of mails; `from` and `to` are days (the last one included) or times."""

    sort: Literal["", "-createdAt"] = ""
    status: State | None = None
    kind: Annotated[str, Field(max_length=60)] = ""
    from_: Annotated[Since | None, Field(alias="from")] = None
    to: Until | None = None


class EmailShown(Shown):
    """A mail in the log."""

    id: str
    kind: str
    status: str
    to: str
    to_name: str
    subject: str
    language: str
    customer_id: str | None
    booking_id: str | None
    attempts: int
    provider: str
    provider_id: str | None
    reason: str
    code: str
    next_try_at: datetime | None
    resend_of: str | None
    created_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    handled_at: datetime | None


class TryShown(Shown):
    """One try at sending it."""

    number: int
    provider: str
    began_at: datetime
    ended_at: datetime | None
    outcome: str
    reason: str
    code: str


class FileShown(Shown):
    """A file that travels with it."""

    name: str
    content_type: str
    size: int


class EmailWhole(EmailShown):
    """A mail with its content and its tries. Links that open something lead to the mail's page instead."""

    text: str
    html: str
    files: list[FileShown]
    tries: list[TryShown]
    resends: list[str]


class ResendOrder(Order):
    """Where it goes instead, when the address was wrong."""

    to: Email | None = None


@bp.get("")
@needs(Can.READ_LOGS)
@per_api
@bp.input(EmailListing, location="query", arg_name="listing")
@bp.output(Listed[EmailShown])
def list_emails(listing: EmailListing) -> Any:
    """The mails of the business, newest first."""
    filters = queries.Filters(
        state=listing.status or "", kind=listing.kind, q=listing.q, since=listing.from_, until=listing.to
    )
    page = paged(queries.listed(filters), page=listing.page, per_page=listing.per_page)
    return Listed[EmailShown](items=_shown(page.items), page=page.page, per_page=page.per_page, total=page.total)


@bp.get("/<email_id>")
@needs(Can.READ_LOGS)
@per_api
@bp.output(EmailWhole)
def show(email_id: str) -> Any:
    """One mail: what it says, each try, and the mails that repeat it."""
    email = _find(email_id)
    return EmailWhole(
        **_shown([email])[0].model_dump(),
        text=preview.hidden_text(email),
        html=preview.hidden_html(email),
        files=[
            FileShown(name=part.filename, content_type=part.content_type, size=len(part.content))
            for part in emails.parts_of(email.id)
        ],
        tries=[
            TryShown(
                number=one.number, provider=one.provider, began_at=one.began_at, ended_at=one.ended_at,
                outcome=one.outcome, reason=one.words, code=one.code,
            )
            for one in queries.tries_of(email.id)
        ],
        resends=[one.public_id for one in queries.mails_beside(email) if one.resend_of_id == email.id],
    )  # fmt: skip


@bp.post("/<email_id>/resend")
@needs(Can.CHANGE_LOGS)
@per_api
@idempotent
@bp.output(EmailShown, status_code=202)
@bp.doc(responses={409: "It is still on its way, or mail to the address came back and no other was given."})
def resend(email_id: str) -> Any:
    """Send it again, as a mail of its own that names this one; a body `{"to": …}` corrects the customer's address."""
    order = _resend_order(request.get_data())
    email = _find(email_id)
    made = emails.resend(email.id, to_address=order.to)
    return _shown([_find(made.public_id)])[0], 202


def _resend_order(raw: bytes) -> ResendOrder:
    """The body, which may be missing."""
    if not raw:
        return ResendOrder()
    if not request.is_json:
        raise WrongType(_("Send application/json."))
    return cast(ResendOrder, parse_json(ResendOrder, raw))


def _find(email_id: str) -> EmailLog:
    return one_or_404(queries.email_by_id(email_id))


def _shown(mails: Sequence[EmailLog]) -> list[EmailShown]:
    zone = ZoneInfo(business_zone())
    bookings = naming.public_ids("booking", [marker for email in mails for marker in email.about])
    firsts = queries.public_ids([email.resend_of_id for email in mails if email.resend_of_id is not None])

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at is not None else None

    return [
        EmailShown(
            id=email.public_id,
            kind=email.kind,
            status=email.state,
            to=email.to_address,
            to_name=email.to_name,
            subject=email.subject,
            language=email.language,
            customer_id=email.customer.public_id if email.customer is not None else None,
            booking_id=next((bookings[marker] for marker in email.about if marker in bookings), None),
            attempts=email.attempts,
            provider=email.provider,
            provider_id=email.provider_id,
            reason=email.words,
            code=email.code,
            next_try_at=local(email.next_try_at),
            resend_of=firsts.get(email.resend_of_id or 0),
            created_at=email.created_at.astimezone(zone),
            sent_at=local(email.sent_at),
            settled_at=local(email.settled_at),
            handled_at=local(email.handled_at),
        )
        for email in mails
    ]
