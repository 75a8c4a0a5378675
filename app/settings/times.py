"""When the messages around a booking go by themselves: the owner's word, also about what is planned already."""

from app.bookings import follow_up, telling
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import lock, transaction
from app.kernel.tenancy import current_business_id
from app.settings import firm
from app.settings.orders import TimesOrder


def set_times(order: TimesOrder) -> None:
    """Take the hours over; what was planned goes at the new ones, or not at all. Stale when they were changed since."""
    with transaction():
        before = lock(Business, current_business_id())
        had_reminders, was, follow_up_was = before.sends_reminders, before.reminder_hour, before.follow_up_hour
        firm.change_firm(order.values(before), read=order.read or None)
        if had_reminders and order.sends_reminders:
            telling.keep_reminders(was, order.reminder_hour)
        if order.follow_up_hour != follow_up_was:
            follow_up.keep_to(order.follow_up_hour)
    forget_believed()
