"""Letting in, changing roles, keeping out: by whom, with what effect, and what it leaves in the log."""

import contextvars
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app.identity import members
from app.identity.members import LastOwner
from app.identity.models import BrowserSession, Membership, User
from app.identity.orders import MemberOrder
from app.kernel.access import Role
from app.kernel.audit import AuditEntry
from app.kernel.db import db
from app.kernel.errors import Conflict, NotFound
from app.kernel.tenancy import across_businesses, within
from app.messaging.models import EmailLog
from tests.identity.people import PASSWORD, Browser, make_member
from tests.make import make_business


@pytest.fixture
def owner(business) -> Membership:
    return make_member()


@pytest.fixture
def tab(client, owner) -> Browser:
    """The owner's browser."""
    browser = Browser(client)
    browser.sign_in()
    return browser


def entries(action: str) -> list[AuditEntry]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def role_of(member: Membership) -> str:
    db.session.rollback()
    return db.session.scalar(select(Membership.role).where(Membership.id == member.id))


def test_an_owner_lets_somebody_in_who_gets_a_mail(tab):
    form = {"name": "Bo Ek", "email": "bo@majorna.example", "role": "dispatcher"}
    answer = tab.post("/admin/users/new", form)
    assert answer.status_code == 303
    assert "Bo Ek" in tab.get(answer.location).text
    mail = db.session.scalar(select(EmailLog))
    assert (mail.kind, mail.to_address) == ("account_created", "bo@majorna.example")
    assert mail.facts["link"] == "http://majorna.localhost:8000/password/forgot"
    entry = entries("member.added")[-1]
    assert (entry.after, entry.actor_name) == ({"role": "dispatcher"}, "Ada Berg")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "bo"}, "does not look like an e-mail address"),
        ({"name": ""}, "This is needed"),
        ({"role": "king"}, "not one of the choices"),
        ({"role": "platform"}, "You may not give this role"),
        ({"email": "ADA@majorna.example"}, "already here"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_stays(tab, change, words):
    answer = tab.post("/admin/users/new", {"name": "Bo Ek", "email": "bo@x.example", "role": "driver"} | change)
    assert answer.status_code == 422
    assert words in answer.text
    if "name" not in change:
        assert 'value="Bo Ek"' in answer.text


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PLATFORM, Role.OWNER)])
def test_nobody_else_manages_people(clean, owner, role):
    member = make_member("bo@majorna.example", role, "Bo Ek")
    browser = Browser(clean.test_client())
    browser.sign_in("bo@majorna.example")
    for path in ("/admin/users", "/admin/users/new", f"/admin/users/{member.user.public_id}", "/admin/audit"):
        assert browser.get(path).status_code == 403
    for act, form in (("role", {"role": "owner"}), ("disable", {}), ("enable", {})):
        assert browser.post(f"/admin/users/{member.user.public_id}/{act}", form).status_code == 403
    assert role_of(member) == role


def test_another_businesss_people_are_not_there(tab, business):
    other = make_business("sundby", hostname="sundby.localhost")
    with within(other.id):
        stranger = make_member("eve@sundby.example", Role.DRIVER, "Eve Sund")
    path = f"/admin/users/{stranger.user.public_id}"
    unknown = tab.get("/admin/users/nobodyatall")
    assert tab.get(path).status_code == unknown.status_code == 404
    for act, form in (("role", {"role": "owner"}), ("disable", {}), ("enable", {})):
        assert tab.post(f"{path}/{act}", form).status_code == 404
    assert "Eve Sund" not in tab.get("/admin/users").text
    assert "Eve Sund" not in tab.get("/admin/users?q=eve").text
    with pytest.raises(NotFound):
        members.change_role(stranger.id, Role.OWNER)
    with within(other.id):
        assert role_of(stranger) == Role.DRIVER


