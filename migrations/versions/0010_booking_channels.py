"""the channel by which a booking's customer hears of it

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bookings", sa.Column("channel", sa.String(length=10), server_default="email", nullable=False))
    op.create_check_constraint(op.f("ck_bookings_channel"), "bookings", "channel in ('email', 'sms', 'whatsapp')")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_bookings_channel"), "bookings", type_="check")
    op.drop_column("bookings", "channel")
