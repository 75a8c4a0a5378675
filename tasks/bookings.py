"""The worker's door to bookings."""

from app.bookings import assignment, confirmation
from app.bookings.jobs import ASSIGN_DRIVER, PASS_ON, WRITE_CONFIRMATION
from app.jobs.kinds import handles


@handles(WRITE_CONFIRMATION)
def write_confirmation(email_id: int, booking_id: int) -> None:
    """Make a confirmation's content and ask for it to be sent."""
    confirmation.write(email_id, booking_id)


@handles(ASSIGN_DRIVER)
def assign_driver(booking_id: int, turn: int) -> None:
    """Ask the driver who suits best."""
    assignment.find_driver(booking_id, turn)


@handles(PASS_ON)
def pass_on(booking_id: int, turn: int) -> None:
    """Ask the next one, where nobody has answered."""
    assignment.pass_on(booking_id, turn)
