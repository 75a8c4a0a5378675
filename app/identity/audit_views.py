"""The audit log: who did what that matters, for the owner to read."""

from datetime import date, datetime, timedelta

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext as _l

from app.identity.queries import audit_entries, names_of
from app.kernel import clock
from app.kernel.access import Can
from app.kernel.audit import AuditEntry
from app.web.days import day_in
from app.web.doors import current_business, needs
from app.web.nav import Entry, add_entry
from app.web.pages import page_number, paged, render

bp = Blueprint("audit", __name__, url_prefix="/admin/audit")

#: What stands in the log, in words; what is not listed is shown by its name.
DEEDS = {
    "login": _l("Signed in"),
    "login.entered": _l("Chose a business"),
    "login.failed": _l("Wrong password"),
    "login.refused": _l("Too many wrong passwords"),
    "login.link_asked": _l("Asked for a link to sign in"),
    "logout": _l("Signed out"),
    "access.refused": _l("Was refused a page"),
    "account.registered": _l("Opened an account"),
    "account.exists": _l("Registered again"),
    "account.joined": _l("Became a customer here"),
    "account.changed": _l("Changed own details"),
    "account.address_proved": _l("Proved the address by a mailed link"),
    "account.ended": _l("Ended an account"),
    "account.erased": _l("Erased own data"),
    "bookings.joined": _l("Older bookings joined the account"),
    "password.reset_asked": _l("Asked for a new password"),
    "password.reset": _l("Chose a new password by mail"),
    "password.changed": _l("Changed the password"),
    "session.ended": _l("Ended a session"),
    "token.issued": _l("Got an API token"),
    "token.revoked": _l("Revoked an API token"),
    "member.added": _l("Let somebody in"),
    "member.role_changed": _l("Changed a role"),
    "member.disabled": _l("Kept somebody out"),
    "member.enabled": _l("Let somebody in again"),
    "member.invited": _l("Invited somebody"),
    "member.invitation_withdrawn": _l("Took an invitation back"),
    "member.joined": _l("Joined by an invitation"),
    "second.begun": _l("Set up the second step"),
    "second.ended": _l("Took the second step off"),
    "second.failed": _l("Wrong code"),
    "second.recovered": _l("Used a recovery code"),
    "second.codes": _l("Made new recovery codes"),
    "settings.changed": _l("Changed settings"),
    "settings.logo": _l("Changed the logo"),
    "settings.texts": _l("Changed the words of a message"),
    "settings.offer": _l("Changed what is offered"),
    "settings.prices": _l("Changed prices"),
    "settings.closed": _l("Closed on days"),
    "settings.reopened": _l("Opened on days again"),
    "settings.crew_added": _l("Added a crew"),
    "settings.crew_changed": _l("Changed a crew"),
    "settings.crew_retired": _l("Took a crew out"),
    "crew.members": _l("Said who is in a crew"),
    "car.photo_added": _l("Added a photo of a car"),
    "car.photo_dropped": _l("Deleted a photo of a car"),
    "booking.car_out": _l("Handed a car out"),
    "booking.car_back": _l("Took a car back"),
    "handover.settled": _l("Saw to new marks on a car"),
    "car.added": _l("Brought a car in"),
    "car.changed": _l("Changed a car"),
    "car.retired": _l("Took a car out of use"),
    "car.blocked": _l("Put a car off the road"),
    "car.unblocked": _l("Put a car back on the road"),
    "driver.added": _l("Brought a driver in"),
    "driver.changed": _l("Changed a driver"),
    "driver.retired": _l("Took a driver off the list"),
    "driver.blocked": _l("Noted a driver as off duty"),
    "driver.unblocked": _l("Noted a driver as back on duty"),
    "season.added": _l("Added a season"),
    "season.changed": _l("Changed a season"),
    "season.dropped": _l("Removed a season"),
    "settings.limits": _l("Changed how many jobs at once"),
    "customer.created": _l("Wrote a customer down"),
    "customer.changed": _l("Changed a customer"),
    "customer.merged": _l("Merged two customers"),
    "customer.parted": _l("Parted two customers"),
    "customer.exported": _l("Took a person’s data along"),
    "customer.erased": _l("Erased a person"),
    "crm.paused": _l("Paused news for other systems"),
    "crm.resumed": _l("Let news go to other systems"),
    "crm.replayed": _l("Sent news again"),
    "email.resend": _l("Sent a mail again"),
    "email.handled": _l("Dealt with a mail"),
    "email.replayed": _l("Applied a provider’s word again"),
    "job.retry": _l("Started a job again"),
    "job.cancel": _l("Cancelled a job"),
}
GROUPS = {
    "": _l("Everything"),
    "login": _l("Signing in"),
    "access": _l("Refused"),
    "member": _l("People and roles"),
    "password": _l("Passwords"),
    "account": _l("Accounts"),
    "token": _l("API tokens"),
    "second": _l("Second step"),
    "settings": _l("Settings"),
    "booking": _l("Bookings"),
    "customer": _l("Customers"),
    "email": _l("E-mail"),
    "job": _l("Queue"),
}

add_entry(Entry("system", _l("Audit log"), "audit.index", "history", Can.READ_AUDIT))


@bp.get("")
@needs(Can.READ_AUDIT)
def index() -> Response:
    """The log, newest first, filtered by kind, words and days."""
    group, q = request.args.get("kind", ""), request.args.get("q", "")[:100]
    since, until = day_in(request.args.get("from", "")[:10]), day_in(request.args.get("to", "")[:10])
    rows = audit_entries(
        action=group if group in GROUPS else "",
        q=q.replace("\x00", ""),
        since=_begins(since) if since else None,
        until=_begins(until + timedelta(days=1)) if until else None,
    )
    shown = paged(rows, page=page_number(), per_page=50)
    return render(
        "identity/audit.html",
        "identity/_audit.html",
        rows=shown,
        names=names_of([row.subject for row in shown]),
        q=q,
        kind=group,
        groups=GROUPS,
        since=since,
        until=until,
        deed=deed,
        changes=changes,
    )


def deed(entry: AuditEntry) -> str:
    """What was done, in words."""
    return str(DEEDS.get(entry.action) or entry.action.replace(".", ": ").replace("_", " ").capitalize())


def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """What was before and what after, name by name."""
    names = dict.fromkeys([*entry.before, *entry.after])
    return [(name, _shown(entry.before.get(name)), _shown(entry.after.get(name))) for name in names]


def _shown(value: object) -> str:
    return "" if value is None else str(value)[:200]


def _begins(day: date) -> datetime:
    return clock.wall_time(day, 0, 0, current_business().time_zone)
