"""The worker's door to bookings."""

from app.bookings import assignment, confirmation, driver_texts, follow_up, old_photos, telling, unused
from app.bookings.jobs import (
    ASSIGN_DRIVER,
    FOLLOW_UP,
    FORGET_PHOTOS,
    FORGET_UNUSED,
    PASS_ON,
    REMIND,
    TELL,
    TELL_DRIVER,
    WRITE_CONFIRMATION,
)
from app.jobs.kinds import handles


@handles(WRITE_CONFIRMATION)
def write_confirmation(email_id: int, booking_id: int) -> None:
    """Make a confirmation's content and ask for it to be sent."""
    confirmation.write(email_id, booking_id)


@handles(FOLLOW_UP)
def write_follow_up(booking_id: int) -> None:
    """Write to a customer the day after."""
    follow_up.write(booking_id)


@handles(FORGET_PHOTOS)
def forget_photos() -> None:
    """Delete photos that are older than their firm keeps them."""
    old_photos.forget_old()


@handles(FORGET_UNUSED)
def forget_unused() -> None:
    """Warn of accounts that nobody uses, and end them a month later."""
    unused.look_through()


@handles(ASSIGN_DRIVER)
def assign_driver(booking_id: int, turn: int) -> None:
    """Ask the driver who suits best."""
    assignment.find_driver(booking_id, turn)


@handles(PASS_ON)
def pass_on(booking_id: int, turn: int) -> None:
    """Ask the next one, where nobody has answered."""
    assignment.pass_on(booking_id, turn)


@handles(TELL)
def tell(booking_id: int, of: str, as_of: int | None = None) -> None:
    """Tell a customer about a booking."""
    telling.tell(booking_id, of, as_of)


@handles(TELL_DRIVER)
def tell_driver(booking_id: int, driver_id: int, of: str, as_of: int) -> None:
    """Tell a driver about a job."""
    driver_texts.tell(booking_id, driver_id, of, as_of)


@handles(REMIND)
def remind() -> None:
    """Remind tomorrow's customers."""
    telling.remind()
