"""files that people send, and the photos of cars

Revision: 0013, after 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TIME = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("public_id", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("content_type", sa.String(60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("place", sa.String(80), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_files_size")),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_files_business_id_businesses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("public_id", name=op.f("uq_files_public_id")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_files_business_id_id")),
    )
    op.create_index("ix_files_business_id_kind", "files", ["business_id", "kind"])
    op.create_table(
        "car_photos",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("car_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_car_photos_business_id_businesses")),
        sa.ForeignKeyConstraint(
            ["business_id", "car_id"], ["cars.business_id", "cars.id"], name=op.f("fk_car_photos_business_id_cars")
        ),
        sa.ForeignKeyConstraint(
            ["business_id", "file_id"], ["files.business_id", "files.id"], name=op.f("fk_car_photos_business_id_files")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_car_photos")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_car_photos_business_id_id")),
    )
    op.create_index("ix_car_photos_business_id_car_id", "car_photos", ["business_id", "car_id", "place"])
    op.add_column("cars", sa.Column("cover", sa.String(20), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("cars", "cover")
    op.drop_table("car_photos")
    op.drop_table("files")
