"""One business never sees, changes or points at another's rows."""

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from app.customers.models import Customer
from app.kernel.businesses import Business
from app.kernel.db import add, db, transaction
from app.kernel.tenancy import ForeignBusiness, NoBusiness, across_businesses, within
from tests.make import make_business


def _customer(name: str) -> Customer:
    with transaction():
        return add(Customer(name=name, email=f"{name.lower()}@example.se"))


@pytest.fixture
def other(business: Business) -> Business:
    """Another business with one customer, Bea; ours has Anna."""
    made = make_business("biler", name="Aarhus Biler")
    _customer("Anna")
    with within(made.id):
        _customer("Bea")
    db.session.expunge_all()
    return made


def test_every_kind_of_reading_sees_only_ones_own(other: Business) -> None:
    twin = aliased(Customer)
    assert list(db.session.scalars(select(Customer.name))) == ["Anna"]
    assert db.session.scalar(select(func.count()).select_from(Customer)) == 1
    assert db.session.scalar(select(func.count(Customer.id))) == 1
    assert list(db.session.scalars(select(twin.name))) == ["Anna"]
    assert list(db.session.scalars(select(Customer.name).where(Customer.id.in_(select(Customer.id))))) == ["Anna"]
    assert [row.name for row in db.session.execute(select(Customer.name).join(twin, twin.id == Customer.id))] == [
        "Anna"
    ]
    assert db.session.scalar(select(select(func.count(Customer.id)).scalar_subquery())) == 1


def test_get_by_number_finds_no_foreign_row(other: Business) -> None:
    with across_businesses():
        bea = db.session.scalars(select(Customer.id).where(Customer.name == "Bea")).one()
    assert db.session.get(Customer, bea) is None


def test_changing_and_deleting_in_bulk_touches_only_ones_own(other: Business) -> None:
    with transaction():
        assert db.session.execute(update(Customer).values(notes="seen")).rowcount == 1
        assert db.session.execute(delete(Customer).where(Customer.name == "Bea")).rowcount == 0
    with across_businesses():
        assert dict(db.session.execute(select(Customer.name, Customer.notes)).all()) == {"Anna": "seen", "Bea": ""}


def test_without_a_business_nothing_is_read(other: Business) -> None:
    scope = within(other.id)
    with scope:
        pass
    from app.kernel import tenancy  # noqa: PLC0415  # to step out of the fixture's business

    token = tenancy._business.set(None)
    try:
        for statement in (
            select(Customer),
            select(func.count()).select_from(Customer),
            select(Business).where(Business.id.in_(select(Customer.business_id))),
        ):
            with pytest.raises(NoBusiness):
                db.session.execute(statement)
        assert len(db.session.scalars(select(Business)).all()) == 2
    finally:
        tenancy._business.reset(token)


def test_a_row_for_another_business_is_not_written(other: Business) -> None:
    with pytest.raises(ForeignBusiness), transaction():
        add(Customer(name="Carl", business_id=other.id))
    with pytest.raises(ForeignBusiness), transaction():
        db.session.execute(insert(Customer), [{"name": "Carl", "name_key": "carl", "business_id": other.id}])


def test_a_foreign_row_in_hand_is_not_changed(other: Business) -> None:
    with across_businesses():
        bea = db.session.scalars(select(Customer).where(Customer.name == "Bea")).one()
    with pytest.raises(ForeignBusiness), transaction():
        bea.notes = "changed"
        db.session.flush()


def test_the_database_itself_lets_no_row_point_abroad(business: Business, other: Business) -> None:
    with across_businesses():
        bea = db.session.scalars(select(Customer.id).where(Customer.name == "Bea")).one()
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            text(
                "insert into bookings (business_id, public_id, reference, customer_id, service, state, starts_at, "
                "ends_at, has_time, contact_name, contact_phone, from_address, to_address, size, extras, notes, "
                "language, currency, search, mail_trouble, sequence, version, created_at, updated_at, "
                "cancelled_reason) values (:b, 'x', 'r', :c, 'move', 'received', now(), now() + interval '1 h', true, "
                "'', '', '', '', '', '{}', '', 'en', 'SEK', '{}', '', 0, 1, now(), now(), '')"
            ),
            {"b": business.id, "c": bea},
        )


def test_the_filter_is_what_keeps_them_apart(other: Business) -> None:
    """The twin: with the filter out of the way the other business's row is there."""
    with across_businesses():
        assert set(db.session.scalars(select(Customer.name))) == {"Anna", "Bea"}
