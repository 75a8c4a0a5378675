"""Files as verbs: keep a picture, take it away, read it. The bytes are safe before the row that names them."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import func, select

from app.files.bare import bared
from app.files.jobs import FORGET
from app.files.models import StoredFile
from app.files.pictures import Picture, picture_in
from app.files.providers.choice import file_place
from app.jobs.queue import enqueue
from app.kernel.access import current_actor
from app.kernel.answers import ProviderError
from app.kernel.config import settings
from app.kernel.db import add, db, end_reading, in_transaction
from app.kernel.errors import Invalid, NoRoom, Unavailable
from app.kernel.ids import public_id
from app.kernel.tenancy import current_business_id
from app.web.checks import LEAST_FREE

#: A photo as a phone's camera makes it; the browser sends a smaller one.
MOST_BYTES = 12_000_000
MOST_PIXELS = 12_000
#: What a business may keep in all.
MOST_IN_ALL = 500_000_000


@dataclass(frozen=True)
class Placed:
    """Bytes that lie where they belong, but have no row yet."""

    place: str
    content: bytes
    picture: Picture
    name: str

    def as_row(self, kind: str) -> StoredFile:
        """The row that names them, written in the open transaction."""
        return add(
            StoredFile(
                kind=kind, content_type=self.picture.content_type, size=len(self.content),
                sha256=hashlib.sha256(self.content).hexdigest(), width=self.picture.width, height=self.picture.height,
                name=self.name, place=self.place, user_id=current_actor().user_id,
            )
        )  # fmt: skip


@contextmanager
def placed(sent: bytes, *, name: str = "", field: str = "photo") -> Iterator[Placed]:
    """Put a picture's bytes in their place; what is refused inside takes them away again.

    Invalid for anything but a PNG, JPEG or WebP of a size that can be shown, NoRoom, Unavailable.
    """
    picture, content = checked(sent, field)
    _must_have_room(len(content))
    place = f"{current_business_id()}/{public_id()}"
    try:
        file_place().put(place, content, picture.content_type)
    except ProviderError as error:
        raise Unavailable(_("The picture could not be stored just now. Try again in a moment.")) from error
    try:
        yield Placed(place, content, picture, cleaned(name))
    except BaseException:
        if not in_transaction():
            with suppress(ProviderError, OSError):
                file_place().drop(place)
        raise


def checked(sent: bytes, field: str = "photo") -> tuple[Picture, bytes]:
    """The picture and its bytes without what the camera told of itself; Invalid names what is wrong with it."""
    if not sent:
        raise Invalid([(field, _("Choose a picture first."))])
    if len(sent) > MOST_BYTES:
        raise Invalid([(field, _("This picture is larger than 12 MB. Save it smaller."))])
    picture = picture_in(sent)
    content = bared(sent) if picture is not None else None
    if picture is None or content is None:
        raise Invalid([(field, _("This is not a PNG, JPEG or WebP picture."))])
    if not 0 < max(picture.width, picture.height) <= MOST_PIXELS or not min(picture.width, picture.height):
        raise Invalid([(field, _("This picture has more than 12,000 pixels on a side. Save it smaller."))])
    return picture, content


def cleaned(name: str) -> str:
    """What a file was called, as a label: no folders, nothing that does not print."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:200].strip()


def drop(file: StoredFile) -> None:
    """Take the row away now, in the open transaction; the worker takes the bytes away."""
    enqueue(FORGET, once=f"file:{file.public_id}", place=file.place)
    db.session.delete(file)
    db.session.flush()


def forget(place: str) -> None:
    """Take bytes away that no row names; those that one does name stay."""
    if db.session.scalar(select(StoredFile.id).where(StoredFile.place == place)) is None:
        end_reading()
        file_place().drop(place)


def content_of(file: StoredFile) -> bytes | None:
    """The bytes; None where they are lost. Unavailable while the place cannot be reached."""
    try:
        return file_place().get(file.place)
    except ProviderError as error:
        raise Unavailable(_("The picture cannot be fetched just now.")) from error


def _must_have_room(size: int) -> None:
    taken = db.session.scalar(select(func.coalesce(func.sum(StoredFile.size), 0))) or 0
    if taken + size > MOST_IN_ALL:
        raise NoRoom(_("Your pictures take up 500 MB, which is all there is. Remove some first."))
    if settings().storage_type == "local":
        place = settings().upload_path
        while not place.exists():
            place = place.parent
        if shutil.disk_usage(place).free < LEAST_FREE:
            raise NoRoom()
