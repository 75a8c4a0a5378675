"""Writing a mail: subject, text and HTML from the templates of its kind, in its reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import css_inline
from flask import g, render_template
from sqlalchemy import select

from app.kernel.businesses import Business, get_business
from app.kernel.config import settings
from app.kernel.db import db
from app.messaging import emails, own_texts
from app.messaging.colours import accent
from app.messaging.models import EmailLog
from app.web.i18n import speaking

_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)
Part = tuple[str, str, bytes, str | None]


@dataclass(frozen=True)
class Letter:
    """What a mail's templates are filled with, and what travels with it."""

    facts: dict[str, Any]
    parts: Sequence[Part] = ()
    made_with: dict[str, Any] = field(default_factory=dict)


Writer = Callable[[EmailLog], Letter]
_writers: dict[str, Writer] = {}


def written_by(kind: str, writer: Writer) -> None:
    """Mails of this kind get their facts from `writer`; other kinds are filled with the facts in their row."""
    _writers[kind] = writer


def write_letter(email_id: int, letter: Letter | None = None) -> None:
    """Fix the mail's content, once; no outside service is asked."""
    email = db.session.scalar(select(EmailLog).where(EmailLog.id == email_id))
    if email is None or email.prepared_at is not None:
        return
    business = get_business(email.business_id)
    g.business = business
    with speaking(email.language):
        filling = letter or (_writers[email.kind](email) if email.kind in _writers else Letter(dict(email.facts)))
        subject, text, html = rendered(email, business, filling)
    emails.prepare(
        email_id,
        sender=sender_of(business),
        reply_to=business.reply_to or business.email,
        subject=subject,
        text=text,
        html=html,
        parts=filling.parts,
        made_with=filling.made_with,
    )


def sender_of(business: Business) -> str:
    """The business's name, or what it wants to be called in mails, before the deployment's own address."""
    address = settings().email_from.rpartition("<")[2].rstrip("> ")
    name = (business.sender_name or business.name).replace('"', "").replace("<", "").replace(">", "")
    return f'"{name}" <{address}>'


def rendered(
    email: EmailLog, business: Business, letter: Letter, own: Mapping[str, str] | None = None
) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail, in the language that is being spoken; the mail need not be a row yet.

    In the owner's own words where there are some; `own` are words that are only looked at.
    """
    words = _filling(email, business, letter, own)
    subject, text = _plain(email, words)
    return subject, text, _inliner.inline(render_template(f"{_folder(email, words)}/body.html", **words))


def written(email: EmailLog, business: Business, letter: Letter) -> tuple[str, str]:
    """Subject and text of the mail alone, for people who want to know what it would say."""
    return _plain(email, _filling(email, business, letter, None))


def _filling(email: EmailLog, business: Business, letter: Letter, own: Mapping[str, str] | None) -> dict[str, Any]:
    strong, ink, on_dark = accent(business.hue, business.chroma)
    words = {
        **letter.facts,
        "email": email,
        "business": business,
        "accent": strong,
        "accent_ink": ink,
        "accent_dark": on_dark,
        "language": email.language,
    }
    said = _in_own_words(email, business, letter, own)
    subject = said.get(own_texts.SUBJECT) or render_template(f"emails/{email.kind}/subject.txt", **words)
    return words | {"subject": " ".join(subject.split()), "own_words": said.get(own_texts.BODY, "")}


def _plain(email: EmailLog, words: dict[str, Any]) -> tuple[str, str]:
    text = render_template(f"{_folder(email, words)}/body.txt", **words).strip() + "\n"
    return words["subject"], text


def _folder(email: EmailLog, words: dict[str, Any]) -> str:
    return "emails/own" if words["own_words"] else f"emails/{email.kind}"


def _in_own_words(email: EmailLog, business: Business, letter: Letter, own: Mapping[str, str] | None) -> dict[str, str]:
    """Subject and body as the owner wrote them, filled; empty for what is built in."""
    editable = own_texts.kind_of(email.kind)
    found = own_texts.own_words(email.kind, email.language) if own is None else own
    if editable is None or not found:
        return {}
    values = editable.values(letter.facts, business)
    return {part: own_texts.filled(words, values) for part, words in found.items()}
