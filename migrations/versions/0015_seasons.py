"""seasons, in which cars cost more or less

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seasons",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("every_year", sa.Boolean(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("percent between -90 and 500", name=op.f("ck_seasons_percent")),
        sa.CheckConstraint("last >= first", name=op.f("ck_seasons_in_order")),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_seasons_business_id_businesses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasons")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_seasons_business_id_id")),
    )
    op.create_index("ix_seasons_business_id_first", "seasons", ["business_id", "first"])


def downgrade() -> None:
    op.drop_table("seasons")
