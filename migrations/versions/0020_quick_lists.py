"""indexes that long lists are counted, ordered and searched by

Revision: 0020, after 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

#: What the indexes carry along that lists are ordered by, before and after: no row need be read to count by it.
CARRIED = {
    ("bookings", "starts_at"): (
        ["service", "state", "cancelled_late", "price", "price_low"],
        ["service", "state", "cancelled_late", "price", "price_low", "ends_at"],
    ),
    ("bookings", "created_at"): (["state", "starts_at"], ["state", "starts_at", "service"]),
    ("email_logs", "created_at"): ([], ["kind", "state"]),
}
OPEN = "state in ('received', 'confirmed', 'assigned', 'in_progress')"
#: The words of a mail's address, name and subject. Its cost tells the planner to ask the index, whatever is searched:
#: working the words out for each mail anew takes seconds where there are many.
MAIL_WORDS = """
create function mail_words(to_address text, to_name text, subject text) returns tsvector
language plpgsql immutable parallel safe cost 1000 as $$
begin
  return array_to_tsvector(array_remove(string_to_array(translate(
    lower(to_address || ' ' || to_name || ' ' || subject), '@._-+,;:/()', '           '
  ), ' '), ''));
end
$$
"""


def upgrade() -> None:
    op.create_index(
        "ix_bookings_open",
        "bookings",
        ["business_id", "starts_at", "id"],
        postgresql_include=["state", "ends_at", "service", "mail_trouble", "created_at"],
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        "ix_customers_present",
        "customers",
        ["business_id", "created_at", "id"],
        postgresql_where=sa.text("erased_at is null"),
    )
    op.create_index(
        "ix_customers_tagged", "customers", ["business_id"], postgresql_where=sa.text("cardinality(tags) > 0")
    )
    for (table, column), (_before, carried) in CARRIED.items():
        rebuild(table, column, carried)
    op.execute(MAIL_WORDS)
    words = sa.text("mail_words(to_address, to_name, subject)")
    op.create_index("ix_email_logs_words", "email_logs", [words], postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("ix_email_logs_words", table_name="email_logs")
    op.execute("drop function mail_words(text, text, text)")
    for (table, column), (before, _carried) in CARRIED.items():
        rebuild(table, column, before)
    op.drop_index("ix_customers_tagged", table_name="customers")
    op.drop_index("ix_customers_present", table_name="customers")
    op.drop_index("ix_bookings_open", table_name="bookings")


def rebuild(table: str, column: str, carried: list[str]) -> None:
    """The old one serves until the new one stands."""
    name = f"ix_{table}_business_id_{column}"
    op.create_index(f"{name}_new", table, ["business_id", column, "id"], postgresql_include=carried)
    op.drop_index(name, table_name=table)
    op.execute(f"alter index {name}_new rename to {name}")
