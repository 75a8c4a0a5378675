"""What text messages said is kept thirteen months; that they went out, longer."""

from typing import Any

from sqlalchemy import text

from app.kernel.businesses import Business
from app.kernel.db import db
from app.messaging import retention, sms_news
from app.settings.firm import change_firm
from tests.messaging.texting import an_invite, make_customer, noon, now_of


def test_old_texts_are_emptied_and_young_ones_stay(business: Business, clock: Any) -> None:
    noon()
    customer = make_customer()
    old = an_invite(customer, "Book: {link}")
    sms_news.take_inbound("SM1", customer.phone_number, "Thank you")
    clock.forward(days=400)
    young = an_invite(customer, "Still here")
    retention.forget_old()
    emptied = now_of(old.id)
    assert (emptied.body, emptied.to_name, emptied.link_code) == ("", "", None)
    assert emptied.to_number == customer.phone_number
    assert now_of(young.id).body == "Still here"
    assert db.session.scalar(text("select count(*) from sms_received")) == 0


def test_a_firm_may_forget_sooner_than_others(business: Business, clock: Any) -> None:
    noon()
    old = an_invite(make_customer(), "Book: {link}")
    clock.forward(days=70)
    retention.forget_old()
    assert now_of(old.id).body != "", "the usual thirteen months"
    change_firm({"retention": {"texts": 2}})
    retention.forget_old()
    assert now_of(old.id).body == ""
