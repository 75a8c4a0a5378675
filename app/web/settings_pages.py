"""The pages of the settings: features add theirs, one row of tabs shows those that the reader may see."""

from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for

from app.kernel.access import Can
from app.web.doors import can


@dataclass(frozen=True)
class SettingsPage:
    """One page of the settings; `place` orders them, `values` are parts of its address."""

    place: int
    label: Any
    endpoint: str
    right: Can = Can.CHANGE_SETTINGS
    values: dict[str, Any] = field(default_factory=dict, hash=False)


_pages: dict[str, SettingsPage] = {}


def add_page(page: SettingsPage) -> None:
    """Show this page among the settings; asked again for the same address it changes nothing."""
    _pages[f"{page.endpoint} {sorted(page.values.items())}"] = page


def settings_tabs() -> list[dict[str, Any]]:
    """The pages that the reader may see, in order: `{label, url, current}`."""
    shown = sorted((page for page in _pages.values() if can(page.right)), key=lambda page: page.place)
    found = []
    for page in shown:
        here = request.endpoint == page.endpoint and page.values.items() <= (request.view_args or {}).items()
        found.append({"label": page.label, "url": url_for(page.endpoint, **page.values), "current": here})
    return found
