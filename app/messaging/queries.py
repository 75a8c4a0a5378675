"""Reads about mails for lists, counts and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, cast, false, func, or_, select
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import defer, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from app.jobs import about
from app.kernel.db import db
from app.messaging.models import BETWEEN_WORDS, TROUBLE, EmailAttempt, EmailLog, EmailState, WebhookCall
from app.web.days import DayByDay, business_today, by_day, day_span

VIEWS = ("all", "attention", "waiting", "failed", "held")
LONGEST_QUERY = 100
_S = EmailState
#: What became of mails for a picture: it went out, or it went wrong.
_WELL = (_S.SENT, _S.DELIVERED, _S.OPENED)
_APART = str.maketrans(dict.fromkeys(BETWEEN_WORDS, " "))
#: What words are quoted by in a question to the index.
_QUOTED = str.maketrans({"'": "''", "\\": "\\\\"})


@dataclass(frozen=True)
class Filters:
    """Which mails a list shows; `since` and `until` are instants, the end not included."""

    view: str = "all"
    state: str = ""
    kind: str = ""
    q: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def are_set(self) -> bool:
        """Whether anything but the view narrows the list."""
        return replace(self, view="all") != Filters()


def days_as_instants(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """The instants between which those days of the business lie; open where a day is missing."""
    return (day_span(first)[0] if first else None), (day_span(last)[1] if last else None)


def listed(filters: Filters) -> Select[EmailLog]:
    """The mails that fit, newest first, without their bodies."""
    rows = select(EmailLog).where(*_conditions(filters)).options(*_light(), joinedload(EmailLog.customer))
    return rows.order_by(EmailLog.created_at.desc(), EmailLog.id.desc())


def email_by_id(public_id: str) -> Select[EmailLog]:
    """That mail with its customer and its content, as it is now."""
    rows = select(EmailLog).where(EmailLog.public_id == public_id).options(joinedload(EmailLog.customer))
    return rows.execution_options(populate_existing=True)


def tries_of(email_id: int) -> Sequence[EmailAttempt]:
    """Its tries, the first one first."""
    return db.session.scalars(
        select(EmailAttempt).where(EmailAttempt.email_id == email_id).order_by(EmailAttempt.number, EmailAttempt.id)
    ).all()


def calls_about(email: EmailLog) -> Sequence[WebhookCall]:
    """What the provider said of the mail, the latest first; at most 50."""
    return db.session.scalars(_calls_about(email).order_by(WebhookCall.id.desc()).limit(50)).all()


def call_about(email: EmailLog, call_id: int) -> Select[WebhookCall]:
    """One of these, for `one_or_404`."""
    return _calls_about(email).where(WebhookCall.id == call_id)


def _calls_about(email: EmailLog) -> Select[WebhookCall]:
    return select(WebhookCall).where(
        WebhookCall.subject_id == email.provider_id, WebhookCall.subject_id != "",
        WebhookCall.business_id == email.business_id,
    )  # fmt: skip


def mails_beside(email: EmailLog) -> Sequence[EmailLog]:
    """The mail that it repeats and those that repeat it (or the same one), oldest first, without bodies."""
    near = [EmailLog.resend_of_id == email.id]
    if email.resend_of_id is not None:
        near += [EmailLog.id == email.resend_of_id, EmailLog.resend_of_id == email.resend_of_id]
    rows = select(EmailLog).where(or_(*near), EmailLog.id != email.id).options(*_light())
    return db.session.scalars(rows.order_by(EmailLog.id)).all()


def mails_about(marker: str) -> Sequence[EmailLog]:
    """The mails about a thing, newest first, without bodies; at most 50."""
    rows = select(EmailLog).where(EmailLog.about.contains([marker])).options(*_light())
    return db.session.scalars(rows.order_by(EmailLog.id.desc()).limit(50)).all()


def last_resend(email_id: int) -> EmailLog | None:
    """The latest mail that a person asked for as a repeat of this one."""
    rows = select(EmailLog).where(EmailLog.resend_of_id == email_id).options(*_light())
    return db.session.scalar(rows.order_by(EmailLog.id.desc()).limit(1))


def public_ids(ids: list[int]) -> dict[int, str]:
    """What mails with those inner ids are called outside."""
    if not ids:
        return {}
    rows = db.session.execute(select(EmailLog.id, EmailLog.public_id).where(EmailLog.id.in_(ids)))
    return {row.id: row.public_id for row in rows}


def troubles(count: int) -> Sequence[EmailLog]:
    """The latest mails that went wrong and that nobody has dealt with, without bodies."""
    rows = select(EmailLog).where(_needs_person()).options(*_light(), joinedload(EmailLog.customer))
    return db.session.scalars(rows.order_by(EmailLog.created_at.desc()).limit(count)).all()


def trouble_count() -> Select[int]:
    """Counts the mails that went wrong and wait for a person."""
    return select(func.count()).select_from(EmailLog).where(_needs_person())


def trouble_counts() -> tuple[int, int]:
    """How many mails went wrong and wait for a person, and how many were dealt with today; one statement."""
    begin, _end = day_span(business_today())
    row = db.session.execute(
        select(
            func.count().filter(EmailLog.handled_at.is_(None)),
            func.count().filter(EmailLog.handled_at >= begin),
        )
        .select_from(EmailLog)
        .where(EmailLog.state.in_(TROUBLE))
    ).one()
    return int(row[0]), int(row[1])


def view_counts() -> dict[str, int]:
    """How many mails the views hold that somebody may have to look at; one statement."""
    views = ("attention", "waiting", "held")
    row = db.session.execute(
        select(*(func.count().filter(_view(name)).label(name) for name in views))
        .select_from(EmailLog)
        .where(EmailLog.state.in_((*TROUBLE, _S.QUEUED, _S.SENDING, _S.HELD)))
    ).one()
    return {name: int(getattr(row, name)) for name in views}


def mails_a_day() -> DayByDay:
    """How many mails went well and how many went wrong, by the day on which they were asked for."""
    outcome = case((EmailLog.state.in_(_WELL), "well"), (EmailLog.state.in_(TROUBLE), "wrong"), else_="")
    return by_day(EmailLog.created_at, func.count(), ("well", "wrong"), name=outcome)


def _light() -> tuple[ORMOption, ...]:
    return defer(EmailLog.html_body), defer(EmailLog.text_body), defer(EmailLog.facts)


def _needs_person() -> ColumnElement[bool]:
    return and_(EmailLog.state.in_(TROUBLE), EmailLog.handled_at.is_(None))


def _view(name: str) -> ColumnElement[bool]:
    return {
        "attention": _needs_person(),
        "waiting": EmailLog.state.in_((_S.QUEUED, _S.SENDING)),
        "failed": EmailLog.state.in_(TROUBLE),
        "held": EmailLog.state == _S.HELD,
    }[name]


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found = [_view(filters.view)] if filters.view != "all" else []
    if filters.state:
        found.append(EmailLog.state == filters.state)
    if filters.kind:
        found.append(EmailLog.kind == filters.kind)
    if filters.since is not None:
        found.append(EmailLog.created_at >= filters.since)
    if filters.until is not None:
        found.append(EmailLog.created_at < filters.until)
    if typed := " ".join(filters.q.split())[:LONGEST_QUERY]:
        found.append(_says(typed))
    return found


def _says(typed: str) -> ColumnElement[bool]:
    """The mails with words in address, name or subject that begin like those typed, or about what people call so."""
    said = []
    parts = [part for one in typed.lower().split() if (part := _asked(one))]
    if parts:
        said.append(
            func.mail_words(EmailLog.to_address, EmailLog.to_name, EmailLog.subject).op("@@")(
                cast(" & ".join(parts), TSQUERY)
            )
        )
    if markers := about.markers_like(typed):
        said.append(EmailLog.about.overlap(markers))
    return or_(false(), *said)


def _asked(typed: str) -> str:
    """What was typed without a space, for the index: its last word may go on, those before it are whole."""
    words = [f"'{word.translate(_QUOTED)}'" for word in typed.translate(_APART).split()]
    return " & ".join(words) + ":*" if words else ""