def test_a_changed_role_ends_the_sessions_and_counts_at_the_next_sign_in(clean, tab):
    member = make_member("bo@majorna.example", Role.DISPATCHER, "Bo Ek")
    browser = Browser(clean.test_client())
    browser.sign_in("bo@majorna.example")
    answer = tab.post(f"/admin/users/{member.user.public_id}/role", {"role": "owner"})
    assert answer.status_code == 303
    assert not browser.is_signed_in()
    browser.sign_in("bo@majorna.example")
    assert browser.get("/admin/users").status_code == 200
    entry = entries("member.role_changed")[0]
    assert (entry.before, entry.after) == ({"role": "dispatcher"}, {"role": "owner"})


def test_the_same_role_again_changes_nothing(clean, tab):
    member = make_member("bo@majorna.example", Role.DISPATCHER, "Bo Ek")
    browser = Browser(clean.test_client())
    browser.sign_in("bo@majorna.example")
    tab.post(f"/admin/users/{member.user.public_id}/role", {"role": "dispatcher"})
    assert browser.is_signed_in()
    assert entries("member.role_changed") == []


def test_whoever_is_kept_out_is_out_until_let_in_again(clean, tab):
    member = make_member("bo@majorna.example", Role.DISPATCHER, "Bo Ek")
    browser = Browser(clean.test_client())
    browser.sign_in("bo@majorna.example")
    tab.post(f"/admin/users/{member.user.public_id}/disable")
    assert not browser.is_signed_in()
    assert browser.sign_in("bo@majorna.example").status_code == 422
    assert "Kept out" in tab.get("/admin/users").text
    tab.post(f"/admin/users/{member.user.public_id}/enable")
    assert browser.sign_in("bo@majorna.example").status_code == 303
    assert len(entries("member.disabled")) == len(entries("member.enabled")) == 1


def test_nobody_changes_their_own_rights(tab, owner):
    make_member("bo@majorna.example", Role.OWNER, "Bo Ek")
    for act, form in (("role", {"role": "driver"}), ("disable", {})):
        assert tab.post(f"/admin/users/{owner.user.public_id}/{act}", form).status_code == 403
    assert role_of(owner) == Role.OWNER


def test_an_owner_touches_no_operator_and_makes_none(tab):
    operator = make_member("root@majorna.example", Role.PLATFORM, "Root")
    path = f"/admin/users/{operator.user.public_id}"
    for act, form in (("role", {"role": "customer"}), ("disable", {})):
        assert tab.post(f"{path}/{act}", form).status_code == 403
    member = make_member("bo@majorna.example", Role.DISPATCHER, "Bo Ek")
    assert tab.post(f"/admin/users/{member.user.public_id}/role", {"role": "platform"}).status_code == 422
    assert (role_of(operator), role_of(member)) == (Role.PLATFORM, Role.DISPATCHER)


def test_the_last_owner_stays(business):
    owner = make_member()
    for change in (lambda: members.change_role(owner.id, Role.DRIVER), lambda: members.disable(owner.id)):
        with pytest.raises(LastOwner):
            change()
    second = make_member("bo@majorna.example", Role.OWNER, "Bo Ek")
    members.disable(second.id)
    with pytest.raises(LastOwner):
        members.disable(owner.id)  # one who is kept out is no owner


def test_of_two_owners_who_leave_at_once_one_stays(clean, business):
    both = [make_member(), make_member("bo@majorna.example", Role.OWNER, "Bo Ek")]
    here, ids = business.id, [member.id for member in both]

    def leave(member_id: int) -> str:
        with clean.app_context(), within(here):
            try:
                members.disable(member_id)
                return "left"
            except LastOwner:
                return "stays"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(lambda key: contextvars.Context().run(leave, key), ids)) == ["left", "stays"]


