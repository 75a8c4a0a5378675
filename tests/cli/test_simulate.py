"""`kontor simulate twilio`: every invite under way gets its signed news, and a share of them fails."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from apiflask import APIFlask
from sqlalchemy import select, text

from app.kernel.businesses import Business
from app.kernel.db import db
from app.messaging import plans
from app.messaging.sms_models import Sms
from tests.messaging.texting import an_invite, noon


def simulate(app: APIFlask, *options: str) -> dict[str, Any]:
    """Run the command; its result."""
    db.session.rollback()
    ended = app.test_cli_runner().invoke(args=["simulate", "twilio", "--json", *options])
    assert ended.exit_code == 0, ended.output
    return dict(json.loads(ended.stdout.splitlines()[-1]))


def states() -> Counter[str]:
    """How many messages are in each state."""
    db.session.rollback()
    return Counter(db.session.scalars(select(Sms.state)))


def test_all_under_way_are_walked_and_a_share_fails(
    business: Business, clean: APIFlask, clock: Any, run_jobs: Callable[..., int]
) -> None:
    noon()
    plans.subscribe(business.id, "growth")
    for _ in range(10):
        an_invite()
    run_jobs()
    made = simulate(clean)
    assert (made["count"], made["outcomes"]) == (10, {"delivered": 8, "undelivered": 2})
    assert states() == {"delivered": 8, "undelivered": 2}
    assert db.session.scalar(text("select count(*) from webhook_calls where state = 'applied'")) == 20
    assert simulate(clean)["count"] == 0


def test_what_no_worker_has_sent_yet_moves_too(business: Business, clean: APIFlask, clock: Any) -> None:
    noon()
    for _ in range(3):
        an_invite()
    assert simulate(clean, "--fail", "0", "--count", "2")["outcomes"] == {"delivered": 2}
    assert states() == {"delivered": 2, "queued": 1}
