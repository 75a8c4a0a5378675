"""A price while one asks: arithmetic over the owner's amounts, the same for the same words."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.bookings.choices import EXTRAS, SIZES
from app.bookings.pricing import STEP, USUAL, Asked, parts_of, quote

MOVE = {part: Decimal(amount) for part, amount in USUAL["move"].items()}


def asked(**more: object) -> Asked:
    return Asked(**({"kind": "move", "volume": 25} | more))  # type: ignore[arg-type]  # facts of a dataclass


def test_a_move_with_stairs_and_a_piano() -> None:
    found = quote(asked(extras=("Piano",), floors=((3, False), (1, True))), MOVE)
    assert found is not None
    assert {part: int(amount) for part, _count, amount in found.lines} == {
        "base": 1200, "volume": 4750, "extra:Piano": 1500, "floor": 750,
    }  # fmt: skip
    assert (int(found.low), int(found.high)) == (7200, 9200)


def test_nothing_is_said_before_it_is_known_how_much_there_is() -> None:
    assert quote(Asked("move"), MOVE) is None
    assert quote(Asked("move", extras=("Piano",)), MOVE) is None
    assert quote(asked(), {}) is None
    assert quote(Asked("move", size="A castle"), MOVE) is None


def test_a_lift_costs_nothing_and_a_floor_is_not_charged_twice() -> None:
    plain = quote(asked(), MOVE)
    assert quote(asked(floors=((4, True),)), MOVE) == plain
    stairs = ("No lift, third floor or higher",)
    assert quote(asked(floors=((4, False),), extras=stairs), MOVE) == quote(asked(floors=((4, False),)), MOVE)
    assert quote(asked(extras=stairs), MOVE) != plain


def test_the_first_twenty_metres_are_part_of_it() -> None:
    assert quote(asked(distance=20), MOVE) == quote(asked(), MOVE)
    near, far = quote(asked(distance=21), MOVE), quote(asked(distance=40), MOVE)
    assert near is not None
    assert far is not None
    assert near.low < far.low or near.high < far.high


def test_hours_count_where_the_owner_prices_them() -> None:
    by_hour = {"size:1 room": Decimal(1), "hour": Decimal(500), "base": Decimal(1)}
    found = quote(Asked("move", size="1 room"), by_hour, Decimal(5))
    assert found is not None
    assert ("hour", 1, Decimal(2500)) in found.lines


def test_every_usual_amount_is_one_that_the_owner_may_set() -> None:
    for kind, amounts in USUAL.items():
        assert set(amounts) == set(parts_of(kind))


ASKED = st.builds(
    Asked,
    kind=st.just("move"),
    size=st.sampled_from(["", *SIZES["move"]]),
    extras=st.lists(st.sampled_from(list(EXTRAS["move"])), max_size=5).map(tuple),
    volume=st.none() | st.integers(1, 500),
    floors=st.lists(st.tuples(st.none() | st.integers(-2, 20), st.none() | st.booleans()), max_size=2).map(tuple),
    distance=st.none() | st.integers(0, 2000),
)
AMOUNTS = st.fixed_dictionaries({part: st.decimals(0, 20_000, places=2) for part in parts_of("move")})


@given(said=ASKED, amounts=AMOUNTS)
def test_the_same_words_cost_the_same_whatever_their_order(said: Asked, amounts: dict[str, Decimal]) -> None:
    found = quote(said, amounts)
    turned = Asked(said.kind, said.size, said.extras[::-1], said.volume, said.floors[::-1], said.distance)
    assert quote(turned, amounts) == found == quote(said, amounts)
    if found is not None:
        assert 0 <= found.low <= found.high
        assert found.low % STEP == found.high % STEP == 0
        assert found.low <= sum(amount for _part, _count, amount in found.lines) <= found.high


@given(said=ASKED, more=st.integers(1, 10))
def test_more_floors_never_cost_less(said: Asked, more: int) -> None:
    higher = Asked(said.kind, said.size, said.extras, said.volume, ((30, False), (30 + more, False)), said.distance)
    lower = Asked(said.kind, said.size, said.extras, said.volume, ((30, False), (30, False)), said.distance)
    one, other = quote(lower, MOVE), quote(higher, MOVE)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.low <= other.low
        assert one.high <= other.high
