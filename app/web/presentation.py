"""How times, money and counts read: in the reader's language, in the business's time zone."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from flask import Flask, g, request, session
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from markupsafe import Markup, escape

from app.kernel import clock
from app.kernel.access import Can
from app.kernel.config import settings
from app.web.assets import asset, icon
from app.web.doors import can
from app.web.i18n import LANGUAGES, choose_language, languages_here, locale_here, time_zone
from app.web.nav import office_nav
from app.web.requests import known_reader


def _locale() -> Any:
    return locale_here() or "en"


def local(at: datetime) -> datetime:
    """The instant on the business's clocks."""
    return at.astimezone(ZoneInfo(time_zone()))


def clock_time(at: datetime) -> str:
    """`13:47`."""
    return f"{local(at):%H:%M}"


def day(value: date | datetime) -> str:
    """`Sat 28 Nov`, with the year when it is another one."""
    found = local(value).date() if isinstance(value, datetime) else value
    same_year = found.year == clock.today(time_zone()).year
    return _date_words(found, "EEE d MMM" if same_year else "EEE d MMM y", _locale())


def long_day(value: date | datetime, *, with_year: bool = True) -> str:
    """`Saturday 28 November 2026`."""
    found = local(value).date() if isinstance(value, datetime) else value
    return _date_words(found, "EEEE d MMMM y" if with_year else "EEEE d MMMM", _locale())


def year_day(value: date) -> str:
    """`12 June`, of whichever year."""
    return _date_words(value, "d MMMM", _locale())


def month(value: date) -> str:
    """`November 2026`."""
    return _date_words(value, "LLLL y", _locale())


def weekday(value: date) -> str:
    """`Mon`."""
    return _date_words(value, "EEE", _locale())


# Babel works each of these out anew; a list of a hundred rows says the same few days and prices again and again.
@lru_cache(maxsize=2_000)
def _date_words(value: date, pattern: str, locale: Any) -> str:
    if str(locale) == "da":  # lørdag den 28. november
        pattern = pattern.replace(" d ", " d. ").replace("EEEE d.", "EEEE 'den' d.")
    return str(format_date(value, pattern, locale=locale))


@lru_cache(maxsize=2_000)
def _number_words(value: int | float | Decimal, locale: Any) -> str:
    return str(format_decimal(value, locale=locale))


@lru_cache(maxsize=2_000)
def _money_words(amount: Decimal, unit: str, pattern: str, locale: Any) -> str:
    return str(format_currency(amount, unit, pattern, locale=locale, currency_digits=False))


def when(at: datetime) -> str:
    """`Sat 28 Nov, 08:00`; today and tomorrow by name."""
    found = local(at).date()
    ahead = (found - clock.today(time_zone())).days
    near = {0: _("Today"), 1: _("Tomorrow"), -1: _("Yesterday")}.get(ahead)
    return f"{near or day(at)}, {clock_time(at)}"


def exact(at: datetime) -> str:
    """The whole date and time, for what appears on hover."""
    return str(format_datetime(local(at), "EEEE d MMMM y HH:mm:ss", locale=_locale()))


def ago_words(at: datetime) -> str:
    """`4 min`, `3 h`, else the day."""
    past = clock.now() - at
    if past < timedelta(seconds=-60):
        return when(at)
    if past < timedelta(minutes=1):
        return _("just now")
    if past < timedelta(hours=1):
        return ngettext("%(num)s min ago", "%(num)s min ago", int(past.total_seconds() // 60))
    if past < timedelta(hours=12):
        return ngettext("%(num)s h ago", "%(num)s h ago", int(past.total_seconds() // 3600))
    return when(at)


def ago(at: datetime | None) -> Markup:
    """A `<time>` that says how long ago, with the exact time on hover; a dash for never."""
    if at is None:
        return Markup("–")
    return Markup(
        f'<time datetime="{at.isoformat()}" title="{escape(exact(at))}" data-ago>{escape(ago_words(at))}</time>'
    )


def span(seconds: float | None) -> str:
    """`2 s`, `3 min`, `5 h`, `6 d`."""
    if seconds is None:
        return "–"
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {word}"
    return f"{int(seconds)} s"


def length(minutes: int) -> str:
    """`45 min`, `2 h`, `5 h 48 min`."""
    hours, rest = divmod(minutes, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{rest} min"] * (bool(rest) or not hours))


def number(value: int | float | Decimal | None) -> str:
    """`1 284`, grouped as the language does it (a no-break space in Swedish)."""
    return "–" if value is None else _number_words(value, _locale())


def money(amount: Decimal | int | None, currency: str | None = None) -> str:
    """`6 850 kr`; hundredths only when there are any."""
    if amount is None:
        return "–"
    found = Decimal(amount)
    business = g.get("business")
    unit = currency or (business.currency if business is not None else "SEK")
    whole = found == found.to_integral_value()
    return _money_words(found, unit, "#,##0 ¤" if whole else "#,##0.00 ¤", _locale())


def here_with(**changes: Any) -> str:
    """This page's address with some parts of its query changed (None takes one off); for filters and pages."""
    query = {name: value for name, value in request.args.items() if value and name not in changes}
    query.update({name: str(value) for name, value in changes.items() if value not in (None, "")})
    if "page" not in changes:
        query.pop("page", None)
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _globals() -> dict[str, Any]:
    return {
        "business": g.get("business"),
        "current_user": current_user,
        "language": choose_language(),
        "theme": session.get("theme") if request else None,
        "run_mode": settings().run_mode,
        "now": clock.now(),
    }


def set_up(app: Flask) -> None:
    """Give templates their words."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        icon=icon, asset=asset, can=can, Can=Can, office_nav=office_nav, LANGUAGES=LANGUAGES, here_with=here_with,
        languages_here=languages_here,
        search_url=None, known_reader=known_reader,
    )  # fmt: skip
    app.jinja_env.filters.update(
        ago=ago, when=when, day=day, long_day=long_day, year_day=year_day, clock=clock_time, exact=exact, span=span,
        number=number, money=money, local=local, month=month, weekday=weekday, duration=length,
    )  # fmt: skip
    app.context_processor(_globals)
