"""who wants no mail after a job, and whose account is about to end

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("no_follow_up_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("memberships", sa.Column("warned_at", postgresql.TIMESTAMP(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("memberships", "warned_at")
    op.drop_column("customers", "no_follow_up_at")
