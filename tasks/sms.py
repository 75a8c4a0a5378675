"""The worker's door to invites."""

from app.jobs.kinds import handles
from app.messaging import batches, sms_delivery
from app.messaging.jobs import ASK_STATES, CHECK_BATCH, SEND_BATCH, SEND_SMS


@handles(SEND_SMS)
def send_sms(sms_id: int) -> None:
    """Send an invite once."""
    sms_delivery.send(sms_id)


@handles(ASK_STATES)
def ask_states() -> None:
    """Ask what became of invites that the provider is silent about."""
    sms_delivery.ask_states()


@handles(CHECK_BATCH)
def check_batch(batch_id: int) -> None:
    """Look through the customers of a batch."""
    batches.check(batch_id)


@handles(SEND_BATCH)
def send_batch(batch_id: int) -> None:
    """Invite the customers of a batch."""
    batches.send(batch_id)
