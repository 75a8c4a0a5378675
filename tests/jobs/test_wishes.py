"""Each wish has one handler; and the web process, where people retry and cancel, knows who must hear of it."""

import subprocess
import sys
from pathlib import Path

import pytest
from apiflask import APIFlask

from app.jobs import claims, queue
from app.jobs.kinds import HANDLERS, KINDS, JobKind, Lane, handles
from app.kernel.businesses import Business
from app.kernel.db import db, transaction
from app.messaging import emails
from app.messaging.models import EmailLog
from tasks import handlers
from tests.jobs.wishes import MAIL

ROOT = Path(__file__).resolve().parents[2]
_WEB_ALONE = """
from app.factory import create_app
from app.jobs.kinds import GIVEN_UP, KINDS, TRIED_AGAIN
create_app()
web = set(KINDS), set(GIVEN_UP), set(TRIED_AGAIN)
import tasks.handlers
both = set(KINDS), set(GIVEN_UP), set(TRIED_AGAIN)
print([sorted(all_ - here) for all_, here in zip(both, web)])
"""


def ours(names: object) -> set[str]:
    return {str(name) for name in names if not str(name).startswith("tests.")}  # type: ignore[attr-defined]  # dicts


def test_each_wish_has_exactly_one_handler(app: APIFlask) -> None:
    assert handlers.MODULES
    assert ours(HANDLERS) == ours(KINDS)
    assert all(str(KINDS[name].title) for name in ours(KINDS))


def test_a_second_handler_is_refused() -> None:
    HANDLERS.pop(MAIL.name, None)
    handles(MAIL)(lambda: None)
    with pytest.raises(RuntimeError):
        handles(MAIL)(lambda: None)
    HANDLERS.pop(MAIL.name)


def test_two_wishes_of_one_name_and_unknown_queues_are_refused() -> None:
    with pytest.raises(ValueError, match="named"):
        JobKind(MAIL.name, queue="mail")
    with pytest.raises(ValueError, match="unknown queue"):
        JobKind("tests.nowhere", queue="nowhere")


def test_a_failed_mail_that_is_tried_again_waits_to_be_sent(business: Business) -> None:
    with transaction():
        email = emails.queue_email("password_reset", to_address="anna@example.se", facts={"link": "https://example.se"})
    [job] = claims.claim(Lane.PROMPT, "here")
    claims.fail(job, "The mail provider has trouble of its own.", "outage")
    failed = db.session.get(EmailLog, email.id, populate_existing=True)
    assert failed is not None
    assert failed.state == "failed"
    queue.retry(job.id)
    db.session.refresh(failed)
    assert (failed.state, failed.words) == ("queued", "")
    queue.cancel(job.id)
    db.session.refresh(failed)
    assert (failed.state, failed.code) == ("failed", "cancelled")


def test_whoever_must_hear_of_a_retry_is_known_to_the_web_process_too(app: APIFlask) -> None:
    # A listener that only tasks/ registers would never hear of a button that was pressed on a page.
    ended = subprocess.run([sys.executable, "-c", _WEB_ALONE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stdout.strip().splitlines()[-1:] == ["[[], [], []]"], ended.stdout + ended.stderr
