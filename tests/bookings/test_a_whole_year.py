"""One run through a whole year, with both changes of the clocks: no overlap, all told, nobody twice."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.kernel import clock
from app.kernel.db import db
from app.messaging.models import EmailLog
from tests.bookings.test_a_year import KINDS, Year, go_on, quiet

__all__ = ["quiet"]


@pytest.mark.timeout(900)  # a machine that does much else is slow, not wrong
def test_whatever_happens_in_a_whole_year_everybody_hears_what_is_true_and_once(
    quiet: None,  # pytest's way to name a fixture
    run_jobs: Callable[[], int],
) -> None:
    year, number = Year(run_jobs, seed=0), 0
    end = clock.now() + timedelta(days=365)
    while clock.now() < end:
        number += 1
        go_on(year, number)
    told = Counter(db.session.scalars(select(EmailLog.kind)))
    assert min(told[kind] for kind in KINDS) >= 12, told
