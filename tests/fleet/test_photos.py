"""Photos of cars: bare of what the camera told, in an order, open to everybody at the firm's own address only."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.cli.demo.photos import drawing
from app.files import stored
from app.files.models import StoredFile
from app.files.pictures import picture_in
from app.files.providers.choice import file_place
from app.files.providers.local import LocalFolder
from app.fleet import photos
from app.fleet.models import Car
from app.kernel.access import Role
from app.kernel.businesses import Business, forget_believed
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NoRoom, NotFound
from tests.files.pictures import PLACE, photo
from tests.fleet.test_office import desk  # noqa: F401  # a fixture
from tests.identity.people import Browser, make_member
from tests.make import a_day_ahead, make_business, make_car
from tests.settings.pictures import SVG, png


def shown(car: Car) -> list[str]:
    db.session.rollback()
    return [one.words for one in photos.photos_of(car.id)]


def cover(car: Car) -> str:
    db.session.rollback()
    return db.session.scalars(select(Car.cover).where(Car.id == car.id)).one()


def test_photos_stand_in_the_order_that_was_chosen(business: Business) -> None:
    car = make_car()
    version = car.version
    side, inside, boot = (
        photos.add_photo(car.id, png(at, at), words=words) for at, words in ((2, "a"), (3, "b"), (4, "c"))
    )
    assert (shown(car), cover(car)) == (["a", "b", "c"], side.file.public_id)
    photos.move_photo(car.id, boot.file.public_id, by=-1)
    photos.move_photo(car.id, boot.file.public_id, by=-1)
    photos.move_photo(car.id, boot.file.public_id, by=-1)
    assert (shown(car), cover(car)) == (["c", "a", "b"], boot.file.public_id)
    photos.move_photo(car.id, inside.file.public_id, by=1)
    photos.drop_photo(car.id, boot.file.public_id)
    assert (shown(car), cover(car)) == (["a", "b"], side.file.public_id)
    with pytest.raises(NotFound):
        photos.drop_photo(car.id, boot.file.public_id)
    assert db.session.scalars(select(Car.version).where(Car.id == car.id)).one() == version


def test_a_photo_says_nothing_of_where_it_was_taken(business: Business) -> None:
    made = photos.add_photo(make_car().id, photo(), name="C:\\Users\\Ada\\IMG_1.jpg")
    content = stored.content_of(made.file)
    assert content is not None
    assert PLACE not in content
    assert (made.file.name, made.file.size, made.file.content_type) == ("IMG_1.jpg", len(content), "image/jpeg")


@pytest.mark.parametrize("sent", [b"", SVG, b"\x00" * 12_000_001, png(20_000, 1)], ids=["none", "svg", "huge", "wide"])
def test_what_is_no_picture_is_refused_and_leaves_nothing(business: Business, sent: bytes) -> None:
    car, folder = make_car(), file_place()
    assert isinstance(folder, LocalFolder)
    before = sorted(folder.folder.rglob("*"))
    with pytest.raises(Invalid):
        photos.add_photo(car.id, sent)
    assert sorted(folder.folder.rglob("*")) == before
    assert db.session.scalar(select(StoredFile.id)) is None


def test_the_thirteenth_is_refused_and_its_bytes_are_gone(business: Business) -> None:
    car, folder = make_car(), file_place()
    assert isinstance(folder, LocalFolder)
    for _number in range(12):
        photos.add_photo(car.id, png())
    before = sorted(folder.folder.rglob("*"))
    with pytest.raises(photos.Enough):
        photos.add_photo(car.id, png())
    assert sorted(folder.folder.rglob("*")) == before


def test_a_business_keeps_500_megabytes_and_no_more(business: Business) -> None:
    car = make_car()
    made = photos.add_photo(car.id, png())
    with transaction():
        file = db.session.get(StoredFile, made.file_id)
        assert file is not None
        file.size = stored.MOST_IN_ALL
    with pytest.raises(NoRoom):
        photos.add_photo(car.id, png())


def test_bytes_that_no_row_names_are_deleted_by_the_worker(business: Business, run_jobs: Any) -> None:
    car = make_car()
    made = photos.add_photo(car.id, png())
    place = made.file.place
    stored.forget(place)  # asked for too early: a row still names them
    assert file_place().get(place) is not None
    photos.drop_photo(car.id, made.file.public_id)
    run_jobs()
    assert file_place().get(place) is None


def test_everybody_sees_them_at_the_firms_own_address_only(business: Business, client: FlaskClient, app: Any) -> None:
    make_business("biler", name="Aarhus Biler")
    made = photos.add_photo(make_car().id, png(30, 20))
    own, other = Browser(client), Browser(app.test_client(), "http://biler.localhost")
    answer = own.get(made.file.url)
    assert (answer.status_code, answer.content_type, answer.data) == (200, "image/png", png(30, 20))
    assert "immutable" in answer.headers["Cache-Control"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = own.get(made.file.url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert other.get(made.file.url).status_code == own.get("/api/files/nothing").status_code == 404


def test_a_kind_of_which_nobody_speaks_is_seen_by_nobody(business: Business, client: FlaskClient) -> None:
    with stored.placed(png()) as picture, transaction():
        file = picture.as_row("secret")
    make_member()
    owner = Browser(client)
    owner.sign_in()
    assert owner.get(file.url).status_code == 404


def test_the_office_adds_orders_and_removes_and_the_search_shows_the_first(desk: Browser) -> None:  # noqa: F811
    with transaction():
        db.session.execute(update(Business).values(services=["car"]))
    forget_believed()
    car = make_car()
    page = f"/admin/cars/{car.public_id}"
    assert "a drawing stands in" in desk.get(page).text
    sent = [(io.BytesIO(photo()), "one.jpg"), (io.BytesIO(png(9, 6)), "two.png")]
    assert desk.post(f"{page}/photos", {"photo": sent, "words": "From the side"}).status_code == 303
    first, second = (one.file for one in photos.photos_of(car.id))
    text = desk.get(page).text
    assert text.index(first.url) < text.index(second.url)
    day, then = a_day_ahead(3).isoformat(), a_day_ahead(5).isoformat()
    assert first.url in desk.get(f"/search?from={day}&to={then}").text
    found = desk.get(f"/api/v1/cars?from={day}&to={then}").get_json()["items"][0]
    assert (found["imageUrl"], found["imageAlt"]) == (first.url, "Volvo V90")
    assert desk.post(f"{page}/photos/{second.public_id}/earlier").status_code == 303
    assert cover(car) == second.public_id
    assert desk.post(f"{page}/photos/{second.public_id}/later").status_code == 303
    assert desk.post(f"{page}/photos/{first.public_id}/remove").status_code == 303
    assert shown(car) == ["From the side"]
    wrong = desk.post(f"{page}/photos", {"photo": [(io.BytesIO(SVG), "drawing.svg")]})
    assert wrong.status_code == 303
    assert "This is not a PNG, JPEG or WebP picture." in desk.get(page).text
    assert shown(car) == ["From the side"]


def test_a_photo_of_many_megabytes_is_read_where_it_is_asked_for_only(desk: Browser) -> None:  # noqa: F811
    car = make_car()
    large = png(1, 1) + b"\x00" * 3_000_000
    place = f"/admin/cars/{car.public_id}"
    assert desk.post(f"{place}/photos", {"photo": (io.BytesIO(large), "large.png")}).status_code == 303
    assert len(shown(car)) == 1
    assert desk.post(f"{place}/retire", {"photo": (io.BytesIO(large), "large.png")}).status_code == 413


def test_a_driver_may_not_change_photos(business: Business, client: FlaskClient) -> None:
    make_member("bo@majorna.example", Role.DRIVER, "Bo Ek")
    driver = Browser(client)
    driver.sign_in("bo@majorna.example")
    assert driver.post(f"/admin/cars/{make_car().public_id}/photos").status_code == 403


@pytest.mark.parametrize("kind", ["city", "sedan", "estate", "suv", "van", "minibus"])
def test_the_demos_drawings_are_pictures(kind: str) -> None:
    picture = picture_in(drawing(kind, (200, 40, 40)))
    assert picture is not None
    assert (picture.width, picture.height) == (1440, 960)
