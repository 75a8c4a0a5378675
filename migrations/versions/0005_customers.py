"""search of customers, merges, what is left of erased people, and the CRM's log

Revision: 0005, after 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customers",
        sa.Column("search", postgresql.ARRAY(sa.String(length=40)), server_default="{}", nullable=False),
    )
    op.add_column("customers", sa.Column("erased_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.create_index("ix_customers_search", "customers", ["search"], postgresql_using="gin")
    op.create_index(
        "ix_customers_unsearchable", "customers", ["id"], postgresql_where=sa.text("search = '{}'")
    )
    op.create_table(
        "customer_merges",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("other_public_id", sa.String(length=20), nullable=False),
        sa.Column("other_name", sa.String(length=200), nullable=False),
        sa.Column("other", postgresql.JSONB(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=False),
        sa.Column("after", postgresql.JSONB(), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("removed", postgresql.JSONB(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_customer_merges_business_id_businesses")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "customer_id"],
            ["customers.business_id", "customers.id"],
            name=op.f("fk_customer_merges_business_id_customers"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merges")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_customer_merges_business_id_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_customer_merges_public_id")),
    )
    op.create_index("ix_customer_merges_business_id_customer_id", "customer_merges", ["business_id", "customer_id"])
    op.create_index("ix_customer_merges_other_id", "customer_merges", ["other_id"])
    op.create_index("ix_customer_merges_other_public_id", "customer_merges", ["other_public_id"])
    op.create_table(
        "erased_people",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_erased_people_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_people")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_erased_people_business_id_id")),
    )
    op.create_index("uq_erased_people_business_id_hash", "erased_people", ["business_id", "hash"], unique=True)
    op.create_table(
        "crm_pushes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("target", sa.String(length=10), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("subject_public_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("outside_id", sa.String(length=200), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("tried_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state in ('queued', 'sent', 'failed', 'held')", name=op.f("ck_crm_pushes_state")),
        sa.CheckConstraint("target in ('webhook', 'hubspot')", name=op.f("ck_crm_pushes_target")),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_crm_pushes_business_id_businesses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_pushes")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_crm_pushes_business_id_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_crm_pushes_public_id")),
    )
    op.create_index("ix_crm_pushes_business_id_id_desc", "crm_pushes", ["business_id", sa.text("id DESC")])
    op.create_index("ix_crm_pushes_business_id_state_id", "crm_pushes", ["business_id", "state", "id"])
    op.create_index("ix_crm_pushes_created_at", "crm_pushes", ["created_at"])
    op.create_table(
        "crm_pauses",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("paused_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("paused_by", sa.String(length=200), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_crm_pauses_business_id_businesses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_pauses")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_crm_pauses_business_id_id")),
    )
    op.create_index("uq_crm_pauses_business_id", "crm_pauses", ["business_id"], unique=True)


def downgrade() -> None:
    op.drop_table("crm_pauses")
    op.drop_table("crm_pushes")
    op.drop_table("erased_people")
    op.drop_table("customer_merges")
    op.drop_index("ix_customers_unsearchable", table_name="customers")
    op.drop_index("ix_customers_search", table_name="customers")
    op.drop_column("customers", "erased_at")
    op.drop_column("customers", "search")
