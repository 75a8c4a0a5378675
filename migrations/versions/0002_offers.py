"""offers, tags and channels of customers, late cancellations

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("travel_minutes", sa.Integer(), nullable=False),
        sa.Column("notice_hours", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind in ('move', 'cleaning', 'car')", name=op.f("ck_offers_kind")),
        sa.CheckConstraint("minutes between 0 and 1440", name=op.f("ck_offers_minutes")),
        sa.CheckConstraint("travel_minutes between 0 and 480", name=op.f("ck_offers_travel_minutes")),
        sa.CheckConstraint("notice_hours between 0 and 1440", name=op.f("ck_offers_notice_hours")),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_offers_business_id_businesses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_offers_business_id_id")),
    )
    op.create_index("uq_offers_business_id_kind", "offers", ["business_id", "kind"], unique=True)
    op.add_column(
        "customers",
        sa.Column("tags", postgresql.ARRAY(sa.String(length=40)), server_default="{}", nullable=False),
    )
    op.add_column("customers", sa.Column("channel", sa.String(length=10), server_default="email", nullable=False))
    op.create_check_constraint(op.f("ck_customers_channel"), "customers", "channel in ('email', 'sms', 'whatsapp')")
    op.create_index("ix_customers_tags", "customers", ["tags"], postgresql_using="gin")
    op.add_column("bookings", sa.Column("cancelled_late", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("bookings", "cancelled_late")
    op.drop_index("ix_customers_tags", table_name="customers")
    op.drop_constraint(op.f("ck_customers_channel"), "customers", type_="check")
    op.drop_column("customers", "channel")
    op.drop_column("customers", "tags")
    op.drop_table("offers")
