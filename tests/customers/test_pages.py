"""The office's pages about customers, pressed as a person would."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select

from app.bookings import lifecycle
from app.customers import people
from app.customers.models import Customer, Merge
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.businesses import Business
from app.kernel.db import db
from tests.identity.people import HOST, PASSWORD, apart, log_in
from tests.make import make_booking
from tests.messaging.texting import make_customer
from tests.office.desk import at_desk, fresh


def a_customer(**more: object) -> Customer:
    booked = make_booking(**more)
    return db.session.scalars(select(Customer).where(Customer.public_id == booked.customer_public_id)).one()


def path(customer: Customer, rest: str = "") -> str:
    return f"/admin/customers/{customer.public_id}{rest}"


def test_the_list_forgives_how_names_are_spelled(business: Business, client: FlaskClient) -> None:
    desk = at_desk(client)
    a_customer(name="Åsa Björklund", email="asa@example.se")
    a_customer(name="Bertil Strand", email="bertil@example.se")
    for typed in ("asa bjork", "Björklund", "bjoerklund", "asa@example.se"):
        page = desk.get("/admin/customers", query_string={"q": typed}).text
        assert "Åsa Björklund" in page, typed
        assert "Bertil" not in page, typed
    close = desk.get("/admin/customers?q=bjorklnd").text
    assert "Åsa Björklund" in close
    assert "These come close" in close
    assert "No customer fits" in desk.get("/admin/customers?q=xyzzyq").text
    assert "Åsa Björklund" in desk.get("/admin/search?q=asa").text


def test_a_customer_without_words_to_find_them_by_gets_them_from_the_job(
    business: Business, client: FlaskClient
) -> None:
    from app.customers import search  # noqa: PLC0415  # beside its only use

    customer = make_customer("Nils Holgersson")
    assert customer.search == []
    assert search.meant_by("holgersson").condition is not None  # type: ignore[union-attr]  # something was typed
    assert search.index_missing() == 1
    assert search.index_missing() == 0
    assert "Nils Holgersson" in at_desk(client).get("/admin/customers?q=holgerson").text


def test_filters_and_the_table_to_take_along(business: Business, client: FlaskClient) -> None:
    desk = at_desk(client)
    one = a_customer(name="=cmd|calc", email="one@example.se")
    people.put_tag(one.id, "autumn")
    a_customer(name="Bertil Strand", email="bertil@example.se")
    page = desk.get("/admin/customers?tag=autumn").text
    assert "one@example.se" in page
    assert "bertil@example.se" not in page
    table = desk.get("/admin/customers/export.csv?tag=autumn")
    assert table.status_code == 200
    assert "'=cmd|calc" in table.text
    assert "bertil" not in table.text


def test_one_timeline_tells_it_all(business: Business, client: FlaskClient) -> None:
    desk, customer = at_desk(client), a_customer()
    desk.post(path(customer, "/notes"), {"note": "Called twice"})
    desk.post(path(customer, "/tags"), {"tag": "autumn offer"})
    page = desk.get(path(customer)).text
    for words in ("Booked", "Became a customer", "Called twice", "autumn offer", "queued"):
        assert words in page, words
    desk.post(path(customer, "/tags"), {"tag": "autumn offer", "off": "1"})
    assert fresh(Customer, customer.id).tags == []


def test_a_new_customer_by_form_and_a_taken_address(business: Business, client: FlaskClient) -> None:
    desk = at_desk(client)
    form = {"name": "Eva Holm", "email": "eva@example.se", "phone": "", "tags": "vip, autumn", "language": "sv"}
    answer = desk.post("/admin/customers/new", form | {"channel": "sms"})
    assert answer.status_code == 303, answer.text
    made = db.session.scalars(select(Customer)).one()
    assert (made.tags, made.channel, made.language) == (["vip", "autumn"], "sms", "sv")
    again = desk.post("/admin/customers/new", form | {"channel": "sms"})
    assert again.status_code == 422
    assert "Another customer has this address" in again.text


def test_two_who_edit_see_both_versions(business: Business, client: FlaskClient) -> None:
    desk, customer = at_desk(client), a_customer()
    page = desk.get(path(customer, "/edit")).text
    read = re.search(r'name="read"[^>]*value="([^"]*)"', page)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert read
    assert version
    people.change(customer.id, {"name": "Anna Lind"})
    form = {
        "version": version[1], "read": read[1].replace("&#34;", '"').replace("&quot;", '"'), "name": "Anna L",
        "email": customer.email, "phone": customer.phone, "language": customer.language, "channel": "email",
    }  # fmt: skip
    stale = desk.post(path(customer, "/edit"), form)
    assert stale.status_code == 409
    assert "Anna Lind" in stale.text
    assert "Anna L" in stale.text
    now = re.search(r'name="version"[^>]*value="(\d+)"', stale.text)
    assert now
    assert desk.post(path(customer, "/edit"), form | {"version": now[1]}).status_code == 303
    assert fresh(Customer, customer.id).name == "Anna L"


def test_merge_and_part_by_their_pages(business: Business, client: FlaskClient) -> None:
    desk = at_desk(client)
    one = a_customer(name="Anna Lindqvist", email="anna@example.se")
    other = a_customer(name="Anna Lindkvist", email="anna.l@example.se")
    assert "same number" in desk.get("/admin/customers/doubles").text
    one_id, other_id, old, kept_path = one.id, other.id, path(other), path(one)
    page = desk.get(path(one, f"/merge?with={other.public_id}")).text
    assert "anna@example.se" in page
    assert "anna.l@example.se" in page
    done = desk.post(f"{kept_path}/merge", {"other": other.public_id, "name": "other"})
    assert done.status_code == 303, done.text
    assert fresh(Customer, one_id).name == "Anna Lindkvist"
    assert desk.get(old).headers["Location"] == kept_path
    merge = db.session.scalars(select(Merge)).one()
    assert desk.post(f"{kept_path}/merges/{merge.public_id}/undo").status_code == 303
    db.session.expunge_all()
    assert fresh(Customer, other_id).name == "Anna Lindkvist"
    assert fresh(Customer, one_id).name == "Anna Lindqvist"


def test_export_and_erasure_ask_for_the_password_again(business: Business, client: FlaskClient, clock: object) -> None:
    desk = at_desk(client, Role.OWNER)
    booked = make_booking(email="zoe@example.se")
    customer = db.session.scalars(select(Customer).where(Customer.email == "zoe@example.se")).one()
    clock.forward(minutes=11)  # type: ignore[attr-defined]  # the fixture is the module
    assert "zoe@example.se" not in desk.post(path(customer, "/data"), {"as": "json"}).text
    held = desk.post(path(customer, "/data"), {"as": "json", "password_again": PASSWORD})
    assert held.status_code == 200
    assert held.json["held"]["customer"][0]["email"] == "zoe@example.se"  # type: ignore[index]  # it has a body
    assert "zoe@example.se" in desk.post(path(customer, "/data"), {"as": "html"}).text
    assert desk.post(path(customer, "/erase")).status_code == 422
    assert desk.post(path(customer, "/erase"), {"sure": "yes"}).status_code == 409
    lifecycle.cancel(booked.id)
    assert desk.post(path(customer, "/erase"), {"sure": "yes"}).status_code == 303
    assert fresh(Customer, customer.id).email == ""
    actions = set(db.session.scalars(select(AuditEntry.action)))
    assert {"customer.exported", "customer.erased"} <= actions


def test_programs_read_write_merge_and_erase(business: Business, client: FlaskClient) -> None:
    at_desk(client, Role.OWNER)
    token = log_in(client, "owner@majorna.example").json["token"]  # type: ignore[index]  # it has a body
    headers = {"Authorization": f"Bearer {token}"}

    def ask(method: str, rest: str = "", body: object = None) -> object:
        url = f"/api/v1/customers{rest}"
        return apart(client.open, url, method=method, json=body, headers=headers, base_url=HOST)

    made = ask("POST", "", {"name": "Eva Holm", "email": "eva@example.se", "tags": ["vip"]})
    assert made.status_code == 201, made.text  # type: ignore[attr-defined]  # an answer
    one = made.json  # type: ignore[attr-defined]
    other = ask("POST", "", {"name": "E Holm", "phone": "070-111 22 33"}).json  # type: ignore[attr-defined]
    assert ask("GET", "?q=holm&sort=name").json["total"] == 2  # type: ignore[attr-defined]
    wrong = ask("PATCH", f"/{one['id']}", {"version": 99, "name": "X"})
    assert wrong.status_code == 409  # type: ignore[attr-defined]
    assert wrong.json["current"]["name"] == "Eva Holm"  # type: ignore[attr-defined]
    assert ask("PATCH", f"/{one['id']}", {"notes": "n"}).json["notes"] == "n"  # type: ignore[attr-defined]
    merged = ask("POST", f"/{one['id']}/merge", {"otherId": other["id"]})
    assert merged.json["phone"] == "070-111 22 33"  # type: ignore[attr-defined]
    assert ask("POST", f"/{one['id']}/merge", {"otherId": other["id"]}).status_code == 200  # type: ignore[attr-defined]
    assert ask("GET", f"/{other['id']}").json["id"] == one["id"]  # type: ignore[attr-defined]
    assert ask("GET", f"/{one['id']}/export").json["held"]["customer"]  # type: ignore[attr-defined]
    assert ask("POST", f"/{one['id']}/erase").json["erased"] is True  # type: ignore[attr-defined]
    assert ask("DELETE", f"/{one['id']}").status_code == 204  # type: ignore[attr-defined]


def test_the_log_of_other_systems_opens_and_pauses(business: Business, client: FlaskClient) -> None:
    desk = at_desk(client)
    assert "No other system is told" in desk.get("/admin/crm").text
    assert desk.post("/admin/crm/pause").status_code == 303
    assert "kept back since" in desk.get("/admin/crm").text
    assert desk.post("/admin/crm/resume").status_code == 303
