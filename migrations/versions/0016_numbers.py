"""indexes that the owner's numbers are counted from

Revision: 0016, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: The indexes that lists are ordered by; what is counted now stands in them, so that no row need be read for it.
CARRIED = {
    "starts_at": ["service", "state", "cancelled_late", "price", "price_low"],
    "created_at": ["state", "starts_at"],
}


def upgrade() -> None:
    for column, carried in CARRIED.items():
        rebuild(column, carried)
    op.create_index(
        "ix_claims_blocks",
        "claims",
        ["business_id", "resource_id"],
        postgresql_where=sa.text("kind = 'block' and released_at is null"),
    )


def downgrade() -> None:
    op.drop_index("ix_claims_blocks", table_name="claims")
    for column in CARRIED:
        rebuild(column, [])


def rebuild(column: str, carried: list[str]) -> None:
    """The old one serves until the new one stands."""
    name = f"ix_bookings_business_id_{column}"
    op.create_index(f"{name}_new", "bookings", ["business_id", column, "id"], postgresql_include=carried)
    op.drop_index(name, table_name="bookings")
    op.execute(f"alter index {name}_new rename to {name}")
