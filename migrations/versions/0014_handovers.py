"""cars handed out and taken back, and photos of jobs

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)
_BEFORE = "kind in ('on_the_way','started','done','cannot','note','ticked','unticked','extra')"
_NOW = f"{_BEFORE[:-1]},'photo','car_out','car_back')"


def _kinds(words: str) -> None:
    op.drop_constraint(op.f("ck_field_reports_kind"), "field_reports", type_="check")
    op.create_check_constraint(op.f("ck_field_reports_kind"), "field_reports", words)


def upgrade() -> None:
    op.add_column("field_reports", sa.Column("file_id", sa.BigInteger(), nullable=True))
    op.add_column("field_reports", sa.Column("stage", sa.String(4), server_default="", nullable=False))
    op.create_foreign_key(
        op.f("fk_field_reports_business_id_files"), "field_reports", "files", ["business_id", "file_id"],
        ["business_id", "id"],
    )  # fmt: skip
    _kinds(_NOW)
    op.create_table(
        "handovers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("car_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(4), nullable=False),
        sa.Column("odometer", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("marks", postgresql.JSONB(), nullable=False),
        sa.Column("new_marks", postgresql.JSONB(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.Column("settled_words", sa.String(300), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("stage in ('out', 'back')", name=op.f("ck_handovers_stage")),
        sa.CheckConstraint("level between 0 and 100", name=op.f("ck_handovers_level")),
        sa.CheckConstraint("odometer >= 0", name=op.f("ck_handovers_odometer")),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_handovers_business_id_businesses")),
        sa.ForeignKeyConstraint(
            ["business_id", "booking_id"],
            ["bookings.business_id", "bookings.id"],
            name=op.f("fk_handovers_business_id_bookings"),
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "car_id"], ["cars.business_id", "cars.id"], name=op.f("fk_handovers_business_id_cars")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "report_id"],
            ["field_reports.business_id", "field_reports.id"],
            name=op.f("fk_handovers_business_id_field_reports"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_handovers_business_id_id")),
    )
    op.create_index("ix_handovers_business_id_booking_id", "handovers", ["business_id", "booking_id"])
    op.create_index("ix_handovers_business_id_car_id", "handovers", ["business_id", "car_id", "id"])
    op.create_index(
        "ix_handovers_claims", "handovers", ["business_id"], postgresql_where=sa.text("claimed and settled_at is null")
    )


def downgrade() -> None:
    op.drop_table("handovers")
    op.execute("delete from field_reports where kind in ('photo', 'car_out', 'car_back')")
    _kinds(_BEFORE)
    op.drop_constraint(op.f("fk_field_reports_business_id_files"), "field_reports", type_="foreignkey")
    op.drop_column("field_reports", "stage")
    op.drop_column("field_reports", "file_id")
