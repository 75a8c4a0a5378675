"""Who is in which crew."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.fleet import crews
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.businesses import Business
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.tenancy import within
from tests.identity.people import Browser, make_member
from tests.make import make_business, make_crew, make_driver


def test_a_crew_and_the_own_driver_are_what_somebody_works_as(business: Business) -> None:
    ali = make_member("ali@majorna.example", Role.DRIVER, "Ali Hassan")
    crew, driver = make_crew("Crew 1"), make_driver("Ali Hassan", email="ali@majorna.example")
    make_crew("Crew 2", label="Ali Hassan")  # a name on a label is a label
    crews.set_members(crew.id, [ali.user.public_id])
    assert {one.id for one in crews.resources_of(ali.user_id)} == {crew.id, driver.id}
    crews.set_members(crew.id, [])
    assert {one.id for one in crews.resources_of(ali.user_id)} == {driver.id}


def test_only_drivers_of_the_own_business_can_be_put_in(business: Business) -> None:
    ada = make_member("ada@majorna.example", Role.OWNER)
    crew = make_crew()
    with within(make_business("biler", name="Aarhus Biler").id):
        foreign = make_member("sara@biler.example", Role.DRIVER, "Sara Lauridsen").user.public_id
    for wrong in (ada.user.public_id, foreign, "nobody"):
        with pytest.raises(Invalid):
            crews.set_members(crew.id, [wrong])
    assert crews.members_of([crew.id]) == {}


def test_the_office_says_who_is_in_a_crew_and_it_is_noted(business: Business, client: FlaskClient) -> None:
    make_member("ada@majorna.example", Role.OWNER)
    ali = make_member("ali@majorna.example", Role.DRIVER, "Ali Hassan").user.public_id
    crew = make_crew("Crew 1")
    office = Browser(client)
    office.sign_in()
    assert "Ali Hassan" in office.get("/admin/settings/crews").text
    said = {f"{crew.public_id}-name": "Crew 1", f"{crew.public_id}-members": ali}
    assert office.post(f"/admin/settings/crews/{crew.public_id}", said).status_code == 303
    assert crews.members_of([crew.id]) == {crew.id: {ali}}
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "crew.members")).one()
    assert (entry.before, entry.after) == ({"users": []}, {"users": [ali]})
    # An unknown person changes nothing, the name neither.
    said = {f"{crew.public_id}-name": "Crew 9", f"{crew.public_id}-members": "nobody"}
    assert office.post(f"/admin/settings/crews/{crew.public_id}", said).status_code == 422
    assert "Crew 9" not in office.get("/admin/settings/crews").text
