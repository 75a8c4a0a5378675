"""Every route × every role, and another business's ids at every door."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pytest
from apiflask import APIFlask
from flask import g
from sqlalchemy import select, text
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.bookings.diary_models import ClosedDays
from app.bookings.field_models import FieldReport
from app.bookings.models import Booking
from app.calendar import feeds
from app.calendar.models import FeedKind
from app.crm.models import Push
from app.customers import merging
from app.fleet import photos
from app.identity import invitations
from app.identity.models import ApiToken, BrowserSession, Membership, User
from app.identity.orders import MemberOrder
from app.jobs.models import Job
from app.kernel import ids
from app.kernel.access import Role, may
from app.kernel.businesses import Business
from app.kernel.db import add, db, transaction
from app.kernel.tenancy import within
from app.messaging.batch_models import InviteBatch
from app.messaging.models import EmailLog
from app.settings.models import Logo
from app.web import security
from app.web.doors import door_of
from tests.fleet.test_holds import hold
from tests.identity.people import HOST, Browser, apart, log_in, make_member
from tests.make import a_day_ahead, make_booking, make_business, make_car, make_crew, make_driver
from tests.messaging.texting import an_invite, make_customer
from tests.settings.pictures import png

Values = dict[str, str]
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
#: Streams never end by themselves; signing out would end the walk.
LEFT_OUT = {"live.events", "identity.logout", "accounts_api.log_out", "static"}
UNKNOWN = "zzzzzzzzzzzzzzzzzzzz"


def a_merged_customer() -> tuple[str, str, str]:
    """Public ids of a customer of whom another became part, of that merge, and of news for another system."""
    kept, other = make_customer(), make_customer()
    merge = merging.merge(kept.id, other.id)
    with transaction():
        push = add(
            Push(
                target="webhook", event="customer.changed", event_id="evt_1", subject=kept.marker,
                subject_public_id=kept.public_id, state="failed",
            )
        )  # fmt: skip
    return kept.public_id, merge.public_id, push.public_id


@dataclass(frozen=True)
class Call:
    """One way to call one route."""

    rule: Rule
    method: str

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def is_api(self) -> bool:
        """Whether programs call it."""
        return self.rule.rule.startswith(("/api/", "/webhooks/"))

    def path(self, values: Values) -> str:
        """The address; a part that nobody thought of fails the walk."""
        family = self.rule.endpoint.partition(".")[0]
        return re.sub(r"<(?:[^<>]+:)?([^<>:]+)>", lambda found: values[f"{family}.{found[1]}"], self.rule.rule)


def calls(app: APIFlask) -> Iterator[Call]:
    """Everything that can be called; programs' doors first, for some pages take a user's tokens away."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (not rule.rule.startswith("/api/"), rule.rule)):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.endpoint not in LEFT_OUT:
                yield Call(rule, method)


class Visitor:
    """Somebody who asks at doors, as a browser and as a program."""

    def __init__(self, app: APIFlask, email: str | None) -> None:
        self.client = app.test_client()
        self.headers: dict[str, str] = {}
        if email is not None:
            answer = log_in(self.client, email)
            assert answer.status_code == 200, answer.text
            self.headers = {"Authorization": f"Bearer {answer.json['token']}"}  # type: ignore[index]  # it has a body
            page = Browser(self.client).sign_in(email)
            assert page.status_code == 303, page.text

    def ask(self, call: Call, path: str) -> TestResponse:
        """Call it; unsafe calls carry a body of the kind that the door takes."""
        more = {"json": {}} if call.is_api else {"data": {"x": "y"}}
        return apart(
            self.client.open,
            path,
            method=call.method,
            base_url=HOST,
            headers=self.headers if call.is_api else {},
            **(more if call.method in UNSAFE else {}),
        )


