"""A mail as the bytes that mail servers pass on."""

from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from app.kernel import clock
from app.kernel.http import ProviderError
from app.messaging.providers.contract import Attachment, OutgoingMail
from app.messaging.providers.words import english

# Seven bits pass everywhere.
_POLICY = SMTP.clone(cte_type="7bit")


def composed(mail: OutgoingMail, key: str) -> bytes:
    """Text, HTML with its pictures, and files, in SMTP's line ends; ProviderError when it cannot be a mail."""
    message = EmailMessage(policy=_POLICY)
    try:
        message["From"] = mail.sender
        message["To"] = ascii_address(mail.to)
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(clock.now())
        message["Message-ID"] = message_id(mail, key)
        if mail.reply_to:
            message["Reply-To"] = mail.reply_to
        for name, value in mail.headers.items():
            message[name] = value
    except ValueError as error:  # a line break where none may be
        raise ProviderError(english("refused"), code="refused", retry=False, detail=str(error)) from error
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
        page = list(message.iter_parts())[-1]
        for file in mail.attachments:
            if file.content_id:
                _attach(page, file)
    for file in mail.attachments:
        if not (mail.html and file.content_id):
            _attach(message, file)
    return message.as_bytes()


def message_id(mail: OutgoingMail, key: str) -> str:
    """The same for every try of the same mail."""
    domain = parseaddr(mail.sender)[1].rpartition("@")[2] or "localhost"
    return f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def ascii_address(address: str) -> str:
    """The address as every mail server reads it; ProviderError when its first part is beyond that."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local.encode('ascii').decode()}@{domain.encode('idna').decode()}"
    except UnicodeError as error:
        raise ProviderError(english("bad_address"), code="bad_address", retry=False, detail=str(error)) from error


def _attach(part: MIMEPart, file: Attachment) -> None:
    kind, *parameters = (piece.strip() for piece in file.content_type.split(";"))
    main, _, sub = kind.partition("/")
    pairs = dict(piece.split("=", 1) for piece in parameters if "=" in piece)
    if file.content_id:
        part.add_related(
            file.content,
            maintype=main,
            subtype=sub or "octet-stream",
            filename=file.filename,
            disposition="inline",
            cid=f"<{file.content_id}>",
            params=pairs,
        )
    else:
        part.add_attachment(
            file.content, maintype=main, subtype=sub or "octet-stream", filename=file.filename, params=pairs
        )
