"""Accounts that nobody uses: told a month ahead, then ended; whoever comes by keeps theirs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.bookings import older, unused
from app.bookings.models import Booking
from app.identity.models import Membership, User
from app.kernel.access import Role
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.messaging.models import EmailLog
from tests.identity.people import Browser, make_member
from tests.make import make_booking, make_business

LOTTE = "lotte@example.dk"
#: Two years of the program's months, less the month ahead.
TO_THE_WARNING = 24 * 31 - 30


@pytest.fixture
def lotte(business: Business, clock: Any) -> Membership:
    return make_member(LOTTE, Role.CUSTOMER, "Lotte Holm")


def warnings() -> int:
    db.session.rollback()
    rows = select(func.count()).select_from(EmailLog).where(EmailLog.kind == "account_unused")
    return db.session.scalar(rows) or 0


def accounts() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(User.email).order_by(User.id)))


def test_it_is_told_a_month_ahead_once_and_then_it_ends(lotte: Membership, clock: Any) -> None:
    make_member("ada@majorna.example", Role.OWNER)
    clock.forward(days=TO_THE_WARNING - 1)
    unused.look_through()
    assert warnings() == 0
    clock.forward(days=2)
    unused.look_through()
    unused.look_through()
    assert warnings() == 1
    clock.forward(days=28)
    unused.look_through()
    assert LOTTE in accounts()
    clock.forward(days=3)
    unused.look_through()
    assert accounts() == ["ada@majorna.example"], "whoever works here stays"
    assert warnings() == 1


def test_without_a_warning_nothing_ends(lotte: Membership, clock: Any) -> None:
    clock.forward(days=TO_THE_WARNING + 400)
    unused.look_through()
    assert accounts() == [LOTTE]
    assert warnings() == 1


def test_whoever_signs_in_after_the_warning_keeps_the_account(lotte: Membership, clock: Any, client: Any) -> None:
    clock.forward(days=TO_THE_WARNING + 1)
    unused.look_through()
    Browser(client).sign_in(LOTTE)
    clock.forward(days=32)
    unused.look_through()
    assert accounts() == [LOTTE]
    clock.forward(days=TO_THE_WARNING)
    unused.look_through()
    assert warnings() == 2, "told anew before it ends"
    assert accounts() == [LOTTE]


@pytest.mark.parametrize("joined", [True, False])
def test_whoever_books_keeps_the_account(lotte: Membership, clock: Any, joined: bool) -> None:
    clock.forward(days=400)
    make_booking(email=LOTTE)
    if joined:
        older.join(lotte.user_id, "x", LOTTE)
    clock.forward(days=TO_THE_WARNING - 300)
    unused.look_through()
    assert warnings() == 0
    with transaction():
        long_ago = timedelta(days=1000)
        before = {name: getattr(Booking, name) - long_ago for name in ("created_at", "starts_at", "ends_at")}
        db.session.execute(update(Booking).values(before))
    unused.look_through()
    assert warnings() == 1, "it was the booking that kept it"


def test_the_firm_says_how_long(lotte: Membership, business: Business, clock: Any) -> None:
    with transaction():
        db.session.execute(update(Business).values(retention={"accounts": 6}))
    forget_believed()
    clock.forward(days=6 * 31 - 29)
    unused.look_through()
    assert warnings() == 1


def test_who_is_known_elsewhere_stays_known_there(lotte: Membership, clock: Any) -> None:
    clock.forward(days=TO_THE_WARNING + 1)
    unused.look_through()
    other = make_business("biler", hostname="biler.localhost")
    with within(other.id):
        make_member(LOTTE, Role.CUSTOMER, "Lotte Holm")
    clock.forward(days=31)
    unused.look_through()
    assert accounts() == [LOTTE]
    assert db.session.scalars(select(Membership)).all() == []
    with within(other.id):
        assert len(db.session.scalars(select(Membership)).all()) == 1
