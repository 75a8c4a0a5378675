"""What was done to one thing, from the audit log: who, when, and each value before and after, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.identity.audit_views import deed
from app.kernel.audit import AuditEntry
from app.kernel.db import db

MOST = 50


@dataclass(frozen=True)
class Deed:
    """One line of a history; `changes` are (what, before, after)."""

    id: int
    at: datetime
    who: str
    what: str
    changes: list[tuple[str, str, str]]


def history_of(subject: str, words: Mapping[str, Any] | None = None) -> list[Deed]:
    """What was done to that thing, newest first, at most fifty; `words` name its values, others are left out."""
    rows = select(AuditEntry).where(AuditEntry.subject == subject).order_by(AuditEntry.id.desc()).limit(MOST)
    return [
        Deed(entry.id, entry.at, entry.actor_name, deed(entry), _changes(entry, words or {}))
        for entry in db.session.scalars(rows)
    ]


def _changes(entry: AuditEntry, words: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    names = [name for name in dict.fromkeys([*entry.before, *entry.after]) if name in words]
    found = ((str(words[name]), _said(entry.before.get(name)), _said(entry.after.get(name))) for name in names)
    return [(name, before, after) for name, before, after in found if before != after]


def _said(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value))[:200] if isinstance(value, list) else str(value)[:200]
