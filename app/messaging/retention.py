"""How long mails keep what they said: bodies 13 months, providers' raw calls 30 days."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from app.kernel import clock
from app.kernel.db import db, transaction
from app.kernel.tenancy import across_businesses
from app.messaging import news
from app.messaging.models import EmailLog, EmailPart

BODIES_KEPT = timedelta(days=396)
AT_ONCE = 1_000


def forget_old() -> None:
    """Empty old bodies and drop their files, some at a time; the rows stay as a record of what went out."""
    news.forget_old()
    before = clock.now() - BODIES_KEPT
    while True:
        with across_businesses(), transaction():
            old = db.session.scalars(
                select(EmailLog.id).where(EmailLog.created_at < before, EmailLog.html_body != "").limit(AT_ONCE)
            ).all()
            db.session.execute(delete(EmailPart).where(EmailPart.email_id.in_(old)))
            db.session.execute(
                update(EmailLog).where(EmailLog.id.in_(old)).values(html_body="", text_body="", facts={}, to_name="")
            )
        if len(old) < AT_ONCE:
            return
