"""What messages hold about a person: mails, texts, answers, and what was said about being written to."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, func, or_, select, update

from app.customers.models import Customer
from app.customers.personal_data import Person, Traits, hold, row_of
from app.kernel.db import db
from app.messaging.batch_models import InviteBatch, InviteRecipient
from app.messaging.consent_models import ConsentEntry, NumberStanding
from app.messaging.models import EmailAttempt, EmailLog, EmailPart, WebhookCall
from app.messaging.sms_models import Sms, SmsAttempt, SmsReceived


def _known(customer: Customer) -> Traits:
    mails = db.session.execute(
        select(EmailLog.id, EmailLog.to_address, EmailLog.to_name).where(EmailLog.customer_id == customer.id)
    ).all()
    texts = db.session.execute(select(Sms.id, Sms.to_number, Sms.to_name).where(Sms.customer_id == customer.id)).all()
    return Traits(
        names=[row.to_name for row in (*mails, *texts)],
        emails=[row.to_address for row in mails],
        numbers=[row.to_number for row in texts],
        markers=[*(f"email:{row.id}" for row in mails), *(f"sms:{row.id}" for row in texts)],
    )


def _mail(person: Person) -> ColumnElement[bool]:
    small = [email.lower() for email in person.emails]
    return or_(EmailLog.customer_id == person.customer.id, func.lower(EmailLog.to_address).in_(small))


def _text(person: Person) -> ColumnElement[bool]:
    return or_(Sms.customer_id == person.customer.id, Sms.to_number.in_(person.numbers))


def _answer(person: Person) -> ColumnElement[bool]:
    return or_(SmsReceived.customer_id == person.customer.id, SmsReceived.from_number.in_(person.numbers))


def _consent(person: Person) -> ColumnElement[bool]:
    return or_(ConsentEntry.customer_id == person.customer.id, ConsentEntry.number.in_(person.numbers))


def _rows(model: Any, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    return [row_of(one) for one in db.session.scalars(select(model).where(condition).order_by(model.id))]


def _mails(person: Person) -> Iterable[dict[str, Any]]:
    return _rows(EmailLog, _mail(person))


def _parts(person: Person) -> Iterable[dict[str, Any]]:
    return _rows(EmailPart, EmailPart.email_id.in_(select(EmailLog.id).where(_mail(person))))


def _tries(person: Person) -> Iterable[dict[str, Any]]:
    mails = _rows(EmailAttempt, EmailAttempt.email_id.in_(select(EmailLog.id).where(_mail(person))))
    return [*mails, *_rows(SmsAttempt, SmsAttempt.sms_id.in_(select(Sms.id).where(_text(person))))]


def _calls_about(person: Person) -> Any:
    provider_ids = [
        *db.session.scalars(select(EmailLog.provider_id).where(_mail(person), EmailLog.provider_id.is_not(None))),
        *db.session.scalars(select(Sms.provider_id).where(_text(person), Sms.provider_id.is_not(None))),
    ]
    said = [WebhookCall.body.icontains(needle, autoescape=True) for needle in person.emails | person.numbers]
    return or_(WebhookCall.subject_id.in_(provider_ids), *said)


def _calls(person: Person) -> Iterable[dict[str, Any]]:
    return _rows(WebhookCall, _calls_about(person))


def _erase_mails(person: Person) -> None:
    ids = db.session.scalars(select(EmailLog.id).where(_mail(person))).all()
    db.session.execute(_quietly(update(WebhookCall).where(_calls_about(person)).values(body="")))
    db.session.execute(_quietly(delete(EmailPart).where(EmailPart.email_id.in_(ids))))
    db.session.execute(_quietly(update(EmailAttempt).where(EmailAttempt.email_id.in_(ids)).values(words="")))
    emptied = dict(
        to_address="", to_name="", subject="", text_body="", html_body="", facts={}, made_with={}, words="",
    )  # fmt: skip
    db.session.execute(_quietly(update(EmailLog).where(EmailLog.id.in_(ids)).values(**emptied)))
    waiting = EmailLog.state.in_(("queued", "sending"))
    stopped = update(EmailLog).where(EmailLog.id.in_(ids), waiting).values(state="held", code="erased")
    db.session.execute(_quietly(stopped))


def _erase_texts(person: Person) -> None:
    ids = db.session.scalars(select(Sms.id).where(_text(person))).all()
    db.session.execute(_quietly(update(SmsAttempt).where(SmsAttempt.sms_id.in_(ids)).values(words="")))
    emptied = dict(to_number="", to_name="", body="", words="", link_code=None)
    db.session.execute(_quietly(update(Sms).where(Sms.id.in_(ids)).values(**emptied)))
    waiting = Sms.state.in_(("queued", "sending"))
    db.session.execute(_quietly(update(Sms).where(Sms.id.in_(ids), waiting).values(state="held", code="erased")))


def _erase_answers(person: Person) -> None:
    db.session.execute(_quietly(delete(SmsReceived).where(_answer(person))))


def _erase_consents(person: Person) -> None:
    """The words go; that the number is not to be written to stays as a hash."""
    db.session.execute(_quietly(delete(ConsentEntry).where(_consent(person))))
    db.session.execute(_quietly(delete(NumberStanding).where(NumberStanding.number.in_(person.numbers))))


def _quietly(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)


def _searches(person: Person) -> ColumnElement[bool]:
    return InviteBatch.q.in_([one[:100] for one in person.needles])


def _erase_batches(person: Person) -> None:
    """That somebody was in a batch stays as a number; the words by which they were searched for go."""
    db.session.execute(_quietly(update(InviteBatch).where(_searches(person)).values(q="")))


def _with_mails(_person: Person) -> None:
    """Gone with the mails they belong to."""


hold("mails", _l("Mails"), export=_mails, erase=_erase_mails, known=_known)
hold("mail_files", _l("Files of mails"), export=_parts, erase=_with_mails)
hold("sending", _l("Tries at sending"), export=_tries, erase=_with_mails)
hold("provider_news", _l("News of providers"), export=_calls, erase=_with_mails)
hold("texts", _l("Text messages"), export=lambda person: _rows(Sms, _text(person)), erase=_erase_texts)
hold(
    "answers_by_text",
    _l("Answers by text"),
    export=lambda person: _rows(SmsReceived, _answer(person)),
    erase=_erase_answers,
)
hold(
    "consents",
    _l("Yes and no to messages"),
    export=lambda person: _rows(ConsentEntry, _consent(person)),
    erase=_erase_consents,
)
hold(
    "standings",
    _l("Numbers"),
    export=lambda person: _rows(NumberStanding, NumberStanding.number.in_(person.numbers)),
    erase=_with_mails,
)
hold(
    "batches",
    _l("Invites to many"),
    export=lambda person: [
        *_rows(InviteRecipient, InviteRecipient.customer_id == person.customer.id),
        *_rows(InviteBatch, _searches(person)),
    ],
    erase=_erase_batches,
)
