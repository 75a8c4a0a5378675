"""by which channel a driver is told, and what is told once

Revision: 0019, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drivers", sa.Column("channel", sa.String(length=10), server_default="sms", nullable=False))
    op.create_check_constraint(op.f("ck_drivers_channel"), "drivers", "channel in ('sms', 'whatsapp')")
    op.add_column("sms_messages", sa.Column("once", sa.String(length=120), nullable=True))
    op.create_index("uq_sms_messages_once", "sms_messages", ["business_id", "once"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_sms_messages_once", "sms_messages")
    op.drop_column("sms_messages", "once")
    op.drop_constraint(op.f("ck_drivers_channel"), "drivers")
    op.drop_column("drivers", "channel")
