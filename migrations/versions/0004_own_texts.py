"""the owner's own words for messages

Revision: 0004, after 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_texts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("part in ('subject', 'body', 'text')", name=op.f("ck_own_texts_part")),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_own_texts_business_id_businesses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_texts")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_own_texts_business_id_id")),
    )
    op.create_index(
        "uq_own_texts_business_id_kind_language_part",
        "own_texts",
        ["business_id", "kind", "language", "part"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("own_texts")
