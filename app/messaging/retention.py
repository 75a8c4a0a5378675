"""How long messages keep what they said: bodies 13 months or as each firm says, providers' raw calls 30 days."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from app.kernel import clock
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses, within
from app.messaging import news
from app.messaging.models import EmailLog, EmailPart
from app.messaging.sms_models import Sms, SmsReceived

#: Usual months, while a firm has said nothing; a month is as long as one of 31 days at most.
USUAL_MONTHS = 13
BODIES_KEPT = timedelta(days=396)
AT_ONCE = 1_000


def forget_old() -> None:
    """Empty old bodies and drop their files, some at a time; the rows stay as a record of what went out."""
    news.forget_old()
    with across_businesses():
        firms = {row.id: row.retention for row in db.session.execute(select(Business.id, Business.retention))}
    for business_id, kept in firms.items():
        with within(business_id):
            _forget_mails(_before(kept.get("mails")))
            _forget_texts(_before(kept.get("texts")))


def _before(months: int | None) -> datetime:
    return clock.now() - (BODIES_KEPT if months in (None, USUAL_MONTHS) else timedelta(days=31 * int(months or 0)))


def _forget_mails(before: datetime) -> None:
    while True:
        with transaction():
            old = db.session.scalars(
                select(EmailLog.id).where(EmailLog.created_at < before, EmailLog.html_body != "").limit(AT_ONCE)
            ).all()
            db.session.execute(delete(EmailPart).where(EmailPart.email_id.in_(old)))
            db.session.execute(
                update(EmailLog).where(EmailLog.id.in_(old)).values(html_body="", text_body="", facts={}, to_name="")
            )
        if len(old) < AT_ONCE:
            return


def _forget_texts(before: datetime) -> None:
    """The same for text messages and for what customers wrote back; short links lead nowhere any more."""
    while True:
        with transaction():
            rows = select(Sms.id).where(Sms.created_at < before, Sms.body != "")
            old = db.session.scalars(rows.limit(AT_ONCE)).all()
            db.session.execute(update(Sms).where(Sms.id.in_(old)).values(body="", to_name="", link_code=None))
        if len(old) < AT_ONCE:
            break
    with transaction():
        db.session.execute(delete(SmsReceived).where(SmsReceived.at < before))
