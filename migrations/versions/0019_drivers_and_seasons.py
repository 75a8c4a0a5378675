"""by which channel a driver is told, what is told once, and names and versions of seasons

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("drivers", sa.Column("channel", sa.String(length=10), server_default="sms", nullable=False))
    op.create_check_constraint(op.f("ck_drivers_channel"), "drivers", "channel in ('sms', 'whatsapp')")
    op.add_column("sms_messages", sa.Column("once", sa.String(length=120), nullable=True))
    op.create_index("uq_sms_messages_once", "sms_messages", ["business_id", "once"], unique=True)
    a_name = sa.text("substr(md5(random()::text), 1, 20)")
    op.add_column("seasons", sa.Column("public_id", sa.String(length=20), server_default=a_name, nullable=False))
    op.create_unique_constraint(op.f("uq_seasons_public_id"), "seasons", ["public_id"])
    op.add_column("seasons", sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))


def downgrade() -> None:
    op.drop_column("seasons", "version")
    op.drop_constraint(op.f("uq_seasons_public_id"), "seasons")
    op.drop_column("seasons", "public_id")
    op.drop_index("uq_sms_messages_once", "sms_messages")
    op.drop_column("sms_messages", "once")
    op.drop_constraint(op.f("ck_drivers_channel"), "drivers")
    op.drop_column("drivers", "channel")
