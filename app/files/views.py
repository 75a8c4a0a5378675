"""The one door to files: it asks each time."""

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, make_response, request
from sqlalchemy import select

from app.files import rights, stored
from app.files.models import StoredFile
from app.kernel.config import settings
from app.kernel.errors import NotFound
from app.web.doors import public
from app.web.pages import one_or_404

bp = Blueprint("files", __name__)


@public
def show(file_id: str) -> Response:
    """A file's bytes, to those who may see it; for all others there is none."""
    found = one_or_404(select(StoredFile).where(StoredFile.public_id == file_id))
    if not rights.may_see(found):
        raise NotFound()
    answer = make_response()
    answer.set_etag(found.sha256)
    answer.headers["Content-Type"] = found.content_type
    answer.headers["Content-Disposition"] = f'inline; filename="{found.public_id}"'
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if rights.is_public(found):
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if found.sha256 in request.if_none_match:
        answer.status_code = 304
        return answer
    content = stored.content_of(found)
    if content is None:
        raise NotFound()
    answer.set_data(content)
    return answer


def set_up(_app: Flask) -> None:
    """Stand where UPLOAD_BASE_URL says; an address in front of a cache leads to the same path."""
    path = urlsplit(settings().upload_base_url).path.rstrip("/") or "/api/files"
    if not bp.deferred_functions:
        bp.add_url_rule(f"{path}/<file_id>", "show", show)
