"""Two customers who are one person: made one, and parted again as if nothing had been."""

import pytest
from sqlalchemy import select, update

from app.bookings.models import Booking
from app.customers import doubles, merging, people
from app.customers.models import Customer, Merge
from app.kernel.businesses import Business
from app.kernel.db import add, db, transaction
from app.kernel.errors import Conflict
from app.messaging import consent
from app.messaging.batch_models import InviteBatch, InviteRecipient
from app.messaging.consent_models import ConsentEntry
from app.messaging.models import EmailLog
from app.messaging.sms_models import Sms
from tests.make import make_booking
from tests.messaging.texting import an_invite, make_customer, noon


def known(public_id: str) -> Customer:
    db.session.rollback()
    rows = select(Customer).where(Customer.public_id == public_id).execution_options(populate_existing=True)
    return db.session.scalars(rows).one()


def pair() -> tuple[Customer, Customer]:
    noon()
    one = known(make_booking(email="anna@example.se").customer_public_id)
    other = known(make_booking(email="anna.l@example.se", phone="073-555 44 33").customer_public_id)
    people.change(other.id, {"notes": "Key at the neighbour's", "tags": ["autumn"]})
    an_invite(other)
    consent.stop(other.phone_number, source="office")
    return known(one.public_id), known(other.public_id)


def owned(customer_id: int) -> dict[str, list[int]]:
    db.session.rollback()
    return {
        table: list(db.session.scalars(select(model.id).where(model.customer_id == customer_id).order_by(model.id)))
        for table, model in merging.holders().items()
    }


def test_everything_moves_along_and_comes_back_exactly(business: Business, clock: object) -> None:
    one, other = pair()
    before = owned(one.id), owned(other.id)
    rows = {c.public_id: {a.key: getattr(c, a.key) for a in Customer.__mapper__.column_attrs} for c in (one, other)}
    assert all(before[1][name] for name in ("bookings", "email_logs", "sms_messages", "consent_entries"))
    merge = merging.merge(one.id, other.id, take={"phone": "other"})
    now = owned(one.id)
    for table in before[0]:
        if table != "customer_merges":
            assert sorted(now[table]) == sorted(before[0][table] + before[1][table]), table
    kept = known(one.public_id)
    assert (kept.phone, kept.email) == (rows[other.public_id]["phone"], "anna@example.se")
    assert kept.tags == ["autumn"]
    assert "neighbour" in kept.notes
    assert db.session.get(Customer, other.id) is None
    parted = merging.part(merge.id)
    assert parted.changed_since == ()
    assert (owned(one.id), owned(other.id)) == before
    for public_id, said in rows.items():
        back = known(public_id)
        again = {name: getattr(back, name) for name in said}
        for name in ("version", "updated_at"):
            again.pop(name)
        assert again == {name: value for name, value in said.items() if name in again}


def test_what_was_changed_since_stays_and_is_named(business: Business, clock: object) -> None:
    one, other = pair()
    merge = merging.merge(one.id, other.id, take={"phone": "other"})
    people.change(one.id, {"phone": "070-999 88 77"})
    parted = merging.part(merge.id)
    assert parted.changed_since == ("phone",)
    assert known(one.public_id).phone == "070-999 88 77"


def test_a_later_merge_is_undone_first(business: Business) -> None:
    one, two, three = make_customer(), make_customer(), make_customer()
    first, second = merging.merge(one.id, two.id), merging.merge(one.id, three.id)
    with pytest.raises(Conflict):
        merging.part(first.id)
    merging.part(second.id)
    merging.part(first.id)
    assert db.session.query(Customer).count() == 3
    assert db.session.query(Merge).count() == 0


def test_two_in_one_batch_of_invites_are_merged_and_parted(business: Business) -> None:
    one, other = make_customer(), make_customer()
    with transaction():
        batch = add(InviteBatch(message="Hello"))
        for customer in (one, other):
            add(InviteRecipient(batch_id=batch.id, customer_id=customer.id))
    before = owned(one.id), owned(other.id)
    merge = merging.merge(one.id, other.id)
    assert owned(one.id)["invite_recipients"] == before[0]["invite_recipients"]
    merging.part(merge.id)
    assert (owned(one.id), owned(other.id)) == before


def test_an_old_id_leads_to_who_it_is_now(business: Business) -> None:
    one, two, three = make_customer(), make_customer(), make_customer()
    merging.merge(two.id, one.id)
    merging.merge(three.id, two.id)
    found = merging.now_known_as(one.public_id)
    assert found is not None
    assert found.id == three.id
    assert merging.now_known_as("zzzz") is None


def test_doubles_are_found_and_families_are_not(business: Business) -> None:
    anna = make_customer("Anna Lindqvist", "+46701112233")
    again = make_customer("Anna Lindkvist", "+46701112233")
    make_customer("Bertil Strand", "+46701112233")
    with transaction():
        db.session.execute(update(Customer).where(Customer.id == anna.id).values(email="anna.lind@gmail.com"))
        gmail = add(Customer(name="A L", email="annalind+move@gmail.com", name_key="a l"))
    pairs = {(one.one.id, one.other.id, one.why) for one in doubles.suggested()}
    assert pairs == {(anna.id, again.id, "phone"), (anna.id, gmail.id, "email")}
    assert {one.other.id for one in doubles.doubles_of(known(anna.public_id))} == {again.id, gmail.id}


def test_bookings_models_are_among_what_moves(business: Business) -> None:
    assert {Booking, EmailLog, Sms, ConsentEntry} <= set(merging.holders().values())