def values_of(app: APIFlask, business: Business) -> Values:
    """Real ids of that business for every part of every address."""
    with within(business.id), app.test_request_context():
        g.business = business
        crew = make_crew()
        booked = make_booking()
        invite = an_invite(message="Book: {link}")
        car, driver = make_car(), make_driver()
        car_photo = photos.add_photo(car.id, png())
        customer, merge, push = a_merged_customer()
        with transaction():
            batch = add(InviteBatch(message="Time to move?"))
        held = hold(car, client="visitor:somebody")
        feed = feeds.renew(FeedKind.BUSINESS)
        with transaction():
            closed = add(ClosedDays(first=a_day_ahead(30), last=a_day_ahead(31)))
            mark = ids.public_id()
            logo = add(Logo(mark=mark, content_type="image/png", content=b"no picture"))
        invited = invitations.invite(
            MemberOrder(name="Bo Ek", email="bo@majorna.example", role=Role.DRIVER), language="sv"
        )
        one = db.session.scalars(select(Booking).where(Booking.id == booked.id)).one()
        with transaction():
            report = add(
                FieldReport(
                    booking_id=booked.id, user_id=1, key=ids.public_id(), kind="extra", words="Packing", minutes=60,
                    signed_by="Anna Lindqvist", signature=b"no picture", said_at=one.created_at,
                )
            )  # fmt: skip
        email = db.session.scalars(select(EmailLog)).first()
        job = db.session.scalars(select(Job)).first()
        member = db.session.scalars(select(Membership).order_by(Membership.id.desc())).first()
        assert email is not None
        assert job is not None
        assert member is not None
        user = db.session.get(User, member.user_id)
        assert user is not None
        session = db.session.scalars(select(BrowserSession)).first()
        token = db.session.scalars(select(ApiToken)).first()
    return {
        "customers.customer_id": customer,
        "customers.merge_id": merge,
        "customers_api.customer_id": customer,
        "crm.push_id": push,
        "batches.batch_id": batch.public_id,
        "bookings.reference": one.reference,
        "bookings.report_id": report.public_id,
        "board.reference": one.reference,
        "board.public_id": crew.public_id,
        "feeds.secret": "nothing",
        "feeds.public_id": feed.public_id,
        "numbers.key": "late",
        "numbers.public_id": crew.public_id,
        "portal.reference": one.reference,
        "driver.reference": one.reference,
        "changing.reference": one.reference,
        "again.reference": one.reference,
        "follow_up.reference": one.reference,
        "portal.service": "move",
        "bookings_api.booking_id": one.public_id,
        "emails.email_id": email.public_id,
        "emails.number": "1",
        "emails_api.email_id": email.public_id,
        "outbox.email_id": email.public_id,
        "outbox.act": "deliver",
        "queue.job_id": job.public_id,
        "queue.name": "tidy",
        "queue.code": "program",
        "jobs_api.job_id": job.public_id,
        "users.public_id": user.public_id,
        "account.public_id": session.public_id if session else UNKNOWN,
        "account.jti": token.jti if token else UNKNOWN,
        "invites_api.invite_id": invite.public_id,
        "sms.sms_id": invite.public_id,
        "sms.call_id": "1",
        "sms.act": "deliver",
        "visits.code": invite.link_code or UNKNOWN,
        "plans_api.plan_id": "starter",
        "plans_api.business_id": business.public_id,
        "identity.token": UNKNOWN,
        "link.token": UNKNOWN,
        "office.name": "mail",
        "crew": crew.public_id,
        "fleet_api.hold_id": held.public_id,
        "office_cars.public_id": car.public_id,
        "office_cars.number": "1",
        "bookings.look_id": "1",
        "office_cars.season_id": "1",
        "office_cars.file_id": car_photo.file.public_id,
        "files.file_id": car_photo.file.public_id,
        "office_drivers.public_id": driver.public_id,
        "office_drivers.number": "1",
        "fleet_admin_api.car_id": car.public_id,
        "fleet_admin_api.driver_id": driver.public_id,
        "asking.service": "move",
        "settings.section": "firm",
        "settings.kind": "move",
        "settings.message": "booking_received",
        "settings.language": "en",
        "settings.public_id": crew.public_id,
        "settings.closed_id": str(closed.id),
        "settings.mark": logo.mark,
        "joining.public_id": invited.public_id,
        "joining.token": UNKNOWN,
    }


