"""What the register itself, the history, the queue and the log hold about a person."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import String, cast, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from app.ai.models import AiCall
from app.customers import forgotten
from app.customers.models import Customer, Merge
from app.customers.personal_data import Person, Traits, hold, row_of
from app.jobs.models import Job
from app.kernel.audit import AuditEntry
from app.kernel.db import db
from app.kernel.events import Event
from app.web.idempotency import Answered, unsealed

#: Stands where a name has to.
NOBODY = "–"
#: What stays of a fact: which thing it was about, and what kind.
_PLAIN = ("id", "reference", "kind", "fields")


def _customer(person: Person) -> Iterable[dict[str, Any]]:
    yield row_of(person.customer)


def _erase_customer(person: Person) -> None:
    customer = person.customer
    for email in person.emails:
        forgotten.remember(email=email)
    for number in person.numbers:
        if number.startswith("+"):
            forgotten.remember(phone_number=number)
    customer.name, customer.name_key, customer.email, customer.phone, customer.phone_number = NOBODY, "", "", "", ""
    customer.notes, customer.tags, customer.search = "", [], [" "]
    customer.email_trouble, customer.email_trouble_at, customer.channel = "", None, "email"


def _merges(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(Merge).where(Merge.customer_id == person.customer.id).order_by(Merge.id)
    return [row_of(one) for one in db.session.scalars(rows)]


def _erase_merges(person: Person) -> None:
    db.session.execute(delete(Merge).where(Merge.customer_id == person.customer.id))


def _known_by_merges(customer: Customer) -> Traits:
    others = db.session.scalars(select(Merge).where(Merge.customer_id == customer.id)).all()
    rows = [one.other for one in others] + [one.before for one in others]
    return Traits(
        names=[row.get("name") or "" for row in rows],
        emails=[row.get("email") or "" for row in rows],
        numbers=[row.get(name) or "" for row in rows for name in ("phone", "phone_number")],
        markers=[f"customer:{one.other_id}" for one in others],
    )


def _events(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(Event).where(Event.about.overlap(person.markers)).order_by(Event.id)
    return [row_of(one, without=("hears", "actor_user_id")) for one in db.session.scalars(rows)]


def _erase_events(person: Person) -> None:
    kept = func.jsonb_strip_nulls(
        func.jsonb_build_object(*(part for name in _PLAIN for part in (name, Event.detail[name])))
    )
    db.session.execute(
        update(Event)
        .where(Event.about.overlap(person.markers))
        .values(detail=cast(kept, JSONB))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Event)
        .where(Event.about.overlap(person.markers), Event.actor_name.in_(person.names))
        .values(actor_name="")
        .execution_options(synchronize_session=False)
    )


def _jobs(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(Job).where(Job.about.overlap(person.markers)).order_by(Job.id)
    return [row_of(one, without=("claim_token", "worker")) for one in db.session.scalars(rows)]


def _erase_jobs(person: Person) -> None:
    db.session.execute(
        update(Job)
        .where(Job.about.overlap(person.markers))
        .values(words="", machine_words="", note="")
        .execution_options(synchronize_session=False)
    )


def _about_person(person: Person) -> Any:
    said = func.concat(cast(AuditEntry.before, String), cast(AuditEntry.after, String), AuditEntry.subject)
    needles = [said.icontains(needle, autoescape=True) for needle in person.emails | person.numbers]
    return or_(AuditEntry.subject.in_([*person.markers, person.customer.public_id]), *needles)


def _audit(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(AuditEntry).where(_about_person(person)).order_by(AuditEntry.id)
    return [row_of(one, without=("actor_user_id", "address")) for one in db.session.scalars(rows)]


def _erase_audit(person: Person) -> None:
    """What was done stays, without what it was done with; the log lets erasure do that and nothing else."""
    db.session.execute(text("set local kontor.retention = 'on'"))
    kept = update(AuditEntry).where(_about_person(person)).execution_options(synchronize_session=False)
    db.session.execute(kept.values(before={}, after={}))
    for needle in person.emails | person.numbers:
        named = update(AuditEntry).where(AuditEntry.subject.icontains(needle, autoescape=True))
        db.session.execute(named.values(subject=NOBODY).execution_options(synchronize_session=False))
    by_them = update(AuditEntry).where(AuditEntry.actor_kind == "user", AuditEntry.actor_name.in_(person.names))
    their_own = by_them.where(_about_person(person)).values(actor_name="", address="")
    db.session.execute(their_own.execution_options(synchronize_session=False))
    db.session.execute(text("set local kontor.retention = 'off'"))


def _ai(person: Person) -> Iterable[dict[str, Any]]:
    rows = select(AiCall).where(AiCall.about.in_(person.markers)).order_by(AiCall.id)
    return [row_of(one) for one in db.session.scalars(rows)]


def _erase_ai(person: Person) -> None:
    db.session.execute(
        update(AiCall)
        .where(AiCall.about.in_(person.markers))
        .values(prompt_hash="", about="")
        .execution_options(synchronize_session=False)
    )


def _answers(person: Person) -> list[Answered]:
    """The stored answers that speak of the person: sealed, and kept for a day only."""
    asked = [needle.encode() for needle in (*person.needles, person.customer.public_id)]
    return [
        one
        for one in db.session.scalars(select(Answered).execution_options(yield_per=200))
        if any(needle in unsealed(one.body) or needle in one.key.encode() for needle in asked)
    ]


def _erase_answers(person: Person) -> None:
    ids = [one.id for one in _answers(person)]
    db.session.execute(delete(Answered).where(Answered.id.in_(ids)).execution_options(synchronize_session=False))


hold("merges", _l("Merged customers"), export=_merges, erase=_erase_merges, known=_known_by_merges)
hold("history", _l("What happened"), export=_events, erase=_erase_events)
hold("jobs", _l("Jobs"), export=_jobs, erase=_erase_jobs)
hold("log", _l("Audit log"), export=_audit, erase=_erase_audit)
hold("language_models", _l("Calls to language models"), export=_ai, erase=_erase_ai)
hold(
    "answers",
    _l("Stored answers"),
    export=lambda person: [row_of(one) for one in _answers(person)],
    erase=_erase_answers,
)
hold("customer", _l("Customer"), export=_customer, erase=_erase_customer)
