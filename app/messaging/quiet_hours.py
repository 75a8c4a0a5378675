"""When invites may arrive: not between eight in the evening and eight in the morning, on the business's clocks."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.kernel import clock

#: Hours of the day.
BEGIN, END = 20, 8


def allowed_from(at: datetime, zone: str) -> datetime:
    """`at` itself when invites may arrive then, else the next morning's first instant."""
    local = at.astimezone(ZoneInfo(zone))
    if END <= local.hour < BEGIN:
        return at
    day = local.date() if local.hour < END else local.date() + timedelta(days=1)
    return clock.wall_time(day, END, 0, zone)


def is_quiet(zone: str) -> bool:
    """Whether invites have to wait for the morning now."""
    now = clock.now()
    return allowed_from(now, zone) > now
