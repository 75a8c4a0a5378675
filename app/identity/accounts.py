"""People's own accounts: proving who one is, registering, one's details and password."""

from flask_babel import gettext as _
from sqlalchemy import delete, select

from app.identity import failures, letters, passwords, sessions
from app.identity.failures import Verdict
from app.identity.models import ApiToken, Membership, User
from app.identity.orders import DetailsOrder, RegisterOrder
from app.identity.queries import user_by_mail
from app.identity.turns import take_turn
from app.kernel import audit
from app.kernel.access import Role
from app.kernel.db import add, db, lock, transaction
from app.kernel.errors import Invalid, Unauthenticated
from app.kernel.logs import masked
from app.kernel.tenancy import across_businesses


class WrongCredentials(Unauthenticated):
    """The same for an address that nobody has and for a wrong password."""

    def __init__(self) -> None:
        super().__init__(_("The e-mail address or the password is wrong."))


def prove(email: str, password: str, *, address: str) -> User:
    """Who has that address and password; WrongCredentials, or TooMany after too many wrong ones."""
    failures.refuse_if_many(email, address)
    found = user_by_mail(email)
    user_id, stored = (found.id, found.password_hash) if found is not None else (None, None)
    is_right = passwords.matches(stored, password)
    with transaction():
        verdict, wait = failures.judge(email, address, is_right=is_right)
        if verdict is not Verdict.RIGHT:
            refused = "login.refused" if verdict is Verdict.TOO_MANY else "login.failed"
            audit.record(refused, masked(email)[:200])
    if verdict is Verdict.TOO_MANY:
        raise failures.too_many(wait)
    user = db.session.get(User, user_id) if verdict is Verdict.RIGHT else None
    if user is None:
        raise WrongCredentials()
    return user


def register(order: RegisterOrder, password_hash: str, *, language: str) -> User | None:
    """A new customer of the business; None when the address has an account, whose owner then gets a mail."""
    with transaction():
        # Two that register one address at once: the second waits here, and then finds the first.
        take_turn(f"mail {order.email.lower()}")
        known = user_by_mail(order.email)
        if known is not None:
            letters.say_that_it_exists(known)
            audit.record("account.exists", f"user:{known.public_id}")
            return None
        user = add(
            User(
                name=order.name, email=order.email, phone=order.phone, language=language, password_hash=password_hash,
            )
        )  # fmt: skip
        add(Membership(user_id=user.id, role=Role.CUSTOMER))
        audit.record("account.registered", f"user:{user.public_id}", after={"role": Role.CUSTOMER})
    return user


def prove_again(user_id: int, password: str, *, address: str) -> None:
    """Somebody who is signed in types the password once more; Invalid when it is wrong, TooMany as at log-in."""
    user = db.session.get_one(User, user_id)
    try:
        prove(user.email, password, address=address)
    except WrongCredentials:
        raise Invalid([("present", _("This is not your password."))]) from None


def end(member: Membership, *, why: str) -> None:
    """End that account in the open transaction; the person too, where no other business knows them."""
    user_id, member_id = member.user_id, member.id
    sessions.end_all(user_id, membership_id=member_id)
    db.session.execute(delete(ApiToken).where(ApiToken.user_id == user_id))
    db.session.execute(delete(Membership).where(Membership.id == member_id))
    with across_businesses():
        if db.session.scalar(select(Membership.id).where(Membership.user_id == user_id).limit(1)) is None:
            db.session.execute(delete(User).where(User.id == user_id))
    audit.record("account.ended", after={"why": why})


def change_details(user_id: int, order: DetailsOrder) -> User:
    """Take over what somebody says about themself."""
    with transaction():
        user = lock(User, user_id)
        before = {"name": user.name, "phone": user.phone, "language": user.language}
        user.name, user.phone, user.language = order.name, order.phone, order.language
        after = {"name": user.name, "phone": user.phone, "language": user.language}
        changed = [name for name in after if after[name] != before[name]]
        if changed:
            audit.record(
                "account.changed",
                f"user:{user.public_id}",
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
    return user


def change_password(user_id: int, present: str, password: str, *, session_id: int | None, address: str) -> int:
    """A new password for whoever knows the present one; ends all other sessions and answers how many."""
    prove_again(user_id, present, address=address)
    user = db.session.get_one(User, user_id)
    if fault := passwords.fault(password, name=user.name, email=user.email):
        raise Invalid([("password", fault)])
    kept = passwords.hashed(password)
    with transaction():
        user = lock(User, user_id)
        user.password_hash = kept
        ended = sessions.end_all(user_id, but=session_id)
        audit.record("password.changed", f"user:{user.public_id}", after={"sessions_ended": ended})
    return ended
