"""The short link of an invite: who came."""

from app.kernel import clock
from app.kernel.db import db, lock, transaction
from app.kernel.errors import NotFound
from app.kernel.events import announce
from app.messaging import sms_queries
from app.messaging.sms_events import InviteVisited
from app.messaging.sms_models import Sms


def find(code: str) -> Sms:
    """The invite whose link that is; NotFound for any other."""
    found = db.session.scalar(sms_queries.sms_by_code(code.lower()[:12]))
    if found is None:
        raise NotFound()
    return found


def count(code: str) -> None:
    """Note that the page behind the link was opened by somebody; the first time is told."""
    with transaction():
        sms = lock(Sms, find(code).id)
        sms.visits += 1
        if sms.first_visit_at is None:
            sms.first_visit_at = clock.now()
            announce(InviteVisited.of(sms))