@pytest.fixture
def open_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buttons without their token: the walk is about rights and rows."""
    monkeypatch.setattr(security.csrf, "protect", lambda: None)


@pytest.mark.parametrize("role", [None, *Role])
def test_every_role_at_every_door(clean: APIFlask, business: Business, open_forms: None, role: Role | None) -> None:
    if role is not None:
        make_member(f"{role}@majorna.example", role)
    make_member("first@majorna.example", Role.OWNER)
    visitor = Visitor(clean, f"{role}@majorna.example" if role is not None else None)
    values = values_of(clean, business) | {"account.public_id": UNKNOWN, "account.jti": UNKNOWN}
    wrong = []
    for call in calls(clean):
        door = door_of(clean, call.rule.endpoint)
        assert door is not None
        answer = visitor.ask(call, call.path(values))
        allowed = door.open or (role is not None and any(may(role, right) for right in door.needs))
        to_login = answer.status_code == 303 and "/login" in answer.headers.get("Location", "") and not door.open
        turned_away = answer.status_code == 403 if role is not None else answer.status_code == 401 or to_login
        if answer.status_code >= 500 or (not allowed and not turned_away):
            wrong.append(f"{call}: {answer.status_code}, allowed {allowed}")
        if allowed and not door.open and (answer.status_code == 401 or to_login):
            wrong.append(f"{call}: led to the log-in though {role} may")
    assert wrong == [], "\n".join(wrong)


def test_foreign_ids_look_exactly_like_unknown_ones(clean: APIFlask, business: Business, open_forms: None) -> None:
    theirs = make_business("biler", name="Aarhus Biler")
    with within(theirs.id):
        make_member("stranger@biler.example", Role.OWNER)
    foreign = values_of(clean, theirs)
    make_member("ada@majorna.example", Role.OWNER)
    visitor = Visitor(clean, "ada@majorna.example")
    unknown = {
        name: UNKNOWN if len(value) == 20 else "ZZZZ-ZZZZ" if len(value) == 9 else value
        for name, value in foreign.items()
    }
    before = _everything(theirs)
    wrong, looked = [], 0
    for call in calls(clean):
        if "<" not in call.rule.rule or call.path(foreign) == call.path(unknown):
            continue
        looked += 1
        asked, lost = (visitor.ask(call, call.path(values)) for values in (foreign, unknown))
        same = (asked.status_code, _body(asked, foreign)) == (lost.status_code, _body(lost, unknown))
        if not same or asked.status_code < 400:
            wrong.append(f"{call}: {asked.status_code} for a foreign id, {lost.status_code} for an unknown one")
    assert wrong == []
    assert looked > 15
    assert _everything(theirs) == before


def _body(answer: TestResponse, values: Values) -> str:
    body = re.sub(r"[0-9a-f]{16}", "", answer.text)
    body = re.sub(r'content="[^"]+"|value="[^"]+"', "", body)
    for value in sorted(set(values.values()), key=len, reverse=True):
        if len(value) > 6:
            body = body.replace(value, "")
    return body


def _everything(business: Business) -> list[object]:
    tables = [
        table
        for table in db.metadata.sorted_tables
        if "business_id" in table.c and table.name not in ("events", "audit_log")
    ]
    rows = (
        db.session.execute(
            text(f"select * from {table.name} where business_id = :b order by id"), {"b": business.id}
        ).all()
        for table in tables
    )
    found = [tuple(row) for row in chain.from_iterable(rows)]
    db.session.rollback()
    return found
