"""when the reminder and the mail of the day after go, by the owner's word; what a provider said of one message

Revision: 0018, after 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_HOURS = {"reminder_hour": "17", "follow_up_hour": "10"}
_WISHES = ("sends_reminders", "sends_follow_ups")


def upgrade() -> None:
    for name in _WISHES:
        op.add_column("businesses", sa.Column(name, sa.Boolean(), server_default=sa.true(), nullable=False))
    for name, usual in _HOURS.items():
        op.add_column("businesses", sa.Column(name, sa.SmallInteger(), server_default=usual, nullable=False))
        op.create_check_constraint(op.f(f"ck_businesses_{name}"), "businesses", f"{name} between 0 and 23")
    op.create_index("ix_webhook_calls_subject_id", "webhook_calls", ["subject_id"])


def downgrade() -> None:
    op.drop_index("ix_webhook_calls_subject_id", table_name="webhook_calls")
    for name in _HOURS:
        op.drop_constraint(op.f(f"ck_businesses_{name}"), "businesses", type_="check")
        op.drop_column("businesses", name)
    for name in _WISHES:
        op.drop_column("businesses", name)
