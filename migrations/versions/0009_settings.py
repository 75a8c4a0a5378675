"""what firms say about themselves: days, prices, logo, languages; invitations and the second step at log-in

Revision: 0009, after 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROLES = "'platform', 'owner', 'dispatcher', 'accountant', 'driver', 'customer'"
_TIME = postgresql.TIMESTAMP(timezone=True)


def _owned(name: str, *parts: sa.schema.SchemaItem) -> None:
    """A table of rows that belong to a business."""
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), nullable=False),
        *parts,
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f(f"fk_{name}_business_id_businesses")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("business_id", "id", name=op.f(f"uq_{name}_business_id_id")),
    )


def upgrade() -> None:
    for column in (
        sa.Column("about", sa.String(500), server_default="", nullable=False),
        sa.Column("languages", sa.JSON(), server_default=sa.text("'[\"en\", \"sv\", \"da\"]'"), nullable=False),
        sa.Column("sender_name", sa.String(100), server_default="", nullable=False),
        sa.Column("reply_to", sa.String(320), server_default="", nullable=False),
        sa.Column("hours", sa.JSON(), nullable=True),
        sa.Column("holidays", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("only_free", sa.String(6), server_default="never", nullable=False),
        sa.Column("demands_second_step", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("retention", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("logo_mark", sa.String(20), server_default="", nullable=False),
    ):
        op.add_column("businesses", column)
    op.create_check_constraint(
        op.f("ck_businesses_only_free"), "businesses", "only_free in ('never', 'form', 'always')"
    )
    op.add_column("users", sa.Column("second_key", sa.String(40), server_default="", nullable=False))
    op.add_column("users", sa.Column("second_since", _TIME, nullable=True))
    op.add_column("users", sa.Column("second_used", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("bookings", sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.add_column("bookings", sa.Column("price_low", sa.Numeric(12, 2), nullable=True))
    op.add_column("bookings", sa.Column("price_high", sa.Numeric(12, 2), nullable=True))
    op.add_column("bookings", sa.Column("price_basis", postgresql.JSONB(), nullable=True))
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])
    _owned(
        "invitations",
        sa.Column("public_id", sa.String(20), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME, nullable=True),
        sa.Column("withdrawn_at", _TIME, nullable=True),
        sa.CheckConstraint(f"role in ({_ROLES})", name=op.f("ck_invitations_role_known")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitations_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    _owned(
        "closed_days",
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.CheckConstraint("last >= first", name=op.f("ck_closed_days_in_order")),
    )
    op.create_index("ix_closed_days_business_id_last", "closed_days", ["business_id", "last"])
    _owned(
        "crew_limits",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('move', 'cleaning')", name=op.f("ck_crew_limits_kind")),
        sa.CheckConstraint("at_once between 1 and 100", name=op.f("ck_crew_limits_at_once")),
    )
    op.create_index("uq_crew_limits_business_id_kind", "crew_limits", ["business_id", "kind"], unique=True)
    _owned(
        "price_rules",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("part", sa.String(60), nullable=False),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.CheckConstraint("kind in ('move', 'cleaning')", name=op.f("ck_price_rules_kind")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_price_rules_amount")),
    )
    op.create_index("uq_price_rules_business_id_kind_part", "price_rules", ["business_id", "kind", "part"], unique=True)
    _owned(
        "logos",
        sa.Column("mark", sa.String(20), nullable=False),
        sa.Column("content_type", sa.String(20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )
    op.create_index("uq_logos_business_id", "logos", ["business_id"], unique=True)


def downgrade() -> None:
    for table in ("logos", "price_rules", "crew_limits", "closed_days", "invitations", "recovery_codes"):
        op.drop_table(table)
    for name in ("price_basis", "price_high", "price_low", "details"):
        op.drop_column("bookings", name)
    for name in ("second_used", "second_since", "second_key"):
        op.drop_column("users", name)
    op.drop_constraint(op.f("ck_businesses_only_free"), "businesses", type_="check")
    for name in (
        "logo_mark", "retention", "demands_second_step", "only_free", "holidays", "hours", "reply_to", "sender_name",
        "languages", "about",
    ):  # fmt: skip
        op.drop_column("businesses", name)
