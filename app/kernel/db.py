"""The database: one session, one way to write (`transaction`), one naming of constraints."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, MetaData, UpdateBase, event, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.util.queue import Empty, Queue

from app.kernel import clock
from app.kernel.config import settings

Row = TypeVar("Row")
Item = TypeVar("Item")


class Base(DeclarativeBase):
    """Every table; constraints are named by rule, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database(SQLAlchemy):
    """Flask-SQLAlchemy, whose goodbye to a dead connection is no error of the request that just ended."""

    def _teardown_session(self, exc: BaseException | None) -> None:
        try:
            super()._teardown_session(exc)
        except DBAPIError as error:
            if not is_away(error):
                raise
            # The transaction died with its connection: there is nothing to undo, and the answer stands.
            self.session.registry().invalidate()
            self.session.registry.clear()


# expire_on_commit=False: a look at a row after its commit must not open a new transaction.
db = Database(model_class=Base, session_options={"expire_on_commit": False, "autoflush": True})


class StrayChange(RuntimeError):
    """Something was changed outside `transaction()`; it would have been lost or committed by accident."""


class InTurn(Queue[Item]):
    """A pool's connections, given in the order in which they were asked for.

    Only the first in the line asks; a lock instead would let whoever comes by be served before those who wait.
    """

    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        super().__init__(maxsize, use_lifo)
        self._line: deque[threading.Event] = deque()
        self._guard = threading.Lock()

    def get(self, block: bool = True, timeout: float | None = None) -> Item:
        """The next one; Empty when there was none in time."""
        if not block:
            return super().get(block=False)
        began, turn = clock.monotonic(), threading.Event()
        with self._guard:
            self._line.append(turn)
            self._line[0].set()
        try:
            if not turn.wait(timeout):
                raise Empty
            return super().get(timeout=None if timeout is None else max(0.0, timeout - (clock.monotonic() - began)))
        finally:
            with self._guard:
                self._line.remove(turn)
                if self._line:
                    self._line[0].set()


class FairPool(QueuePool):
    """The usual pool, fair: under a crowd nobody waits much longer than the others."""

    _queue_class = InTurn[Any]


def engine_options(*, process: str = "web") -> dict[str, Any]:
    """How connections are made; `process` is `web` (5 s a statement) or `worker` (60 s)."""
    statement = 5_000 if process == "web" else 60_000
    limits = (
        f"-c statement_timeout={statement} -c lock_timeout=3000 "
        "-c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
    )
    if process == "web":  # to wake helpers takes longer than what a page asks
        limits += " -c max_parallel_workers_per_gather=0"
    size = settings().db_pool_size if process == "web" else settings().worker_concurrency + 4
    return {
        "poolclass": FairPool,
        "pool_size": size,
        "max_overflow": 0,
        "pool_pre_ping": True,
        # A crowd waits for its turn; a database that is away fails each turn at once, so nobody waits this long for it.
        "pool_timeout": 60,
        "pool_recycle": 1800,
        # Behind a pooler that hands connections around, prepared statements break.
        "connect_args": {"connect_timeout": 3, "options": limits, "prepare_threshold": None},
    }


def in_transaction() -> bool:
    """Whether a verb of this thread has its transaction open."""
    return bool(db.session().info.get("depth"))


@contextmanager
def transaction() -> Iterator[None]:
    """Everything inside is one commit; joins the transaction that is already open.

    The outermost one commits and then rings the bells of `after_commit`; an exception undoes everything.
    """
    session = db.session()
    if session.info.get("depth"):
        session.info["depth"] += 1
        try:
            yield
        finally:
            session.info["depth"] -= 1
        return
    if session.in_transaction():
        _refuse_stray(session)
        session.rollback()  # ends the read that a page began, so that the verb sees the present
    session.info["depth"] = 1
    session.info["bells"] = []
    try:
        yield
        session.commit()
        session.info["has_committed"] = True
    except BaseException:
        session.info["bells"] = []
        session.rollback()
        raise
    finally:
        session.info["depth"] = 0
    bells, session.info["bells"] = session.info["bells"], []
    for bell in bells:
        bell()


def after_commit(bell: Callable[[], None]) -> None:
    """Call `bell` once the open transaction is committed; it must be quick and never raise."""
    db.session().info["bells"].append(bell)


def has_committed() -> bool:
    """Whether a verb of this request or job has done something that stands."""
    return bool(db.session().info.get("has_committed"))


def add(row: Row) -> Row:
    """The row, written and with its id."""
    db.session.add(row)
    db.session.flush()
    return row


def lock(model: type[Row], row_id: int) -> Row:
    """The row as it is now, kept from other writers until the transaction ends; LookupError when it is gone."""
    its_id: Any = model.id  # type: ignore[attr-defined]  # every model has an id
    # `of`: what is joined to it (a claim's resource) is only read; PostgreSQL would refuse to lock it.
    wanted = select(model).where(its_id == row_id).with_for_update(key_share=True, of=model)
    found: Row | None = db.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise LookupError(f"{model.__name__} {row_id}")
    return found


def change(statement: UpdateBase) -> int:
    """Run an UPDATE or DELETE; how many rows it changed."""
    return cast("CursorResult[Any]", db.session.execute(statement)).rowcount


def end_reading() -> None:
    """Give the connection back when only reading was done; a stray change is refused."""
    session = db.session()
    if session.info.get("depth"):
        raise StrayChange("the transaction is still open")
    _refuse_stray(session)
    session.commit()  # nothing to write; unlike a rollback it leaves what was loaded as it is


def _refuse_stray(session: Session) -> None:
    if session.new or session.dirty or session.deleted:
        changed = [
            type(row).__name__ for row in [*session.new, *session.dirty, *session.deleted] if session.is_modified(row)
        ]
        if changed:
            session.rollback()
            raise StrayChange(f"changed outside a transaction: {', '.join(sorted(set(changed)))}")


@event.listens_for(Session, "before_flush")
def _only_inside(session: Session, *_: object) -> None:
    if "depth" in session.info and not session.info["depth"]:
        _refuse_stray(session)


def is_away(error: BaseException) -> bool:
    """Whether this error means that the database cannot be reached just now."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state is None:  # the driver's own word: about the connection, or about a value that it could not send
            return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
        return error.connection_invalidated or state.startswith(("08", "57P", "53"))
    return False


def is_rivalry(error: BaseException) -> bool:
    """Whether this error is a lost race (serialization failure, deadlock) that a fresh try may win."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in ("40001", "40P01", "55P03")
