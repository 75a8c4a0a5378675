"""The tables behind the small pictures: what is counted, day by day or minute by minute, the latest first."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.bookings import figures
from app.bookings.naming import service_words
from app.jobs import queries as jobs
from app.messaging import queries as mails
from app.web.days import DayByDay
from app.web.presentation import clock_time, day, money, number

Table = tuple[str, list[str], list[list[Any]]]


def bookings() -> Table:
    """How many came in."""
    found = figures.bookings_a_day()
    heads = [_("Day"), *(service_words(name) for name in found.names)]
    return _("Bookings a day"), heads, _by_day(found, number)


def revenue() -> Table:
    """What the jobs that were done cost."""
    return _("Revenue of jobs done"), [_("Day of the job"), _("Revenue")], _by_day(figures.revenue_a_day(), money)


def use() -> Table:
    """How much of their time crews or cars were in use."""
    found = figures.resources_in_use()
    title = _("Cars in use") if found.kind == "car" else _("Crews in use")
    return title, [_("Name"), _("In use")], [[row.name, f"{row.per_cent} %"] for row in found.rows]


def mail() -> Table:
    """How many mails went well and how many did not."""
    return _("Mail"), [_("Day"), _("Went well"), _("Failed")], _by_day(mails.mails_a_day(), number)


def waiting() -> Table:
    """How many jobs waited and were done in each minute of the last hour."""
    minutes = jobs.last_hour(jobs.queue_counts())
    rows = [
        [clock_time(one.at), number(one.waiting), number(one.done), number(one.failed)] for one in reversed(minutes)
    ]
    return _("Waiting jobs, last hour"), [_("Minute"), _("Waiting"), _("Done"), _("Failed")], rows


TABLES: dict[str, Callable[[], Table]] = {
    "bookings": bookings,
    "revenue": revenue,
    "use": use,
    "mail": mail,
    "waiting": waiting,
}


def _by_day(found: DayByDay, say: Callable[..., str]) -> list[list[Any]]:
    return [[day(when), *(say(one) for one in numbers)] for when, numbers in reversed(found.rows)]
