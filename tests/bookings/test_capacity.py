"""Which times can be kept: rules alone, over any days, both changes of the clocks among them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.bookings.capacity import Busy, Rules, nearest, starts
from app.kernel.clock import wall_time

ZONE = "Europe/Stockholm"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CHANGES = (date(2026, 3, 29), date(2026, 10, 25))
TUESDAY = date(2026, 11, 3)


def rules(
    crews: int = 1, hours: float = 4, travel: int = 30, opens: int = 7, closes: int = 18, **more: object
) -> Rules:
    facts: dict[str, object] = {"kind": "move", "zone": ZONE, "hours": ((time(opens), time(closes)),) * 7}
    facts |= {"length": timedelta(hours=hours), "travel": timedelta(minutes=travel), "crews": frozenset(range(crews))}
    return Rules(**(facts | more))  # type: ignore[arg-type]  # facts of a dataclass


def job(day: date, begins: int, ends: int, crew: int | None = None, kind: str = "move") -> Busy:
    return Busy(wall_time(day, begins, 0, ZONE), wall_time(day, ends, 0, ZONE), kind, crew)


def hours_of(found: list[datetime]) -> list[int]:
    return [at.astimezone(ZoneInfo(ZONE)).hour for at in found]


def test_a_job_begins_and_ends_within_the_hours() -> None:
    assert hours_of(starts(rules(), TUESDAY, [], after=LONG_AGO)) == list(range(7, 15))


def test_nobody_comes_on_a_day_off_nor_before_now() -> None:
    off = Rules("move", ZONE, (None,) * 7, timedelta(hours=1), timedelta(), frozenset({1}))
    assert starts(off, TUESDAY, [], after=LONG_AGO) == []
    noon = wall_time(TUESDAY, 12, 0, ZONE)
    assert hours_of(starts(rules(), TUESDAY, [], after=noon)) == [12, 13, 14]


def test_the_way_to_the_next_job_is_kept_free() -> None:
    taken = [job(TUESDAY, 12, 16)]
    assert hours_of(starts(rules(hours=4, travel=60), TUESDAY, taken, after=LONG_AGO)) == [7]
    assert hours_of(starts(rules(hours=4, travel=61), TUESDAY, taken, after=LONG_AGO)) == []


def test_a_crew_that_is_given_two_jobs_leaves_no_gap_for_a_third_between() -> None:
    # At no instant both crews are busy, yet neither is free for the whole time.
    taken = [job(TUESDAY, 7, 9, crew=0), job(TUESDAY, 10, 14, crew=1)]
    found = rules(crews=2, hours=4, travel=0)
    assert not found.has_crew(wall_time(TUESDAY, 8, 0, ZONE), wall_time(TUESDAY, 12, 0, ZONE), taken)
    assert found.has_crew(wall_time(TUESDAY, 9, 0, ZONE), wall_time(TUESDAY, 13, 0, ZONE), taken)


def test_fewer_jobs_of_a_kind_than_crews_where_the_firm_says_so() -> None:
    taken = [job(TUESDAY, 7, 18)]
    assert starts(rules(crews=3, at_once=1), TUESDAY, taken, after=LONG_AGO) == []
    assert starts(rules(crews=3, at_once=2), TUESDAY, taken, after=LONG_AGO) != []
    assert starts(rules(crews=3, at_once=1), TUESDAY, [job(TUESDAY, 7, 18, kind="cleaning")], after=LONG_AGO) != []


def test_the_nearest_free_days_are_named_in_order() -> None:
    free = {TUESDAY + timedelta(days=step) for step in (-3, 2, 5, 9)}
    first, last = TUESDAY - timedelta(days=10), TUESDAY + timedelta(days=10)
    found = nearest(TUESDAY, first, last, lambda day: day in free)
    assert [(day - TUESDAY).days for day in found] == [-3, 2, 5]


@given(
    day=st.sampled_from([day + timedelta(days=step) for day in CHANGES for step in (-1, 0, 1)]),
    opens=st.integers(0, 12),
    long=st.integers(1, 11),
    minutes=st.sampled_from([30, 60, 90, 150, 300]),
)
def test_wall_clock_times_are_right_over_both_changes_of_the_clocks(
    day: date, opens: int, long: int, minutes: int
) -> None:
    found = rules(hours=minutes / 60, opens=opens, closes=min(opens + long, 23))
    for at in starts(found, day, [], after=LONG_AGO):
        local = at.astimezone(ZoneInfo(ZONE))
        assert local.date() == day
        assert local.minute == 0
        assert at + found.length <= wall_time(day, min(opens + long, 23), 0, ZONE)
        assert at >= wall_time(day, opens, 0, ZONE)
    hours = hours_of(starts(found, day, [], after=LONG_AGO))
    assert len(set(hours)) == len(hours), "an hour is offered once"
    assert hours == sorted(hours)


@given(
    crews=st.integers(1, 4),
    wishes=st.lists(st.tuples(st.integers(0, 8), st.sampled_from([1, 2, 3, 5])), max_size=30),
    day=st.sampled_from([*CHANGES, TUESDAY]),
)
def test_whatever_was_taken_can_be_shared_out_among_the_crews(
    crews: int, wishes: list[tuple[int, int]], day: date
) -> None:
    taken: list[Busy] = []
    for which, hours in wishes:
        found = rules(crews=crews, hours=hours)
        free = starts(found, day, taken, after=LONG_AGO)
        if free:
            at = free[which % len(free)]
            taken.append(Busy(at, at + found.length + found.travel, "move"))
    busy_until: list[datetime] = [LONG_AGO] * crews
    for one in sorted(taken, key=lambda one: one.starts_at):
        crew = min(range(crews), key=lambda number: busy_until[number])
        assert busy_until[crew] <= one.starts_at
        busy_until[crew] = one.ends_at
