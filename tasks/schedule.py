"""What comes round by itself. The times are UTC, at night in our countries, and apart from each other."""

from app.bookings import jobs as bookings
from app.crm import jobs as crm
from app.customers import jobs as customers
from app.fleet import jobs as fleet
from app.identity import jobs as identity
from app.jobs import chores
from app.jobs.schedule import daily, every, periodic
from app.messaging import jobs as messaging

periodic("jobs.forget_old", chores.FORGET_OLD, daily(1, 40))
periodic("messaging.forget_old", messaging.FORGET_OLD, daily(2, 10))
periodic("identity.forget_old", identity.FORGET_OLD, daily(2, 40))
# A hold ends by itself; this tells pages of those whose own job was lost.
periodic("fleet.release_lapsed", fleet.RELEASE_LAPSED, every(minutes=1))
periodic("messaging.ask_states", messaging.ASK_STATES, every(minutes=15))
periodic("bookings.remind", bookings.REMIND, every(minutes=10))
periodic("bookings.forget_photos", bookings.FORGET_PHOTOS, daily(3, 25))
periodic("bookings.forget_unused", bookings.FORGET_UNUSED, daily(3, 40))
periodic("crm.forget_old", crm.FORGET_OLD, daily(3, 10))
# The version before writes customers without what they are found by.
periodic("customers.index_missing", customers.INDEX_MISSING, every(minutes=10))
