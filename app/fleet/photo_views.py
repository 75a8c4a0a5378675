"""The photos on a car's page of the office."""

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.fleet import photos
from app.fleet.cars_views import bp, find
from app.kernel.access import Can
from app.kernel.errors import Conflict, Invalid, NoRoom, Unavailable
from app.web.doors import needs
from app.web.pages import go, toast
from app.web.security import takes_pictures


@bp.post("/<public_id>/photos")
@needs(Can.CHANGE_BOOKINGS)
@takes_pictures
def add_photos(public_id: str) -> Response:
    """Take over the pictures that were chosen; the first one that is refused is named, the others stay."""
    found, words = find(public_id), request.form.get("words", "")[:200].replace("\x00", "").strip()
    sent = [one for one in request.files.getlist("photo")[: photos.MOST] if one.filename]
    if not sent:
        toast(_("Choose a picture first."), "bad")
        return _back(public_id)
    done = 0
    for one in sent:
        try:
            photos.add_photo(found.id, one.read(), name=one.filename or "", words=words)
            done += 1
        except (Conflict, NoRoom, Unavailable) as refusal:
            toast(refusal.detail, "bad")
            return _back(public_id)
        except Invalid as refusal:
            toast(_("%(name)s: %(fault)s", name=one.filename, fault=refusal.errors[0][1]), "bad")
            return _back(public_id)
    toast(ngettext("%(num)s photo is on.", "%(num)s photos are on.", done))
    return _back(public_id)


@bp.post("/<public_id>/photos/<file_id>/earlier")
@needs(Can.CHANGE_BOOKINGS)
def show_earlier(public_id: str, file_id: str) -> Response:
    """One place to the front."""
    photos.move_photo(find(public_id).id, file_id, by=-1)
    return _back(public_id)


@bp.post("/<public_id>/photos/<file_id>/later")
@needs(Can.CHANGE_BOOKINGS)
def show_later(public_id: str, file_id: str) -> Response:
    """One place to the back."""
    photos.move_photo(find(public_id).id, file_id, by=1)
    return _back(public_id)


@bp.post("/<public_id>/photos/<file_id>/remove")
@needs(Can.CHANGE_BOOKINGS)
def remove_photo(public_id: str, file_id: str) -> Response:
    """Take it away."""
    photos.drop_photo(find(public_id).id, file_id)
    toast(_("The photo is gone."))
    return _back(public_id)


def _back(public_id: str) -> Response:
    return go(url_for("office_cars.show", public_id=public_id) + "#photos")
