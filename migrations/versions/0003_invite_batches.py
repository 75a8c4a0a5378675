"""invites to many

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_AT = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invite_batches",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("q", sa.String(length=100), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("also_recent", sa.Boolean(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("part_price", sa.Numeric(precision=10, scale=4), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("started_at", _AT, nullable=True),
        sa.Column("ended_at", _AT, nullable=True),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state in ('checking', 'ready', 'sending', 'stopped', 'done')", name=op.f("ck_invite_batches_state")
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_invite_batches_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite_batches")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_invite_batches_business_id_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invite_batches_public_id")),
    )
    op.create_index("ix_invite_batches_business_id_id", "invite_batches", ["business_id", "id"])
    op.create_table(
        "invite_recipients",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("sms_id", sa.BigInteger(), nullable=True),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id", "batch_id"], ["invite_batches.business_id", "invite_batches.id"], ondelete="CASCADE",
            name=op.f("fk_invite_recipients_business_id_batch_id_invite_batches"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "customer_id"], ["customers.business_id", "customers.id"],
            name=op.f("fk_invite_recipients_business_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "sms_id"], ["sms_messages.business_id", "sms_messages.id"],
            name=op.f("fk_invite_recipients_business_id_sms_id_sms_messages"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_invite_recipients_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invite_recipients")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_invite_recipients_business_id_id")),
    )  # fmt: skip
    op.create_index(
        "uq_invite_recipients_batch_id_customer_id", "invite_recipients", ["batch_id", "customer_id"], unique=True
    )
    op.create_index(
        "ix_invite_recipients_batch_id_outcome_id", "invite_recipients", ["batch_id", "outcome", "id"]
    )
    op.create_index("ix_invite_recipients_sms_id", "invite_recipients", ["sms_id"])


def downgrade() -> None:
    op.drop_table("invite_recipients")
    op.drop_table("invite_batches")
