"""Which business's rows are in sight. The filter sits in the session, so that no query can forget it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, Table, UniqueConstraint, event
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.sql import visitors

from app.kernel.db import Base

_business: ContextVar[int | None] = ContextVar("business", default=None)
_across: ContextVar[bool] = ContextVar("across", default=False)


class NoBusiness(RuntimeError):
    """A business's rows were asked for while no business is in scope."""


class ForeignBusiness(RuntimeError):
    """A row of another business was about to be written."""


class BusinessOwned:
    """A row of one business; read, stamped and guarded by the session."""

    #: Tables whose rows may belong to the whole deployment (periodic jobs) say True.
    may_be_shared: ClassVar[bool] = False

    @declared_attr
    def business_id(cls) -> Mapped[int]:
        return mapped_column(BigInteger, ForeignKey("businesses.id"), nullable=cls.may_be_shared)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:
        # What other tables' composite keys (business_id, …_id) point at: a row cannot even point abroad.
        extra = tuple(getattr(cls, "__extra_args__", ()))
        return (UniqueConstraint("business_id", "id"), *extra)


def current_business_id() -> int:
    """The business in scope; NoBusiness when there is none."""
    found = _business.get()
    if found is None:
        raise NoBusiness("no business in scope")
    return found


def business_in_scope() -> int | None:
    """The business in scope, or None."""
    return _business.get()


@contextmanager
def within(business_id: int) -> Iterator[None]:
    """Everything inside reads and writes this business's rows only."""
    before, wide = _business.set(business_id), _across.set(False)
    try:
        yield
    finally:
        _business.reset(before)
        _across.reset(wide)


@contextmanager
def across_businesses() -> Iterator[None]:
    """Everything inside sees the rows of all businesses. Loud on purpose: grep for it."""
    wide = _across.set(True)
    try:
        yield
    finally:
        _across.reset(wide)


@event.listens_for(Session, "do_orm_execute")
def _filter(state: ORMExecuteState) -> None:
    # Text SQL and bare tables pass under the filter: they stay in the kernel and the few verbs that name the business.
    if not state.is_orm_statement or _across.get() or state.is_column_load or state.is_relationship_load:
        return
    if state.is_insert:
        _check_insert(state)
        return
    if _business.get() is None and not _touches_owned(state):
        return
    business_id = current_business_id()
    state.statement = state.statement.options(
        with_loader_criteria(
            BusinessOwned,
            lambda cls: cls.business_id == business_id,
            include_aliases=True,
            track_closure_variables=True,
        )
    )


def _touches_owned(state: ORMExecuteState) -> bool:
    """Whether any table of the statement, however deep, belongs to businesses."""
    owned = {mapper.local_table for mapper in _mappers() if issubclass(mapper.class_, BusinessOwned)}
    statement: Any = state.statement
    tables = {part for part in visitors.iterate(statement) if isinstance(part, Table)}
    mapped = {mapper.local_table for mapper in state.all_mappers}
    return bool((tables | mapped) & owned)


def _mappers() -> Iterable[Mapper[Any]]:
    return Base.registry.mappers


def _check_insert(state: ORMExecuteState) -> None:
    models = [mapper.class_ for mapper in state.all_mappers if issubclass(mapper.class_, BusinessOwned)]
    if not models:
        return
    parameters: Any = state.parameters or {}
    rows = parameters if isinstance(parameters, list) else [parameters]
    here = current_business_id()
    for row in rows:
        if row.get("business_id", here) != here:
            raise ForeignBusiness(models[0].__name__)


@event.listens_for(Session, "before_flush")
def _stamp(session: Session, *_: object) -> None:
    for row in session.new:
        if isinstance(row, BusinessOwned):
            _stamp_one(row)
    if _across.get():
        return
    for row in [*session.dirty, *session.deleted]:
        if isinstance(row, BusinessOwned) and row.business_id is not None and row.business_id != current_business_id():
            raise ForeignBusiness(type(row).__name__)


def _stamp_one(row: BusinessOwned) -> None:
    if row.business_id is None and not row.may_be_shared:
        row.business_id = current_business_id()
    elif row.business_id is not None and not _across.get() and row.business_id != current_business_id():
        raise ForeignBusiness(type(row).__name__)
