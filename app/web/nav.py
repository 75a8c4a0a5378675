"""The office's sidebar: features add their pages, the layout shows those that the user may see."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, literal, union_all

from app.kernel.access import Can
from app.kernel.db import db
from app.web.doors import can

GROUPS: dict[str, Any] = {
    "today": "",
    "bookings": _l("Bookings"),
    "customers": _l("Customers"),
    "cars": _l("Cars and drivers"),
    "messages": _l("Messages"),
    "money": _l("Money"),
    "office": _l("Office"),
    "system": _l("System"),
}


@dataclass(frozen=True)
class Badge:
    """A number beside an entry, or what counts it in the business's rows; `alert` when it needs a person."""

    count: int | Select[int]
    alert: bool = False


@dataclass(frozen=True)
class Entry:
    """One page of the office."""

    group: str
    label: Any
    endpoint: str
    icon: str
    right: Can
    badge: Callable[[], Badge] | None = None


_entries: dict[str, Entry] = {}


def add_entry(entry: Entry) -> None:
    """Show this page in the sidebar; asked again with the same endpoint it changes nothing."""
    _entries[entry.endpoint] = entry


def office_nav() -> list[dict[str, Any]]:
    """The groups with the pages this user may see: `{label, entries: [{label, url, icon, badge, alert, current}]}`."""
    seen = [entry for entry in _entries.values() if can(entry.right)]
    badges, groups = _badges(seen), []
    for key, label in GROUPS.items():
        shown = [_shown(entry, badges.get(entry.endpoint, Badge(0))) for entry in seen if entry.group == key]
        if shown:
            groups.append({"label": label, "entries": shown})
    return groups


def _badges(entries: list[Entry]) -> dict[str, Badge]:
    """The numbers beside those entries, by endpoint; one statement for all that are counted."""
    found = {entry.endpoint: entry.badge() for entry in entries if entry.badge is not None}
    asked = [
        badge.count.add_columns(literal(endpoint))
        for endpoint, badge in found.items()
        if not isinstance(badge.count, int)
    ]
    counted = {endpoint: count for count, endpoint in db.session.execute(union_all(*asked))} if asked else {}
    return {name: Badge(counted[name], badge.alert) if name in counted else badge for name, badge in found.items()}


def _shown(entry: Entry, badge: Badge) -> dict[str, Any]:
    blueprint = entry.endpoint.rpartition(".")[0]
    here = request.endpoint or ""
    return {
        "label": entry.label,
        "url": url_for(entry.endpoint),
        "icon": entry.icon,
        "badge": badge.count or None,
        "alert": badge.alert,
        "current": here == entry.endpoint or (here.startswith(f"{blueprint}.") and blueprint != "office"),
    }
