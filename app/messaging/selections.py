"""Several customers at once: who can be invited, who cannot and why, what it costs, and then the sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, and_, func, or_, select, true

from app.customers.models import Customer
from app.kernel import clock
from app.kernel.businesses import get_business
from app.kernel.db import db, transaction
from app.kernel.errors import Refusal
from app.kernel.tenancy import current_business_id
from app.messaging import consent, invite_texts, invites, plans, quiet_hours, segments, sms_queries
from app.messaging.segments import Parts
from app.messaging.sms_models import Sms

#: As many as one press of a button sends.
MOST_AT_ONCE = 100
#: What a code for a link stands in for, while there is none yet.
_SAMPLE_CODE = "x" * invite_texts.CODE_LENGTH


@dataclass(frozen=True)
class Recipient:
    """A customer and why they get none: `no_mobile`, `opted_out`, `recent`, `too_long`, `limit`, `lapsed`, or empty."""

    customer: Customer
    problem: str
    parts: int


@dataclass(frozen=True)
class Preview:
    """What a press of the button would do."""

    recipients: tuple[Recipient, ...]
    #: The text for the first of them, and what it measures.
    example: str
    measured: Parts
    cost: Decimal
    left: int
    waits_until_morning: bool

    @property
    def going(self) -> list[Recipient]:
        """Those who get one."""
        return [one for one in self.recipients if not one.problem]

    @property
    def problems(self) -> dict[str, list[str]]:
        """Why some get none, with their names."""
        found: dict[str, list[str]] = {}
        for one in self.recipients:
            if one.problem:
                found.setdefault(one.problem, []).append(one.customer.name)
        return found


@dataclass(frozen=True)
class Outcome:
    """What became of one of them: the invite, or the refusal in words."""

    customer: Customer
    sms: Sms | None
    refusal: str = ""


def like(typed: str, tag: str = "") -> Select[Customer]:
    """The customers whom those words may mean, by name, address or number, and who bear that tag if one is given."""
    query = " ".join(typed.split())[:100]
    ways = [and_(true(), *(Customer.name.icontains(word, autoescape=True) for word in query.split()))]
    if "@" in query:
        ways.append(func.lower(Customer.email) == query.lower())
    digits = "".join(char for char in query if char.isdigit())
    if len(digits) >= 4:
        ways.append(Customer.phone_number.endswith(digits.lstrip("0"), autoescape=True))
    bearing = [Customer.tags.contains([tag])] if tag else []
    return select(Customer).where(or_(*ways), *bearing).order_by(Customer.name_key, Customer.id)


def tags() -> list[str]:
    """The tags that customers of this business bear, in order."""
    each = select(func.unnest(Customer.tags).label("tag")).distinct().subquery()
    return list(db.session.scalars(select(each.c.tag).order_by(each.c.tag)))


def customers_of(public_ids: Sequence[str]) -> list[Customer]:
    """Those of the customers that there are, in the order given; at most a hundred."""
    wanted = list(dict.fromkeys(public_ids))[:MOST_AT_ONCE]
    known = {one.public_id: one for one in db.session.scalars(select(Customer).where(Customer.public_id.in_(wanted)))}
    return [known[public_id] for public_id in wanted if public_id in known]


def preview(customers: Sequence[Customer], message: str, *, also_recent: bool = False) -> Preview:
    """What would become of each, as things stand; nothing is written."""
    business, now = get_business(current_business_id()), plans.standing()
    stopped = consent.stopped_among([one.phone_number for one in customers])
    since = clock.now() - invites.COOL_DOWN
    recent = set() if also_recent else sms_queries.recently_invited([one.id for one in customers], since)
    link = invite_texts.link_of(business, _SAMPLE_CODE)
    recipients, left, price = [], now.left, Decimal(0)
    for one in customers:
        body = invite_texts.filled(message, one, business, link)
        problem, parts = problem_of(one, body, stopped, recent), segments.measured(body).count
        if not problem and left <= 0:
            problem = "lapsed" if now.has_lapsed else "limit"
        if not problem:
            left -= 1
            price += parts * now.part_price
        recipients.append(Recipient(one, problem, parts))
    first = customers[0] if customers else Customer(name="Anna Lindqvist")
    example = invite_texts.filled(message, first, business, link)
    at = clock.now()
    return Preview(
        tuple(recipients), example, segments.measured(example), price, left,
        quiet_hours.allowed_from(at, business.time_zone) > at,
    )  # fmt: skip


def send(customers: Sequence[Customer], message: str, *, also_recent: bool = False) -> list[Outcome]:
    """Invite each who can be, in one transaction; what became of each. A refusal of one keeps no other back."""
    since = clock.now() - invites.COOL_DOWN
    outcomes = []
    with transaction():
        stopped = consent.stopped_among([one.phone_number for one in customers])
        recent = set() if also_recent else sms_queries.recently_invited([one.id for one in customers], since)
        for one in customers:
            if problem_of(one, "", stopped, recent) == "recent":  # refusals come from the verb itself, in its words
                outcomes.append(Outcome(one, None, "recent"))
                continue
            try:
                made = invites.invite(one.id, message)
            except Refusal as refusal:
                outcomes.append(Outcome(one, None, str(refusal.detail)))
            else:
                outcomes.append(Outcome(one, made.sms))
    return outcomes


def problem_of(customer: Customer, body: str, stopped: set[str], recent: set[int]) -> str:
    """Why the customer gets no invite of that text, whatever the plan says; empty when nothing is in the way."""
    if not consent.takes_messages(customer.phone_number):
        return "no_mobile"
    if customer.phone_number in stopped:
        return "opted_out"
    if len(body) > segments.LONGEST:
        return "too_long"
    return "recent" if customer.id in recent else ""
