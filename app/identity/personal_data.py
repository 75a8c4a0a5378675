"""What accounts hold about a person who is a customer; colleagues' accounts are none of it."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, func, select

from app.customers.models import Customer
from app.customers.personal_data import Person, Traits, hold, row_of
from app.identity import accounts
from app.identity.models import ApiToken, BrowserSession, LoginLink, Membership, User
from app.kernel.access import Role
from app.kernel.db import db


def _members(emails: Iterable[str]) -> Sequence[Membership]:
    small = [email.lower() for email in emails if email]
    rows = select(Membership).join(User, User.id == Membership.user_id)
    rows = rows.where(Membership.role == Role.CUSTOMER, func.lower(User.email).in_(small))
    return db.session.scalars(rows.order_by(Membership.id)).all()


def _known(customer: Customer) -> Traits:
    members = _members([customer.email])
    return Traits(
        names=[name for one in members for name in (one.name, one.user.name)],
        numbers=[one.user.phone for one in members],
        markers=[f"user:{one.user.public_id}" for one in members],
    )


def _accounts(person: Person) -> Iterable[dict[str, Any]]:
    for one in _members(person.emails):
        yield {**row_of(one.user, without=("password_hash",)), "membership": row_of(one)}


def _sessions(person: Person) -> Iterable[dict[str, Any]]:
    users = [one.user_id for one in _members(person.emails)]
    rows = db.session.scalars(select(BrowserSession).where(BrowserSession.user_id.in_(users)))
    tokens = db.session.scalars(select(ApiToken).where(ApiToken.user_id.in_(users)))
    return [row_of(one, without=("token_hash", "jti")) for one in (*rows, *tokens)]


def _erase(person: Person) -> None:
    """The account here ends; the person too, where no other business knows them."""
    for member in _members(person.emails):
        accounts.end(member, why="erased")


def _links_of(person: Person) -> ColumnElement[bool]:
    return func.lower(LoginLink.email).in_([email.lower() for email in person.emails])


def _links(person: Person) -> Iterable[dict[str, Any]]:
    return [
        row_of(one, without=("token_hash",)) for one in db.session.scalars(select(LoginLink).where(_links_of(person)))
    ]


def _erase_links(person: Person) -> None:
    db.session.execute(delete(LoginLink).where(_links_of(person)).execution_options(synchronize_session=False))


def _with_account(_person: Person) -> None:
    """Ended with the account."""


hold("login_links", _l("Mailed links to sign in"), export=_links, erase=_erase_links)
hold("sessions", _l("Signed-in browsers"), export=_sessions, erase=_with_account)
hold("accounts", _l("Accounts"), export=_accounts, erase=_erase, known=_known)
