"""The worker's door to mails."""

from app.jobs.kinds import handles
from app.messaging import delivery, retention
from app.messaging.jobs import FORGET_OLD, SEND_EMAIL


@handles(SEND_EMAIL)
def send_email(email_id: int) -> None:
    """Send a mail once."""
    delivery.send(email_id)


@handles(FORGET_OLD)
def forget_old() -> None:
    """Delete what mail keeps no longer than it may."""
    retention.forget_old()
