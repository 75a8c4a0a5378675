"""The worker's door to bookings."""

from app.bookings import confirmation
from app.bookings.jobs import WRITE_CONFIRMATION
from app.jobs.kinds import handles


@handles(WRITE_CONFIRMATION)
def write_confirmation(email_id: int, booking_id: int) -> None:
    """Make a confirmation's content and ask for it to be sent."""
    confirmation.write(email_id, booking_id)
