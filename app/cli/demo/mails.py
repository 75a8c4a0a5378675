"""What became of the demo's confirmations: most arrived, a few did not, and the jobs that sent them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from flask import g

from app.ai import texts
from app.ai.contract import Place
from app.ai.towns import town_in
from app.bookings import confirmation
from app.bookings.models import BookingState
from app.bookings.moves import CONFIRMATION
from app.bookings.offers import USUAL_NOTICE_HOURS
from app.bookings.rentals import CONFIRMATION as CAR_CONFIRMATION
from app.cli.demo.diary import Diary
from app.cli.demo.names import code
from app.cli.demo.rows import Written
from app.customers.models import Customer
from app.kernel.businesses import Business
from app.messaging.letters import rendered, sender_of
from app.messaging.models import EmailAttempt, EmailLog, EmailPart, EmailState
from app.messaging.pictures.contract import Found
from app.messaging.providers.words import english
from app.web.i18n import speaking

_OPAQUE = "0123456789abcdefghijkmnpqrstvwxyz"
_E = EmailState


@dataclass
class Mail:
    """A confirmation with everything that belongs to it."""

    about: Written
    row: EmailLog
    parts: list[EmailPart] = field(default_factory=list)
    attempts: list[EmailAttempt] = field(default_factory=list)


def confirmations(written: list[Written], business: Business, chance: Random) -> list[Mail]:
    """A finished mail for each booking, sent and arrived; they need no database."""
    g.business = business
    mails = []
    for found in written:
        row, at = found.row, found.row.created_at
        email = EmailLog(
            public_id=code(chance, _OPAQUE, 20),
            kind=CAR_CONFIRMATION if row.service == "car" else CONFIRMATION,
            state=_E.SENT,
            to_address=found.planned.who.email,
            to_name=found.planned.who.name,
            language=row.language,
            facts={},
            created_at=at,
            prepared_at=at + timedelta(seconds=chance.uniform(0.4, 3)),
            sender=sender_of(business),
            reply_to=business.email,
            attempts=1,
            provider="local",
            words="",
            code="",
        )
        mails.append(Mail(found, email, _write(found, email, business)))
    g.pop("business", None)
    return mails


def _write(found: Written, email: EmailLog, business: Business) -> list[EmailPart]:
    row = found.row
    with speaking(email.language):
        town = town_in(row.to_address or row.from_address)
        place = Place(town, email.language, town_in(row.from_address), row.service)
        extras = confirmation.Extras(texts.built_in_text(place, row.reference, "no_key"), Found(None, "no_key"))
        until = row.starts_at - timedelta(hours=USUAL_NOTICE_HOURS[row.service])
        letter = confirmation.letter_about(row, email, business, extras, until=until)
        email.subject, email.text_body, email.html_body = rendered(email, business, letter, own={})
    email.made_with = letter.made_with
    return [
        EmailPart(filename=filename, content_type=content_type, content=content, content_id=content_id)
        for filename, content_type, content, content_id in letter.parts
    ]


def settle(
    mails: list[Mail], customers: dict[str, Customer], diary: Diary, now: datetime, chance: Random
) -> list[tuple[Mail, Mail]]:
    """Decide what became of each and give it its times; a few are special. Gives (first, resent) of the resent ones."""
    for mail in mails:
        _arrive(mail, now, chance)
    newest = sorted(mails, key=lambda mail: mail.row.created_at, reverse=True)
    if diary.returned is None or diary.afterwards is None:
        return []
    special = {id(diary.returned), id(diary.afterwards)}
    by_booking = {id(mail.about.planned): mail for mail in mails}
    others = [mail for mail in newest if id(mail.about.planned) not in special]
    _be_under_way(others[0], now)
    _wait_for_next_try(others[2], now)
    _bounce(by_booking[id(diary.returned)], customers)
    _hold(by_booking[id(diary.afterwards)])
    ahead = [mail for mail in others[12:] if mail.about.row.starts_at > now + timedelta(days=1)]
    for mail, why in zip(ahead[2:9:3], ("mailbox_full", "mailbox_full", "bad_address"), strict=True):
        _fail(mail, why)
    over = [mail for mail in others if mail.about.row.state == BookingState.DONE]
    _complain(over[4], customers)
    return [(over[12], _resend(over[12], chance))]


def _arrive(mail: Mail, now: datetime, chance: Random) -> None:
    row = mail.row
    sent = row.created_at + timedelta(seconds=chance.uniform(3.5, 9))
    arrived = sent + timedelta(seconds=chance.uniform(2, 50))
    opened = arrived + timedelta(minutes=chance.expovariate(1 / 200))
    row.sending_since = row.sent_at = sent
    row.provider_id = f"local-kontor/{row.public_id}"
    if arrived < now:
        row.state, row.settled_at = _E.DELIVERED, arrived
        if opened < now and chance.random() < 0.62:
            row.state = _E.OPENED
    mail.attempts = [_attempt(1, sent - timedelta(seconds=0.4), sent, "sent", row.provider_id)]


def _attempt(
    number: int, began: datetime, ended: datetime | None, outcome: str, provider_id: str | None = None, why: str = ""
) -> EmailAttempt:
    return EmailAttempt(
        number=number, provider="local", began_at=began, ended_at=ended, outcome=outcome, provider_id=provider_id,
        words=english(why) if why else "", code=why,
    )  # fmt: skip


def _unsent(mail: Mail, state: EmailState, why: str = "") -> EmailLog:
    row = mail.row
    row.state, row.sent_at, row.settled_at, row.provider_id = state, None, None, None
    row.words, row.code = english(why) if why else "", why
    return row


def _be_under_way(mail: Mail, now: datetime) -> None:
    row = _unsent(mail, _E.SENDING)
    row.sending_since = now - timedelta(seconds=1)
    mail.attempts = [_attempt(1, row.sending_since, None, "unknown")]


def _wait_for_next_try(mail: Mail, now: datetime) -> None:
    row = _unsent(mail, _E.QUEUED, "outage")
    row.attempts, row.next_try_at, row.sending_since = 2, now + timedelta(minutes=14), None
    first = row.created_at + timedelta(seconds=4)
    mail.attempts = [
        _attempt(number, began, began + timedelta(seconds=1), "refused", why="outage")
        for number, began in ((1, first), (2, min(first + timedelta(seconds=9), now)))
    ]


def _fail(mail: Mail, why: str) -> None:
    row = _unsent(mail, _E.FAILED, why)
    row.settled_at = row.created_at + timedelta(seconds=6)
    row.sending_since = None
    mail.attempts = [_attempt(1, row.created_at + timedelta(seconds=5), row.settled_at, "refused", why=why)]
    mail.about.row.mail_trouble = "failed"


def _bounce(mail: Mail, customers: dict[str, Customer]) -> None:
    """The mailbox does not exist: a person has to call."""
    row = mail.row
    row.state, row.words, row.code = _E.BOUNCED, "The mailbox does not exist.", "bounced"
    row.settled_at = (row.sent_at or row.created_at) + timedelta(seconds=40)
    mail.about.row.mail_trouble = "bounced"
    somebody = customers[row.to_address]
    somebody.email_trouble, somebody.email_trouble_at = "bounced", row.settled_at


def _hold(mail: Mail) -> None:
    """What the same person booked since is kept back until the address is corrected."""
    row = _unsent(mail, _E.HELD)
    row.words, row.code = "Mail to this address came back. It waits until the address is corrected.", "bounced"
    row.attempts, row.sending_since, mail.attempts = 0, None, []


def _resend(first: Mail, chance: Random) -> Mail:
    """It had a slip in its address; the office corrected that and sent it again."""
    row, came_back = first.row, (first.row.sent_at or first.row.created_at) + timedelta(seconds=33)
    corrected_at = came_back + timedelta(hours=1.5)
    sent = corrected_at + timedelta(seconds=4)
    again = EmailLog(
        public_id=code(chance, _OPAQUE, 20), kind=row.kind, state=_E.OPENED, to_address=row.to_address,
        to_name=row.to_name, language=row.language, facts={}, created_at=corrected_at, prepared_at=corrected_at,
        sender=row.sender, reply_to=row.reply_to, subject=row.subject, text_body=row.text_body,
        html_body=row.html_body, made_with=row.made_with, attempts=1, provider="local", words="", code="",
        sending_since=sent, sent_at=sent, settled_at=sent + timedelta(seconds=12),
    )  # fmt: skip
    again.provider_id = f"local-kontor/{again.public_id}"
    row.to_address = row.to_address.replace("@post.", "@psot.")
    row.state, row.words, row.code = _E.BOUNCED, "The mailbox does not exist.", "bounced"
    row.settled_at, row.handled_at = came_back, corrected_at
    parts = [
        EmailPart(
            filename=part.filename, content_type=part.content_type, content=part.content, content_id=part.content_id
        )
        for part in first.parts
    ]  # fmt: skip
    attempts = [_attempt(1, sent - timedelta(seconds=0.5), sent, "sent", again.provider_id)]
    return Mail(first.about, again, parts, attempts)


def _complain(mail: Mail, customers: dict[str, Customer]) -> None:
    row = mail.row
    row.state, row.words, row.code = _E.COMPLAINED, "The reader marked it as spam.", "complained"
    row.settled_at = (row.sent_at or row.created_at) + timedelta(hours=3)
    row.handled_at = row.settled_at + timedelta(hours=2)
    somebody = customers[row.to_address]
    somebody.email_trouble, somebody.email_trouble_at = "complained", row.settled_at
