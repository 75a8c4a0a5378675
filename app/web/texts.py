"""Kinds of text that come in: one line, a note, a mail address; each says in words what is wrong with it."""

import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from pydantic import AfterValidator, Field

LONGEST_NAME = 200
LONGEST_ADDRESS = 300
LONGEST_NOTE = 5_000
LONGEST_MAIL = 254
_BREAKS = ("\n", "\t")


def one_line(value: str) -> str:
    """The text in Unicode's composed form; ValueError when it holds characters that are not for reading."""
    text = unicodedata.normalize("NFC", value)
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        raise ValueError(_("This holds characters that cannot be shown."))
    return text


def some_lines(value: str) -> str:
    """Like `one_line`, and line breaks (all written as one character) and tabs may stay."""
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    one_line("".join(char for char in text if char not in _BREAKS))
    return text


def mail_address(value: str) -> str:
    """The address as it is written to; ValueError when no mail could be sent there."""
    try:
        found = validate_email(one_line(value), check_deliverability=False)
    except EmailNotValidError:
        raise ValueError(_("This is not an e-mail address. It should look like name@example.com.")) from None
    if len(found.normalized) > LONGEST_MAIL:
        raise ValueError(_("This is too long."))
    return found.normalized


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(one_line)]
Line = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(one_line)]
Place = Annotated[str, Field(min_length=1, max_length=LONGEST_ADDRESS), AfterValidator(one_line)]
Note = Annotated[str, Field(max_length=LONGEST_NOTE), AfterValidator(some_lines)]
MailAddress = Annotated[str, Field(min_length=1, max_length=LONGEST_MAIL), AfterValidator(mail_address)]
