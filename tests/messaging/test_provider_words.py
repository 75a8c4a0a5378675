"""What a mail's provider said of it: to be seen as it came, to be applied again; and one line while it says nothing."""

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from app.jobs import health, queries, workers
from app.kernel import gates
from app.kernel.access import Role
from app.kernel.db import db, transaction
from app.kernel.tenancy import within
from app.messaging import news
from app.messaging.jobs import SEND_EMAIL
from app.messaging.models import EmailLog, EmailState, WebhookCall
from tests.identity.people import Browser
from tests.jobs.wishes import MAIL, SMS, ask
from tests.make import make_business
from tests.office.desk import at_desk, fresh, make_mail

HTMX = {"HX-Request": "true"}
SAID = {"email_id": "re_1", "to": ["anna@gmial.com"], "bounce": {"type": "Permanent", "message": "No such mailbox"}}


@pytest.fixture
def desk(client, business) -> Browser:
    """A dispatcher at work."""
    return at_desk(client)


def a_sent_mail() -> EmailLog:
    mail = make_mail(EmailState.SENT)
    with transaction():
        db.session.execute(update(EmailLog).where(EmailLog.id == mail.id).values(provider_id="re_1"))
    return mail


def calls() -> list[WebhookCall]:
    db.session.rollback()
    return list(db.session.scalars(select(WebhookCall).order_by(WebhookCall.id)))


def test_the_calls_are_shown_as_they_came_and_applied_again_as_a_record_of_their_own(desk: Browser) -> None:
    mail = a_sent_mail()
    news.take_call("resend", "msg_1", "email.bounced", "re_1", None, SAID)
    page = desk.get(f"/admin/emails/{mail.public_id}").text
    assert "email.bounced · applied" in page
    assert "No such mailbox" in page[page.index("What the provider said") :]
    # What was lost by a fault of ours: the mail stands as sent although it came back.
    with transaction():
        db.session.execute(update(EmailLog).where(EmailLog.id == mail.id).values(state="sent"))
    answer = desk.post(f"/admin/emails/{mail.public_id}/calls/{calls()[0].id}", headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.count("email.bounced · applied") == 2
    assert fresh(EmailLog, mail.id).state == "bounced"
    assert len(calls()) == 2


def test_said_again_after_better_news_nothing_goes_back(desk: Browser) -> None:
    mail = a_sent_mail()
    for number, word in enumerate(("email.delivered", "email.sent")):
        news.take_call("resend", f"msg_{number}", word, "re_1", None, {"email_id": "re_1"})
    for call in calls():
        desk.post(f"/admin/emails/{mail.public_id}/calls/{call.id}")
    assert fresh(EmailLog, mail.id).state == "delivered"


def test_what_is_no_longer_kept_cannot_be_applied_and_says_so(desk: Browser) -> None:
    mail = a_sent_mail()
    news.take_call("resend", "msg_1", "email.delivered", "re_1", None, SAID)
    with transaction():
        db.session.execute(update(WebhookCall).values(body=""))
    page = desk.get(f"/admin/emails/{mail.public_id}").text
    assert "What it said is no longer kept." in page
    answer = desk.post(f"/admin/emails/{mail.public_id}/calls/{calls()[0].id}", headers=HTMX)
    assert answer.status_code == 409
    assert len(calls()) == 1


def test_another_mails_call_and_another_firms_look_like_none(client, desk: Browser) -> None:
    mail, other = a_sent_mail(), make_mail(EmailState.SENT)
    news.take_call("resend", "msg_1", "email.delivered", "re_1", None, SAID)
    number = calls()[0].id
    assert desk.post(f"/admin/emails/{other.public_id}/calls/{number}").status_code == 404
    with transaction():
        db.session.execute(update(WebhookCall).values(business_id=make_business("other").id))
    assert "What the provider said" not in desk.get(f"/admin/emails/{mail.public_id}").text
    assert desk.post(f"/admin/emails/{mail.public_id}/calls/{number}").status_code == 404


def test_an_accountant_reads_them_and_applies_nothing(client, business) -> None:
    mail = a_sent_mail()
    news.take_call("resend", "msg_1", "email.delivered", "re_1", None, SAID)
    books = at_desk(client, Role.ACCOUNTANT)
    page = books.get(f"/admin/emails/{mail.public_id}").text
    assert json.dumps(SAID["to"])[2:-2] in page
    assert "Apply again" not in page
    assert books.post(f"/admin/emails/{mail.public_id}/calls/{calls()[0].id}").status_code == 403


@pytest.fixture
def silent_provider(business) -> Iterator[None]:
    """Resend has failed five times in a row; a worker lives."""
    workers.beat("w1", threads=8, busy=0)
    for _each in range(gates.FAILURES_IN_A_ROW):
        gates.failed("resend", "It has trouble of its own.")
    yield
    gates.reopen("resend")


def bar(desk: Browser) -> str:
    return desk.get("/admin/queue/alarms", headers=HTMX).text


def test_while_the_provider_is_silent_one_line_says_so_however_many_mails_wait(
    desk: Browser, silent_provider: None
) -> None:
    assert "does not answer" not in bar(desk), "nothing waits for it here"
    for _each in range(200):
        ask(SEND_EMAIL, email_id=0)
    page = bar(desk)
    assert page.count("The mail provider does not answer. 200 messages are waiting.") == 1
    assert page.count('role="status"') == 1
    assert "/admin/queue/jobs?queue=mail" in page
    gates.reopen("resend")
    assert "does not answer" not in bar(desk)


def test_another_firms_mails_and_other_queues_raise_no_line_here(desk: Browser, silent_provider: None) -> None:
    with within(make_business("other").id):
        ask(SEND_EMAIL, email_id=0)
    ask(SMS)
    assert "does not answer" not in bar(desk)
    assert queries.count_unfinished("mail") == 0


def test_without_the_look_at_the_gates_nobody_would_know(
    desk: Browser, silent_provider: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(MAIL)
    assert "does not answer" in bar(desk)
    monkeypatch.setattr(health, "_providers_away", lambda _silent: [])
    assert "does not answer" not in bar(desk)
