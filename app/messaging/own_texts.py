"""Messages in the owner's own words: a subject, what stands above the facts of a mail, a text message.

The words are the owner's and the values partly a stranger's, so nothing here is ever run as a template: a name in
braces is replaced once, and whoever shows the result escapes it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.kernel.businesses import Business
from app.kernel.db import db
from app.messaging.own_models import OwnText

SUBJECT, BODY, TEXT = PARTS = ("subject", "body", "text")
Words = dict[str, str]
_PLACE = re.compile(r"( ?)\{([a-z_]+)\}")
#: Anything in braces, or a brace without its partner.
_BRACES = re.compile(r"\{[^{}\n]*\}|[{}]")


@dataclass(frozen=True)
class Editable:
    """A kind of message whose words an owner may write anew."""

    kind: str
    title: Any
    #: What may stand in braces, each with what it stands for.
    places: Mapping[str, Any]
    #: The values of all places, in the language that is being spoken.
    values: Callable[[Mapping[str, Any], Business], Words]
    #: The built-in words with names in braces, as something to begin with; the parts that it has.
    suggested: Callable[[], Words]
    #: The facts of a booking that nobody made, to look at.
    sample: Callable[[], dict[str, Any]]
    #: Whether there is a text message beside the mail.
    has_text: bool = True


_kinds: dict[str, Editable] = {}


def may_be_written(editable: Editable) -> None:
    """Let owners write the words of this kind."""
    _kinds[editable.kind] = editable


def kinds() -> list[Editable]:
    """All kinds whose words may be written."""
    return list(_kinds.values())


def kind_of(kind: str) -> Editable | None:
    """That kind, if its words may be written."""
    return _kinds.get(kind)


def own_words(kind: str, language: str) -> Words:
    """What the business in scope says in its own words, by part; what is not there is built in."""
    if kind not in _kinds:
        return {}
    rows = select(OwnText.part, OwnText.words).where(OwnText.kind == kind, OwnText.language == language)
    return {row.part: row.words for row in db.session.execute(rows)}


def written() -> set[tuple[str, str]]:
    """(kind, language) of whatever has words of its own."""
    rows = db.session.execute(select(OwnText.kind, OwnText.language).distinct())
    return {(row.kind, row.language) for row in rows}


def strange_places(words: str, editable: Editable) -> list[str]:
    """What stands in braces and nobody fills: `{nmae}`, `{{ first_name }}`, a brace alone."""
    known = {f"{{{name}}}" for name in editable.places}
    return [found for found in dict.fromkeys(_BRACES.findall(words)) if found not in known]


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words with their values, each replaced once; where a value is empty, the space before it goes too."""

    def one(found: re.Match[str]) -> str:
        if found[2] not in values:
            return found[0]
        return f"{found[1]}{values[found[2]]}" if values[found[2]] else ""

    return _PLACE.sub(one, words).strip()


def said(kind: str, part: str, language: str, facts: Mapping[str, Any], business: Business) -> str | None:
    """That part in the owner's words, filled; None where the built-in ones stand."""
    words = own_words(kind, language).get(part)
    return filled(words, _kinds[kind].values(facts, business)) if words else None