def test_a_person_from_elsewhere_keeps_name_and_password_and_is_called_as_this_business_wrote(business, owner):
    other = make_business("sundby", hostname="sundby.localhost")
    with within(other.id):
        member = members.let_in(
            MemberOrder(name="A. Berg, driver", email="Ada@majorna.example", role=Role.DRIVER),
            password_hash="never taken over",
            tell=False,
        )
    db.session.rollback()
    with across_businesses():
        assert db.session.get(Membership, member.id).shown_name == "A. Berg, driver"
        person = db.session.scalar(select(User))
    assert person.name == "Ada Berg"
    assert person.password_hash != "never taken over"


def test_letting_somebody_in_twice_is_refused(business, owner):
    order = MemberOrder(name="Ada", email="ada@majorna.example", role=Role.DRIVER)
    with pytest.raises(Conflict):
        members.let_in(order)


def test_after_ten_minutes_the_password_is_asked_for_and_nothing_typed_is_lost(tab, clock):
    member = make_member("bo@majorna.example", Role.DISPATCHER, "Bo Ek")
    path = f"/admin/users/{member.user.public_id}/role"
    clock.forward(minutes=10, seconds=1)
    asked = tab.post(path, {"role": "driver"})
    assert asked.status_code == 403
    assert 'name="role" value="driver"' in asked.text
    assert role_of(member) == Role.DISPATCHER
    wrong = tab.post(path, {"role": "driver", "password_again": "not-this-one-here"})
    assert wrong.status_code == 422
    assert "not your password" in wrong.text
    assert role_of(member) == Role.DISPATCHER
    assert tab.post(path, {"role": "driver", "password_again": PASSWORD}).status_code == 303
    assert role_of(member) == Role.DRIVER
    assert tab.post(path, {"role": "accountant"}).status_code == 303  # asked once, good for ten minutes


def test_letting_in_asks_for_the_password_too(tab, clock):
    clock.forward(minutes=11)
    form = {"name": "Bo Ek", "email": "bo@majorna.example", "role": "owner"}
    asked = tab.post("/admin/users/new", form)
    assert asked.status_code == 403
    assert 'value="bo@majorna.example"' in asked.text
    assert tab.post("/admin/users/new", form | {"password_again": PASSWORD}).status_code == 303


def test_the_list_is_searched_and_filtered(tab):
    make_member("bo@majorna.example", Role.DRIVER, "Bo Ek")
    make_member("kund@example.se", Role.CUSTOMER, "Kim Kund")
    assert "Kim Kund" in tab.get("/admin/users").text
    assert "Kim Kund" not in tab.get("/admin/users?kind=staff").text
    found = tab.get("/admin/users?q=kund", headers={"HX-Request": "true"}).text
    assert "Kim Kund" in found
    assert "Bo Ek" not in found
    assert "<html" not in found
    assert "Nobody is called that" in tab.get("/admin/users?q=%25").text
    assert tab.get("/admin/users?kind=nonsense&page=99999999").status_code == 200


def test_the_audit_log_is_read_with_filters_and_shows_no_other_business(tab, business):
    other = make_business("sundby", hostname="sundby.localhost")
    with within(other.id):
        make_member("eve@sundby.example", Role.OWNER, "Eve Sund")
    page = tab.get("/admin/audit").text
    assert "Signed in" in page
    assert "Let somebody in" in page
    assert page.count("Let somebody in") == 1  # Ada herself; Eve is another firm's
    assert "Signed in" not in tab.get("/admin/audit?kind=member", headers={"HX-Request": "true"}).text
    assert "Nothing that fits" in tab.get("/admin/audit?from=2090-01-01").text
    assert "Nothing that fits" in tab.get("/admin/audit?q=%25").text
    for odd in ("?from=x&to=9999-99-99", "?kind=%27&q=%5C", "?page=-1", "?from=2026-11-28&to=0001-01-01"):
        assert tab.get(f"/admin/audit{odd}").status_code == 200


def test_a_business_sees_no_session_of_another(business, owner, tab):
    db.session.rollback()
    assert db.session.scalar(select(BrowserSession)) is not None
    other = make_business("sundby", hostname="sundby.localhost")
    with within(other.id):
        assert db.session.scalar(select(BrowserSession)) is None
