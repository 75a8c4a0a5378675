"""Writing a firm of the demo, all of it in one transaction: half a demo is never left behind."""

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, text

from app.cli.demo import deeds, fieldwork, handovers, hires, mails, rows, rules
from app.cli.demo.diary import Diary
from app.cli.demo.firms import Firm, Thing
from app.cli.demo.mails import Mail
from app.cli.demo.rows import Happened, Written
from app.customers.models import Customer
from app.fleet.claims import period
from app.fleet.models import Claim, ClaimKind, Resource
from app.identity import members, proving
from app.identity.models import User
from app.identity.orders import MemberOrder
from app.identity.turns import take_turn
from app.kernel import clock
from app.kernel.access import Actor, Role
from app.kernel.businesses import Business
from app.kernel.db import add, db, transaction
from app.kernel.tenancy import within
from app.messaging import plans

#: The same demo every time.
SEED = 1


def wait_for_turn() -> None:
    """Of several that seed one database at once, each waits here for the one before, inside its transaction."""
    db.session.execute(text("set local lock_timeout = '60s'"))
    take_turn("seed")


def tell(firm: Firm, business: Business, password_hash: str) -> dict[str, int] | None:
    """Write the firm: its people, its things and sixty days of work. How many rows; None when it is there already."""
    chance = Random(SEED)
    diary = Diary(firm, clock.now(), chance)
    written = [rows.as_booking(booking, firm, chance) for booking in diary.fill()]
    # Made before the transaction begins: hundreds of mails take longer than one should stay open.
    letters = mails.confirmations(written, business, chance)
    with transaction():
        wait_for_turn()
        if db.session.scalar(select(Business.id).where(Business.slug == firm.slug)) is not None:
            return None
        add(business)
        with within(business.id):
            counts = _write(firm, diary, written, letters, _let_in(firm, password_hash))
            rules.write_rules(firm)
            plans.subscribe(business.id, "starter")
            db.session.flush()
    return counts


def _let_in(firm: Firm, password_hash: str) -> dict[Role, User]:
    found = {}
    for person in firm.people:
        order = MemberOrder(name=person.name, email=person.email, role=person.role)
        # In English, so that whoever tries the demo can read its pages; the language can be changed on each of them.
        user = members.let_in(order, password_hash=password_hash, language="en", tell=False).user
        proving.note(user)
        found[person.role] = user
    return found


def _write(
    firm: Firm, diary: Diary, written: list[Written], letters: list[Mail], users: dict[Role, User]
) -> dict[str, int]:
    now, chance, happened = diary.now, diary.chance, Happened()
    customers = _write_customers(firm, diary, written)
    mine = users[Role.CUSTOMER]
    for found in written:
        rows.set_times(found, now, chance)
        found.row.customer_id = customers[found.planned.who.email].id
        found.row.booked_by = mine.id if found.planned.who.email == mine.email else None
    resent = mails.settle(letters, customers, diary, now, chance)
    rows.write(found.row for found in written)
    _write_claims(firm, written, users[Role.DRIVER], now, chance)
    _write_mails(letters, resent, customers)
    office, driver = (_actor(users[role], role) for role in (Role.DISPATCHER, Role.DRIVER))
    rows.tell_customers(customers.values(), happened)
    for found in written:
        rows.tell_booking(found, happened, office, driver, chance)
    every = [*letters, *(again for _first, again in resent)]
    for mail in every:
        deeds.tell_mail(mail, happened, customers[mail.about.planned.who.email])
    for first, again in resent:
        deeds.tell_correction(first, again, happened, customers[first.about.planned.who.email], office)
    rows.write(happened.events())
    jobs = [job for mail in every for job in deeds.jobs_of(mail, now)]
    rows.write(sorted(jobs, key=lambda job: job.created_at))
    return {"customers": len(customers), "bookings": len(written), "mails": len(every), "jobs": len(jobs)}


def _write_customers(firm: Firm, diary: Diary, written: list[Written]) -> dict[str, Customer]:
    first_seen: dict[str, datetime] = {}
    for found in written:
        first_seen.setdefault(found.planned.who.email, found.row.created_at)
    customers = rows.as_customers(diary.people, firm, first_seen)
    rows.write(customers.values())
    return customers


def _write_claims(firm: Firm, written: list[Written], driver: User, now: datetime, chance: Random) -> None:
    resources: dict[Thing, Resource] = {
        thing: Resource(kind=thing.kind, name=thing.name, label=thing.label) for thing in firm.things
    }
    rows.write(resources.values())
    hires.write_fleet(resources, driver, chance)
    fieldwork.write_fieldwork(written, resources, driver)
    claimed = rows.as_claims(written, resources)
    rows.write(claim for _found, claim in claimed)
    rows.write(rows.as_links(claimed))
    let = hires.write_hires(written, resources, str(firm.facts["currency"]), chance)
    handovers.write_handovers(let, driver, chance)
    taken = [claim for hire in let for claim in hire.claims]
    rows.write(_time_off(resources, [*taken, *(claim for _found, claim in claimed)], now))


def _time_off(resources: dict[Thing, Resource], taken: list[Claim], now: datetime) -> list[Claim]:
    """The last crew or car is off for some hours tomorrow, where it has nothing to do then."""
    resource = list(resources.values())[3]
    start = (now + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    for hours in range(12):
        during = period(start + timedelta(hours=hours), start + timedelta(hours=hours + 5))
        mine = [claim.during for claim in taken if claim.resource_id == resource.id]
        if not any(other.overlaps(during) for other in mine):
            off = Claim(resource_id=resource.id, kind=ClaimKind.BLOCK, during=during, reason="Off sick", created_at=now)
            return [off]
    return []


def _write_mails(letters: list[Mail], resent: list[tuple[Mail, Mail]], customers: dict[str, Customer]) -> None:
    every = [*letters, *(again for _first, again in resent)]
    for mail in every:
        customer = customers[mail.about.planned.who.email]
        mail.row.customer_id = customer.id
        mail.row.about = [mail.about.row.marker, f"customer:{customer.id}"]
    rows.write(mail.row for mail in letters)
    for first, again in resent:
        again.row.resend_of_id = first.row.id
    rows.write(again.row for _first, again in resent)
    for mail in every:
        for part in mail.parts:
            part.email_id = mail.row.id
        for attempt in mail.attempts:
            attempt.email_id = mail.row.id
    rows.write(part for mail in every for part in mail.parts)
    rows.write(attempt for mail in every for attempt in mail.attempts)


def _actor(user: User, role: Role) -> Actor:
    return Actor("user", user_id=user.id, role=role, name=user.name)
