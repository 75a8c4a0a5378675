"""addresses under which calendar programs read bookings

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'business' and resource_id is null and user_id is null)"
            " or (kind = 'resource' and resource_id is not null and user_id is null)"
            " or (kind = 'user' and user_id is not null and resource_id is null)",
            name=op.f("ck_calendar_feeds_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_calendar_feeds_business_id_businesses")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "resource_id"],
            ["resources.business_id", "resources.id"],
            name=op.f("fk_calendar_feeds_business_id_resources"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_calendar_feeds_business_id_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_calendar_feeds_public_id")),
    )
    op.create_index("uq_calendar_feeds_secret_hash", "calendar_feeds", ["secret_hash"], unique=True)
    op.create_index(
        "uq_calendar_feeds_whose",
        "calendar_feeds",
        ["business_id", "kind", sa.text("coalesce(resource_id, 0)"), sa.text("coalesce(user_id, 0)")],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("calendar_feeds")
