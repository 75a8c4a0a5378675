"""Reads about invites to many: the batches, how far one is, and what became of each of its customers."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from app.kernel import clock
from app.kernel.db import db
from app.messaging.batch_models import BatchState, InviteBatch, InviteRecipient, Outcome
from app.messaging.sms_models import Sms

#: Rows of one look at a batch's customers.
ROWS = 100


@dataclass(frozen=True)
class Standing:
    """How far a batch is: how many came to which end, and where the messages of the invited stand."""

    outcomes: dict[str, int]
    sms: dict[str, int]

    @property
    def going(self) -> int:
        """How many can get one and have none yet."""
        return self.outcomes.get(Outcome.READY, 0)

    @property
    def invited(self) -> int:
        """How many have one on its way, or behind them."""
        return self.outcomes.get(Outcome.INVITED, 0)


def batches() -> Select[InviteBatch]:
    """All of them, newest first."""
    return select(InviteBatch).order_by(InviteBatch.id.desc())


def batch_by_id(public_id: str) -> Select[InviteBatch]:
    """That batch, as it is now."""
    return select(InviteBatch).where(InviteBatch.public_id == public_id).execution_options(populate_existing=True)


def standing_of(batch: InviteBatch) -> Standing:
    """How far it is; two statements, however many customers."""
    mine = InviteRecipient.batch_id == batch.id
    outcomes = db.session.execute(
        select(InviteRecipient.outcome, func.count()).where(mine).group_by(InviteRecipient.outcome)
    ).all()
    states = db.session.execute(
        select(Sms.state, func.count())
        .join(InviteRecipient, InviteRecipient.sms_id == Sms.id)
        .where(mine)
        .group_by(Sms.state)
    ).all()
    return Standing({row[0]: row[1] for row in outcomes}, {row[0]: row[1] for row in states})


def cost_of(batch: InviteBatch) -> Decimal:
    """What all would cost that can get one, by what the plan said when it was made."""
    return batch.parts * batch.part_price


def time_left(batch: InviteBatch, standing: Standing) -> timedelta | None:
    """How long the worker still needs at the pace so far; None when nothing is under way or nobody can tell yet."""
    if batch.state == BatchState.CHECKING:
        began, done, rest = batch.created_at, batch.checked, batch.total - batch.checked
    elif batch.state == BatchState.SENDING and batch.started_at is not None:
        began, done, rest = batch.started_at, standing.invited, standing.going
    else:
        return None
    return (clock.now() - began) / done * rest if done and rest else None


def recipients(batch_id: int, outcome: str = "", after: int = 0, count: int = ROWS) -> Select[InviteRecipient]:
    """The customers of that batch with that outcome (all of them without one), those that follow the row `after`."""
    rows = select(InviteRecipient).where(InviteRecipient.batch_id == batch_id, InviteRecipient.id > after)
    if outcome:
        rows = rows.where(InviteRecipient.outcome == outcome)
    rows = rows.options(joinedload(InviteRecipient.customer), joinedload(InviteRecipient.sms))
    return rows.order_by(InviteRecipient.id).limit(count)
