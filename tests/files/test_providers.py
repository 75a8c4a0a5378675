"""The same of a folder and of a store that speaks as S3."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.cli import inside
from app.files.providers.choice import file_place
from app.files.providers.contract import FilePlace
from app.files.providers.local import LocalFolder
from app.files.providers.s3 import S3Bucket
from app.fleet import photos
from app.kernel.answers import ProviderError
from app.kernel.businesses import Business
from app.kernel.config import settings
from app.kernel.errors import Unavailable
from tests.identity.people import Browser
from tests.make import make_car
from tests.settings.pictures import png
from tests.standins.s3 import BUCKET, KEY_ID, REGION, S3, SECRET

NAME = "1/0123456789abcdefghjk"


@pytest.fixture
def bucket(business: object) -> Iterator[S3]:
    """A store of the tests."""
    with S3() as standin:
        yield standin


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> FilePlace:
    """Where files lie."""
    if request.param == "folder":
        return LocalFolder(tmp_path / "uploads")
    return S3Bucket(BUCKET, REGION, request.getfixturevalue("bucket").url, KEY_ID, SECRET)


def test_what_is_put_is_got_until_it_is_dropped(place: FilePlace) -> None:
    assert place.get(NAME) is None
    place.put(NAME, b"\x00picture", "image/png")
    assert place.get(NAME) == b"\x00picture"
    place.put(NAME, b"another", "image/png")
    assert place.get(NAME) == b"another"
    place.drop(NAME)
    place.drop(NAME)
    assert place.get(NAME) is None


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("a file where the folder should be")
    with pytest.raises(ProviderError):
        LocalFolder(tmp_path / "uploads").put(NAME, b"picture", "image/png")


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    place = LocalFolder(tmp_path)
    (tmp_path / NAME).mkdir(parents=True)  # the name is taken by something that is no file
    with pytest.raises(ProviderError):
        place.put(NAME, b"picture", "image/png")
    assert [file.name for file in (tmp_path / "1").iterdir()] == [NAME.partition("/")[2]]


def test_pictures_go_where_the_settings_say(
    bucket: S3, business: Business, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {
        "storage_type": "s3", "s3_bucket": BUCKET, "s3_region": REGION, "s3_endpoint_url": bucket.url,
        "aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET,
    }  # fmt: skip
    for name, value in said.items():
        monkeypatch.setattr(settings(), name, value)
    made = photos.add_photo(make_car().id, png())
    assert list(bucket.objects) == [made.file.place]
    assert Browser(client).get(made.file.url).data == png()
    assert inside.storage().how == "ok"
    assert list(bucket.objects) == [made.file.place]  # the doctor's trial is gone again
    bucket.misbehave("500", times=5)
    with pytest.raises(Unavailable):
        photos.add_photo(made.car_id, png())
    assert inside.storage().how == "bad"
    monkeypatch.setattr(settings(), "run_mode", "dry")
    assert isinstance(file_place(), LocalFolder)


def test_wrong_keys_are_refused(bucket: S3) -> None:
    with pytest.raises(ProviderError) as refused:
        S3Bucket(BUCKET, REGION, bucket.url, KEY_ID, "another secret").put(NAME, b"picture", "image/png")
    assert refused.value.status == 403
    assert bucket.objects == {}


def test_a_store_that_is_unwell_is_an_outage(bucket: S3) -> None:
    bucket.misbehave("500")
    with pytest.raises(ProviderError) as refused:
        S3Bucket(BUCKET, REGION, bucket.url, KEY_ID, SECRET).put(NAME, b"picture", "image/png")
    assert refused.value.is_outage
