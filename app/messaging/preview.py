"""A mail as its reader gets it, to look at: pictures inside, links only for those who may use them."""

import base64
import re
from collections.abc import Sequence

from flask import url_for

from app.kernel.access import Can
from app.messaging import emails, links
from app.messaging.kinds import SECRET_KINDS
from app.messaging.models import EmailLog, EmailPart
from app.web.doors import can

#: What may stand in a frame as a picture.
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_CID = re.compile(r"""(["'(])cid:([A-Za-z0-9._@-]+)(["')])""")
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
#: A link in a frame would open inside it, where no page of ours may stand.
_NEW_TAB = '<base target="_blank">'


def may_use_links(email: EmailLog) -> bool:
    """Whether whoever is asking may follow the links in this mail as its reader does."""
    return email.kind not in SECRET_KINDS and can(Can.CHANGE_LOGS)


def shown_html(email: EmailLog) -> str:
    """The HTML part with its pictures as data: the frame is of no origin, so it could not fetch them with a session."""
    body = _HEAD.sub(lambda head: head[0] + _NEW_TAB, _linked(email, email.html_body), count=1)
    if "cid:" not in body:
        return body
    pictures = {part.content_id: part for part in emails.parts_of(email.id) if part.content_id}
    return _CID.sub(lambda found: f"{found[1]}{_data(pictures.get(found[2]))}{found[3]}", body)


def shown_text(email: EmailLog) -> str:
    """The text part."""
    return _linked(email, email.text_body)


def shown_source(email: EmailLog) -> str:
    """The HTML part as it was written."""
    return _linked(email, email.html_body)


def files_of(email: EmailLog) -> Sequence[EmailPart]:
    """What travels with the mail and is not a picture inside it."""
    return [part for part in emails.parts_of(email.id) if not part.content_id]


def hidden_html(email: EmailLog) -> str:
    """The HTML part with its links leading to the mail's page."""
    return links.hidden(email.html_body, _page(email))


def hidden_text(email: EmailLog) -> str:
    """The text part with its links leading to the mail's page."""
    return links.hidden(email.text_body, _page(email))


def _linked(email: EmailLog, body: str) -> str:
    return links.filled(body) if may_use_links(email) else links.hidden(body, _page(email))


def _page(email: EmailLog) -> str:
    return url_for("emails.show", email_id=email.public_id, _external=True)


def _data(part: EmailPart | None) -> str:
    if part is None or part.content_type not in PICTURES:
        return "data:,"
    return f"data:{part.content_type};base64,{base64.b64encode(part.content).decode('ascii')}"
