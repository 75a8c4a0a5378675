"""Which mails Resend takes, and the words in which it refuses the others."""

import base64
import binascii
import re
from typing import Any

from tests.standins.server import Call, Reply

_ADDRESS = re.compile(r"^[^@\s<>,]+@[^@\s<>,]+\.[^@\s<>,]+$")
_NAMED = re.compile(r"^[^<>]*<([^<>]+)>$")
_TAG = re.compile(r"^[A-Za-z0-9_-]{1,256}$")


class Refused(Exception):
    """An error answer on its way out."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.reply = refusal(status, name, message)


def refusal(status: int, name: str, message: str, **headers: str) -> Reply:
    """The vendor's form of an error."""
    return Reply(status, {"statusCode": status, "name": name, "message": message}, headers)


def checked(call: Call) -> dict[str, Any]:
    """The mail in a request, or Refused as the vendor refuses."""
    try:
        payload = call.json()
    except ValueError:
        raise Refused(400, "validation_error", "The request body is not valid JSON") from None
    if not isinstance(payload, dict):
        raise Refused(422, "validation_error", "The body must be an object")
    for name in ("from", "to", "subject"):
        if not payload.get(name):
            raise Refused(422, "missing_required_field", f"Missing `{name}` field.")
    if not is_address(payload["from"]):
        raise Refused(422, "validation_error", "Invalid `from` field.")
    for name in ("to", "cc", "bcc", "reply_to"):
        people = as_list(payload.get(name, []))
        if len(people) > 50 or not all(is_address(person) for person in people):
            raise Refused(422, "validation_error", f"Invalid `{name}` field.")
    for name in ("subject", "html", "text"):
        if not isinstance(payload.get(name, ""), str):
            raise Refused(422, "validation_error", f"The `{name}` must be a string.")
    if not isinstance(payload.get("headers", {}), dict):
        raise Refused(422, "validation_error", "The `headers` must be an object.")
    for tag in payload.get("tags", []):
        if not (_TAG.match(str(tag.get("name", ""))) and _TAG.match(str(tag.get("value", "")))):
            raise Refused(422, "validation_error", "Tags should only contain ASCII letters, numbers, _ or -.")
    _check_attachments(payload.get("attachments", []))
    return payload


def _check_attachments(attachments: list[dict[str, Any]]) -> None:
    size = 0
    for attachment in attachments:
        if not attachment.get("path") and not (attachment.get("content") and attachment.get("filename")):
            raise Refused(422, "invalid_attachment", "Attachment must have either a `content` or `path`.")
        try:
            size += len(base64.b64decode(attachment.get("content", ""), validate=True))
        except (binascii.Error, ValueError, TypeError):
            raise Refused(422, "invalid_attachment", "The attachment's content is not base64.") from None
    if size > 40 * 1024 * 1024:
        raise Refused(422, "invalid_attachment", "Attachments are larger than 40 MB.")


def as_list(value: Any) -> list[Any]:
    """One or many, as many."""
    return value if isinstance(value, list) else [value]


def first(value: Any) -> str:
    """The first of one or many."""
    return str(as_list(value)[0])


def plain_address(value: str) -> str:
    """`a@b.se` out of `Name <a@b.se>`."""
    named = _NAMED.match(value)
    return (named[1] if named else value).strip()


def is_address(value: Any) -> bool:
    """Whether it reads `a@b.se` or `Name <a@b.se>`."""
    return isinstance(value, str) and _ADDRESS.match(plain_address(value)) is not None
