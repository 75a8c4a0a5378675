"""Real ids for every part of every address: something of each kind that has a page or a door."""

from apiflask import APIFlask
from flask import g
from sqlalchemy import select

from app.bookings.diary_models import ClosedDays
from app.bookings.field_models import FieldReport
from app.bookings.handover_models import Handover
from app.bookings.models import Booking
from app.calendar import feeds
from app.calendar.models import FeedKind
from app.crm.models import Push
from app.customers import merging
from app.fleet import photos, seasons
from app.identity import invitations
from app.identity.models import ApiToken, BrowserSession, Membership, User
from app.identity.orders import MemberOrder
from app.jobs.models import Job
from app.kernel import ids
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import add, db, transaction
from app.kernel.tenancy import within
from app.messaging.batch_models import InviteBatch
from app.messaging.models import EmailLog
from app.settings.models import Logo
from tests.fleet.test_holds import hold
from tests.make import a_day_ahead, make_booking, make_car, make_crew, make_driver
from tests.messaging.texting import an_invite, make_customer
from tests.settings.pictures import png

Values = dict[str, str]
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
            add(Handover(booking_id=booked.id, car_id=car.id, report_id=report.id, stage="out", odometer=1, level=9))
        season = seasons.add_season(
            seasons.SeasonOrder(name="Fair", first=a_day_ahead(40), last=a_day_ahead(41), percent=10)
        )
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
        "dates.reference": one.reference,
        "again.reference": one.reference,
        "follow_up.reference": one.reference,
        "portal.service": "move",
        "bookings_api.booking_id": one.public_id,
        "emails.email_id": email.public_id,
        "emails.number": "1",
        "emails.call_id": "1",
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
        "season_api.season_id": season.public_id,
        "handovers_api.handover_id": report.public_id,
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
