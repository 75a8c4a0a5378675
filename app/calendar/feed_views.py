"""The door that calendar programs read at, and the pages on which its addresses are made, replaced and revoked."""

from flask import Blueprint, Response, g, make_response, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from app.bookings.portal import navigation
from app.calendar import contents, feeds, personal_data
from app.calendar.models import Feed, FeedKind
from app.fleet.models import Resource
from app.identity.models import User
from app.kernel.access import Can, Role
from app.kernel.businesses import get_business
from app.kernel.db import db
from app.kernel.tenancy import within
from app.web.doors import needs, public
from app.web.i18n import speaking
from app.web.limits import limiter
from app.web.pages import go, one_or_404, render, toast

bp = Blueprint("feeds", __name__)
bp.context_processor(navigation)
#: Modules that are loaded for what they say at import.
PARTS = (personal_data,)
TYPE = "text/calendar; charset=utf-8"


@bp.get("/calendar/<secret>.ics")
@public
@limiter.limit("120/minute")
def show(secret: str) -> Response:
    """The bookings behind that secret; 304 where the program has them already."""
    feed, role = feeds.opened_by(secret[:100])
    business = get_business(feed.business_id)
    with within(business.id):
        g.business = business
        language = _language(feed, business.language)
        mark = contents.mark_of(feed, role, business, language)
        if mark in request.if_none_match:
            return _dressed(make_response("", 304), mark)
        with speaking(language):
            answer = make_response(contents.written(feed, role, business))
    answer.headers.update({"Content-Type": TYPE, "Content-Disposition": 'inline; filename="calendar.ics"'})
    return _dressed(answer, mark)


def _dressed(answer: Response, mark: str) -> Response:
    answer.headers.update({"Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"})
    answer.set_etag(mark)
    return answer


@bp.get("/account/calendar")
@needs(Can.READ_OWN_BOOKINGS, Can.READ_ASSIGNED_BOOKINGS)
def own() -> Response:
    """One's own address: what one booked, or the jobs that one has."""
    feed = feeds.feed_of_user(current_user.user_id)
    is_customer = current_user.role == Role.CUSTOMER
    address = feeds.address(feed) if feed is not None else ""
    return render("calendar/own.html", feed=feed, address=address, is_customer=is_customer)


@bp.post("/account/calendar")
@needs(Can.READ_OWN_BOOKINGS, Can.READ_ASSIGNED_BOOKINGS)
def renew_own() -> Response:
    """Make the address, or another one in its place."""
    feeds.renew(FeedKind.USER, user_id=current_user.user_id)
    toast(_("Here is your address. One from before opens nothing any more."))
    return go(url_for(".own"))


@bp.post("/account/calendar/revocation")
@needs(Can.READ_OWN_BOOKINGS, Can.READ_ASSIGNED_BOOKINGS)
def revoke_own() -> Response:
    """End it."""
    feed = feeds.feed_of_user(current_user.user_id)
    if feed is not None:
        feeds.revoke(feed.id)
    toast(_("The address opens nothing any more."))
    return go(url_for(".own"))


@bp.get("/admin/calendar/addresses")
@needs(Can.CHANGE_BOOKINGS)
def addresses() -> Response:
    """The addresses of the whole business, and of each crew, car and driver."""
    known = feeds.feeds_of_office()
    rows = select(Resource).where(Resource.retired_at.is_(None))
    resources = db.session.scalars(rows.order_by(Resource.kind.desc(), Resource.name, Resource.id)).all()
    return render("calendar/addresses.html", known=known, resources=resources, address=feeds.address)


@bp.post("/admin/calendar/addresses")
@needs(Can.CHANGE_BOOKINGS)
def renew() -> Response:
    """Make one, or another one in its place; without a crew, car or driver that of the whole business."""
    wanted = request.form.get("resource", "")
    resource = one_or_404(select(Resource).where(Resource.public_id == wanted)) if wanted else None
    feeds.renew(FeedKind.RESOURCE if resource else FeedKind.BUSINESS, resource_id=resource.id if resource else None)
    toast(_("Here is the address. One from before opens nothing any more."))
    return go(url_for(".addresses"))


@bp.post("/admin/calendar/addresses/<public_id>/revocation")
@needs(Can.CHANGE_BOOKINGS)
def revoke(public_id: str) -> Response:
    """End one."""
    feed = one_or_404(select(Feed).where(Feed.public_id == public_id, Feed.kind != FeedKind.USER))
    feeds.revoke(feed.id)
    toast(_("The address opens nothing any more."))
    return go(url_for(".addresses"))


def _language(feed: Feed, of_business: str) -> str:
    user = db.session.get(User, feed.user_id) if feed.user_id is not None else None
    return user.language if user is not None else of_business
