"""Plans: the month in the business's zone, the limit under a crowd's eyes, changes in mid-month, lapse."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.kernel import clock as the_clock
from app.kernel.businesses import Business
from app.kernel.db import transaction
from app.kernel.errors import Lapsed
from app.messaging import plans
from tests.messaging.texting import move_clock_to, noon


def take_one() -> plans.Taken:
    with transaction():
        return plans.take()


@pytest.mark.parametrize(
    ("zone", "month", "turn"),
    [
        ("Europe/Stockholm", date(2026, 3, 1), datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("Europe/Stockholm", date(2028, 3, 1), datetime(2028, 2, 29, 23, tzinfo=UTC)),
        ("Europe/Stockholm", date(2026, 4, 1), datetime(2026, 3, 31, 22, tzinfo=UTC)),
        ("Europe/Stockholm", date(2026, 11, 1), datetime(2026, 10, 31, 23, tzinfo=UTC)),
        ("Europe/Stockholm", date(2027, 1, 1), datetime(2026, 12, 31, 23, tzinfo=UTC)),
        # Midnight comes twice there on that day: the month begins with the first of the two.
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_a_month_turns_exactly_at_local_midnight(zone: str, month: date, turn: datetime) -> None:
    assert plans.turn_of(month, zone) == turn
    assert plans.month_of(turn, zone) == month
    assert plans.month_of(turn - timedelta(microseconds=1), zone) == (month - timedelta(days=1)).replace(day=1)
    assert plans.month_after(plans.month_of(turn - timedelta(seconds=1), zone)) == month


def test_starter_has_three_and_says_when_it_begins_anew(business: Business, clock: Any) -> None:
    noon()
    assert [take_one().used for _ in range(3)] == [1, 2, 3]
    with pytest.raises(plans.LimitReached) as refused:
        take_one()
    reset = plans.standing().resets_at
    local = reset.astimezone(ZoneInfo("Europe/Stockholm"))
    assert (local.day, local.hour, local.minute) == (1, 0, 0)
    assert refused.value.extra == {"used": 3, "limit": 3, "resetsAt": local.isoformat()}
    assert refused.value.retry_after == round((reset - the_clock.now()).total_seconds() + 0.5)
    assert local.strftime("%Y-%m-%d 00:00") in str(refused.value.detail)


def test_the_new_month_opens_by_itself_at_its_first_instant(business: Business, clock: Any) -> None:
    noon()
    for _ in range(3):
        take_one()
    reset = plans.standing().resets_at
    move_clock_to(reset - timedelta(seconds=1))
    with pytest.raises(plans.LimitReached):
        take_one()
    move_clock_to(reset)
    assert take_one().used == 1
    assert [used for _month, used, _back in plans.months()] == [1, 3]


def test_another_plan_counts_at_once_and_what_is_used_stays_used(business: Business, clock: Any) -> None:
    noon()
    for _ in range(3):
        take_one()
    plans.subscribe(business.id, "growth")
    assert (take_one().used, plans.standing().limit, plans.standing().left) == (4, 100, 96)
    plans.subscribe(business.id, "starter")
    assert plans.standing().left == 0
    with pytest.raises(plans.LimitReached):
        take_one()


def test_a_lapsed_subscription_sends_nothing_until_it_is_renewed(business: Business, clock: Any) -> None:
    noon()
    plans.subscribe(business.id, "pro", ends_at=the_clock.now() + timedelta(hours=1))
    take_one()
    clock.forward(hours=1)
    with pytest.raises(Lapsed):
        take_one()
    assert plans.standing().left == 0
    plans.subscribe(business.id, "pro")
    assert take_one().used == 2


def test_an_edited_plan_counts_for_all_on_it(business: Business) -> None:
    plans.edit("starter", monthly_invites=1)
    take_one()
    with pytest.raises(plans.LimitReached):
        take_one()
    with pytest.raises(plans.StalePlan):
        plans.edit("starter", monthly_invites=5, version=1)


def test_what_is_given_back_may_be_used_again(business: Business) -> None:
    taken = [take_one() for _ in range(3)]
    with transaction():
        plans.give_back(taken[0].month)
    assert (plans.standing().used, plans.standing().given_back) == (2, 1)
    assert take_one().used == 3
