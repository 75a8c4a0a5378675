"""Jobs as people and programs see them: what each is about, in words; arguments without secrets."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.jobs import about
from app.jobs.about import Thing
from app.jobs.models import Job
from app.jobs.queue import title_of

_SECRET_NAME = re.compile(r"(?i)token|secret|passw|key|auth|cookie|code|sign")
# What only machines write: long, without a space, and not a plain number, date or name.
_SECRET_VALUE = re.compile(r"[A-Za-z0-9_\-+/=.]{24,}")
HIDDEN = "••••"


@dataclass(frozen=True)
class ShownJob:
    """A job with what it is about."""

    job: Job
    things: list[Thing]

    @property
    def title(self) -> str:
        """What it does."""
        return title_of(self.job.kind)

    @property
    def words(self) -> str:
        """Why it did not work, in the reader's language where it is known there."""
        return said(self.job.words)

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """What it was given, without secrets."""
        return [(name, hidden(name, value)) for name, value in sorted(self.job.payload.items())]


def shown(jobs: Sequence[Job]) -> list[ShownJob]:
    """Those jobs, each with its things; one look-up for each kind of thing."""
    things = about.described(marker for job in jobs for marker in job.about)
    return [ShownJob(job, [things[marker] for marker in job.about if marker in things]) for job in jobs]


def said(words: str) -> str:
    """Words that a row keeps in English, in the reader's language where the catalogue knows them."""
    return _(words) if words else ""


def things_of(jobs: Iterable[ShownJob]) -> list[Thing]:
    """What several jobs are about, each thing once, in their order."""
    return list({thing.marker: thing for one in jobs for thing in one.things}.values())


def hidden(name: str, value: Any) -> str:
    """An argument for showing; what may be a secret becomes dots."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {hidden(key, inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(hidden(name, inner) for inner in value)
    text = str(value)
    is_number = isinstance(value, int | float | bool) or value is None
    if not is_number and (_SECRET_NAME.search(name) or _SECRET_VALUE.fullmatch(text)):
        return HIDDEN
    return text[:200]
