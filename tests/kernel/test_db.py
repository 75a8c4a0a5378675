"""Transactions: one commit a verb, bells afterwards, nothing by accident."""

import pytest
from sqlalchemy import func, select

from app.customers.models import Customer
from app.kernel.businesses import Business
from app.kernel.db import StrayChange, add, after_commit, db, in_transaction, transaction


def _count() -> int:
    return db.session.scalar(select(func.count(Customer.id))) or 0


def test_inner_transactions_join_the_outer_one(business: Business) -> None:
    with pytest.raises(RuntimeError, match="late"), transaction():
        with transaction():
            add(Customer(name="Anna"))
        assert in_transaction()
        raise RuntimeError("late")
    assert not in_transaction()
    assert _count() == 0


def test_bells_ring_after_the_outermost_commit_only(business: Business) -> None:
    rung: list[int] = []
    with transaction():
        with transaction():
            add(Customer(name="Anna"))
            after_commit(lambda: rung.append(_count()))
        assert rung == []
    assert rung == [1]


def test_no_bell_rings_for_what_was_undone(business: Business) -> None:
    rung: list[str] = []
    with pytest.raises(RuntimeError), transaction():
        after_commit(lambda: rung.append("never"))
        raise RuntimeError
    with transaction():
        add(Customer(name="Anna"))
    assert rung == []


def test_a_change_outside_a_transaction_is_refused(business: Business) -> None:
    with transaction():
        anna = add(Customer(name="Anna"))
    anna.name = "Bea"
    with pytest.raises(StrayChange, match="Customer"):
        db.session.flush()
    db.session.rollback()
    anna.name = "Bea"
    with pytest.raises(StrayChange, match="Customer"), transaction():
        pass
    db.session.expire_all()
    assert db.session.scalar(select(Customer.name)) == "Anna"
