"""who is in which crew, and what is said about jobs from the phone

Revision: 0007, after 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Until now a crew's label named who is in it; those names that are a driver's become rows.
BY_NAME = """
insert into crew_members (resource_id, user_id, created_at, business_id)
select distinct r.id, m.user_id, now(), r.business_id
from resources r
cross join lateral regexp_split_to_table(r.label, '[,;/&+]') as part
join memberships m on m.business_id = r.business_id and m.role = 'driver' and m.disabled_at is null
join users u on u.id = m.user_id
where r.kind = 'crew' and btrim(part) <> ''
  and lower(regexp_replace(btrim(part), '\\s+', ' ', 'g')) = lower(regexp_replace(btrim(u.name), '\\s+', ' ', 'g'))
"""


def upgrade() -> None:
    op.create_table(
        "crew_members",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_crew_members_business_id_businesses")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "resource_id"],
            ["resources.business_id", "resources.id"],
            name=op.f("fk_crew_members_business_id_resources"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_crew_members_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew_members")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_crew_members_business_id_id")),
    )
    op.create_index(
        "uq_crew_members_resource_id_user_id", "crew_members", ["business_id", "resource_id", "user_id"], unique=True
    )
    op.create_index("ix_crew_members_business_id_user_id", "crew_members", ["business_id", "user_id"])
    op.execute(BY_NAME)
    op.create_table(
        "field_reports",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(length=20), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("signed_by", sa.String(length=200), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("said_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind in ('on_the_way','started','done','cannot','note','ticked','unticked','extra')",
            name=op.f("ck_field_reports_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_field_reports_business_id_businesses")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "booking_id"],
            ["bookings.business_id", "bookings.id"],
            name=op.f("fk_field_reports_business_id_bookings"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_reports")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_field_reports_business_id_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_field_reports_public_id")),
    )
    op.create_index(
        "uq_field_reports_user_id_key", "field_reports", ["business_id", "user_id", "key"], unique=True
    )
    op.create_index(
        "ix_field_reports_business_id_booking_id", "field_reports", ["business_id", "booking_id", "id"]
    )


def downgrade() -> None:
    op.drop_table("field_reports")
    op.drop_table("crew_members")
