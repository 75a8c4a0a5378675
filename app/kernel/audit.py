"""Who did what that matters: append-only (a trigger refuses update and delete)."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, BigInteger, Index, String, event
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import clock
from app.kernel.access import current_actor
from app.kernel.db import db
from app.kernel.tenancy import BusinessOwned, business_in_scope
from app.kernel.trace import current_request_id


class AuditEntry(BusinessOwned, db.Model):
    """One deed: who, when, from where, what, before and after without secrets."""

    __tablename__ = "audit_log"
    __extra_args__ = (Index("ix_audit_log_business_id_id_desc", "business_id", db.text("id DESC")),)
    may_be_shared = True

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), default=clock.now)
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(200), default="")
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_user_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    before: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    request_id: Mapped[str] = mapped_column(String(64), default="")


#: Retention and erasure say `SET LOCAL kontor.retention = 'on'`; everything else is refused by the database.
APPEND_ONLY = """
create function audit_log_is_append_only() returns trigger language plpgsql as $$
begin
  if current_setting('kontor.retention', true) = 'on' then
    if tg_op = 'DELETE' then return old; end if;
    return new;
  end if;
  raise exception 'the audit log is append-only';
end $$;
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function audit_log_is_append_only();
"""
event.listen(AuditEntry.__table__, "after_create", DDL(APPEND_ONLY.replace("%", "%%")))


def record(
    action: str, subject: str = "", *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> None:
    """Write a deed into the log, in the open transaction: where it cannot be logged, it is not done."""
    actor = current_actor()
    db.session.add(
        AuditEntry(
            business_id=business_in_scope(),
            action=action,
            subject=subject,
            actor_kind=actor.kind,
            actor_user_id=actor.user_id,
            actor_name=actor.name,
            address=actor.address,
            before=before or {},
            after=after or {},
            request_id=current_request_id(),
        )
    )
