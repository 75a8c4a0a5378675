"""Seasons at the desk, in the search and in a hold; and the histories of cars, drivers, seasons and prices."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.fleet import cars, holds, queries, seasons
from app.fleet.models import Claim, ClaimKind
from app.fleet.queries import Wish
from app.fleet.season_models import Season
from app.fleet.seasons import SeasonOrder
from app.identity.history import history_of
from app.kernel.access import Role
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Invalid
from tests.fleet.test_holds import at
from tests.fleet.test_office import desk  # noqa: F401  # a fixture
from tests.identity.people import Browser, make_member
from tests.make import make_car, make_driver


def season(first: date, last: date, percent: int = 50, **more: Any) -> Season:
    facts = {"name": f"From {first}", "first": first, "last": last, "percent": percent} | more
    return seasons.add_season(SeasonOrder.model_validate(facts))


def test_search_and_hold_cost_the_same_over_the_border_of_a_season(business: Business) -> None:
    car = make_car(price_week="5000", price_weekend="1500", price_driver="1800")
    border = at(34).date()
    season(border, border + timedelta(days=1))
    for first, last in ((10, 34), (20, 60), (10, 200)):
        [offer] = queries.offers(Wish(at(first), at(last), with_driver=True))
        held = holds.hold(car.id, at(first), at(last), client=f"visitor:{last}", with_driver=True)
        assert held.price == offer.price.total
        holds.release(held.public_id, {f"visitor:{last}"})
    [usual] = queries.offers(Wish(at(10), at(20)))
    [dearer] = queries.offers(Wish(at(34), at(44)))
    assert (usual.per_day, dearer.per_day, dearer.price.total) == (Decimal(900), Decimal(1_350), Decimal(1_350))
    assert queries.offers(Wish(at(34), at(44), max_price=Decimal(1_000))) == []


def test_two_seasons_of_a_kind_share_no_day(business: Business) -> None:
    season(date(2026, 12, 20), date(2027, 1, 6), every_year=True)
    season(date(2027, 1, 2), date(2027, 1, 3), every_year=False)
    with pytest.raises(Invalid):
        season(date(2028, 1, 6), date(2028, 1, 9), every_year=True)
    with pytest.raises(Invalid):
        season(date(2027, 1, 3), date(2027, 1, 20))
    season(date(2027, 1, 7), date(2027, 1, 9), every_year=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": 501}, {"percent": -91}, {"name": " "}, {"last": date(2026, 5, 31)}, {"last": date(2027, 6, 1)},
        {"first": date(1800, 1, 1)},
    ],
)  # fmt: skip
def test_odd_seasons_are_refused(business: Business, wrong: dict[str, Any]) -> None:
    facts = {"name": "Summer", "first": date(2026, 6, 1), "last": date(2026, 8, 1), "percent": 20} | wrong
    with pytest.raises(ValueError):  # pydantic's own
        SeasonOrder.model_validate(facts)


def test_a_season_is_added_changed_and_removed_at_the_desk(desk: Browser) -> None:  # noqa: F811
    place = "/admin/cars/seasons"
    summer = {"name": "Summer", "first": "2026-06-15", "last": "2026-08-15", "percent": "25", "every_year": "y"}
    assert "No seasons yet" in desk.get(place).text
    wrong = desk.post(place, summer | {"percent": "much", "last": "2026-06-01"})
    assert wrong.status_code == 422
    assert 'value="Summer"' in wrong.text
    assert desk.post(place, summer).status_code == 303
    made_id = db.session.scalars(select(Season.id)).one()
    page = desk.get(place).text
    for words in ("15 June – 15 August, every year", "+25 %", "Added a season", "by Ada Berg"):
        assert words in page, words
    assert 'value="2026-06-15"' in desk.get(f"{place}/{made_id}").text
    assert desk.post(place, summer | {"name": "Again"}).status_code == 422
    assert desk.post(f"{place}/{made_id}", summer | {"percent": "-10"}).status_code == 303
    assert "-10 %" in desk.get(place).text
    assert desk.post(f"{place}/{made_id}/drop").status_code == 303
    assert "No seasons yet" in desk.get(place).text
    assert desk.get(f"{place}/{made_id}").status_code == 404


def test_a_history_says_who_changed_what_from_what_to_what(business: Business, desk: Browser) -> None:  # noqa: F811
    car, driver = make_car(), make_driver()
    cars.change_car(car.id, {"price_day": Decimal("950.00"), "odometer": 12})
    [changed, added] = history_of(f"car:{car.public_id}", {"price_day": "A day", "odometer": "Odometer"})
    assert (changed.what, added.what) == ("Changed a car", "Brought a car in")
    assert set(changed.changes) == {("A day", "900.00", "950.00"), ("Odometer", "0", "12")}
    page = desk.get(f"/admin/cars/{car.public_id}").text
    assert "<del" in page
    assert "950.00" in page
    assert desk.post(f"/admin/drivers/{driver.public_id}", {"name": "Sara L", "licences": "B"}).status_code == 303
    page = desk.get(f"/admin/drivers/{driver.public_id}").text
    assert "Changed a driver" in page
    assert "Sara L" in page
    assert history_of("car:of-somebody-else") == []


def test_the_page_of_prices_shows_its_history(business: Business, client: FlaskClient) -> None:
    make_member("ada@majorna.example", Role.OWNER)
    owner = Browser(client)
    owner.sign_in()
    assert "Nothing was changed yet." in owner.get("/admin/settings/prices/move").text
    assert owner.post("/admin/settings/prices/move", {"hour": "950"}).status_code == 303
    page = owner.get("/admin/settings/prices/move").text
    assert "Changed prices" in page
    assert "by Ada Berg" in page


def test_a_driver_is_off_today_in_one_press_and_back_in_another(desk: Browser) -> None:  # noqa: F811
    driver = make_driver()
    rows = select(Claim).where(Claim.kind == ClaimKind.BLOCK, Claim.released_at.is_(None))
    assert "Off today" in desk.get("/admin/drivers").text
    assert desk.post(f"/admin/drivers/{driver.public_id}/off-today").status_code == 303
    assert db.session.scalars(rows).one().resource_id == driver.id
    assert "Works again" in desk.get("/admin/drivers").text
    assert desk.post(f"/admin/drivers/{driver.public_id}/back-today").status_code == 303
    assert db.session.scalars(rows).all() == []
    assert desk.post("/admin/drivers/nobody/off-today").status_code == 404
