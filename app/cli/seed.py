"""`kontor seed`: a first business and its owner, or with `--demo` two firms with sixty days of work."""

from typing import Any

import click
from flask_babel import force_locale
from pydantic import ValidationError
from sqlalchemy import select

from app.bookings import links
from app.bookings.models import Booking, BookingState
from app.cli.demo import photos
from app.cli.demo.firms import FIRMS, Firm
from app.cli.demo.telling import tell, wait_for_turn
from app.cli.output import Output, speaking
from app.customers.models import Customer
from app.identity import members, passwords
from app.identity.models import Membership, User
from app.identity.orders import MemberOrder
from app.identity.queries import user_by_mail
from app.kernel.access import Role
from app.kernel.businesses import Business, default_business
from app.kernel.config import settings
from app.kernel.db import add, db, end_reading, transaction
from app.kernel.tenancy import within
from app.web.schemas import words_for

#: Where nobody else can reach the program, one password serves all who try it; production draws one by chance.
DEMO_PASSWORD = "try-kontor-today"  # noqa: S105  # published on purpose
OWN_PASSWORD = "(changed since)"  # noqa: S105  # says that we do not know it
FIRST_FIRM = "My firm"


@click.command("seed")
@click.option("--demo", is_flag=True, help="Two firms with sixty days of bookings, and log-ins for every role.")
@click.option("--name", default=FIRST_FIRM, show_default=True, help="What the business is called.")
@click.option("--email", default="owner@kontor.example", show_default=True, help="The owner's address.")
@click.option("--owner", default="The owner", show_default=True, help="What the owner is called.")
@click.option("--yes", is_flag=True, help="Write the demo although this is production.")
@speaking
def seed(out: Output, *, demo: bool, name: str, email: str, owner: str, yes: bool) -> None:
    """Write what a new database needs to be used; what is there already is left alone."""
    if demo and settings().is_production and not yes:
        raise click.ClickException("This is production: the demo writes invented people. Add --yes if that is meant.")
    with force_locale("en"):
        made = _seed_demo(out) if demo else _seed_first(name, email, owner)
    out.result(made, _in_lines(made))


def _seed_first(name: str, email: str, owner: str) -> dict[str, Any]:
    order = _first_owner(owner, email)
    password = passwords.made_up()
    kept = passwords.hashed(password)
    with transaction():
        wait_for_turn()
        business = default_business()
        is_new = business is None
        if business is None:
            business = add(Business(slug="main", name=name, email=email))
            with within(business.id):
                members.let_in(order, password_hash=kept, language=business.language, tell=False)
                db.session.flush()
    return {"created": is_new, "businesses": [_shown(business, {email: password} if is_new else {})]}


def _first_owner(name: str, email: str) -> MemberOrder:
    try:
        return MemberOrder(name=name, email=email, role=Role.OWNER)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        raise click.ClickException("; ".join(f"{fault['loc'][0]}: {words_for(fault)}" for fault in faults)) from None


def _seed_demo(out: Output) -> dict[str, Any]:
    password = passwords.made_up() if settings().is_production else DEMO_PASSWORD
    kept = passwords.hashed(password)
    told: dict[str, Any] = {}
    present = set(db.session.scalars(select(Business.slug)))
    end_reading()
    missing = [firm for firm in FIRMS if firm.slug not in present]
    if missing:
        with out.progress("Writing the demo", len(missing)) as advance:
            for firm in missing:
                told[firm.slug] = tell(firm, _business_of(firm, is_first=not present), kept)
                present.add(firm.slug)
                _hang_pictures(firm)
                advance(1)
    shown = []
    for firm in FIRMS:
        business = db.session.scalars(select(Business).where(Business.slug == firm.slug)).one()
        known = {person.email: password for person in firm.people} if told.get(firm.slug) else _still(firm, password)
        shown.append(_shown(business, known) | {"written": told.get(firm.slug)})
    return {"created": bool(told), "businesses": shown}


def _hang_pictures(firm: Firm) -> None:
    """The pictures of its cars, once its rows are there: files are stored outside of any transaction."""
    business_id = db.session.scalars(select(Business.id).where(Business.slug == firm.slug)).one()
    with within(business_id):
        photos.hang()


def _business_of(firm: Firm, *, is_first: bool) -> Business:
    """The firm's business; the first one answers at every host name, a later one needs a name of its own."""
    facts = dict(firm.facts)
    if not is_first and facts["hostname"] is None:
        facts["hostname"] = f"{firm.slug}.localhost"
    return Business(slug=firm.slug, uses_ai=True, **facts)


def _still(firm: Firm, password: str) -> dict[str, str]:
    """Whose password is still the demo's; in production nobody's is known any more."""
    known = {}
    for person in firm.people:
        user = user_by_mail(person.email)
        stored = user.password_hash if user is not None else None
        fits = not settings().is_production and passwords.matches(stored, password)
        known[person.email] = password if fits else OWN_PASSWORD
    return known


def _shown(business: Business, known: dict[str, str]) -> dict[str, Any]:
    """A business with its log-ins and with ids to try the API with."""
    with within(business.id):
        people = db.session.execute(
            select(User.email, User.name, User.public_id, Membership.role)
            .join(Membership, Membership.user_id == User.id)
            .order_by(Membership.id)
            .limit(20)
        ).all()
        customers = db.session.scalars(select(Customer.public_id).order_by(Customer.id).limit(3)).all()
        coming = select(Booking.public_id, Booking.reference).where(Booking.state == BookingState.CONFIRMED)
        bookings = db.session.execute(coming.order_by(Booking.id.desc()).limit(2)).all()
    end_reading()
    return {
        "id": business.public_id,
        "slug": business.slug,
        "name": business.name,
        "url": links.origin(business),
        "logIns": [
            {
                "email": row.email,
                "name": row.name,
                "role": row.role,
                "id": row.public_id,
                "password": known.get(row.email),
            }
            for row in people
        ],
        "customerIds": list(customers),
        "bookings": [{"id": row.public_id, "reference": row.reference} for row in bookings],
    }


def _in_lines(made: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for firm in made["businesses"]:
        lines += ["", f"{firm['name']}  {firm['url']}"]
        for person in firm["logIns"]:
            lines.append(f"  {person['role']:11} {person['email']:27} {person['password'] or ''}".rstrip())
        if firm["customerIds"]:
            lines.append(f"  customer ids  {', '.join(firm['customerIds'])}")
        if firm["bookings"]:
            named = (f"{booking['reference']} ({booking['id']})" for booking in firm["bookings"])
            lines.append(f"  bookings      {', '.join(named)}")
    return lines[1:] if made["businesses"] else lines
