"""mailed links to sign in, and whose address was proved

Revision: 0011, after 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Whoever works for a business came by its word or by an invitation.
KNOWN = """
update users set email_proved_at = created_at
where exists (select 1 from memberships m where m.user_id = users.id and m.role <> 'customer')
"""


def upgrade() -> None:
    op.add_column("users", sa.Column("email_proved_at", postgresql.TIMESTAMP(timezone=True), nullable=True))
    op.execute(KNOWN)
    op.create_table(
        "login_links",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("back", sa.String(length=300), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("business_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["businesses.id"], name=op.f("fk_login_links_business_id_businesses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_links")),
        sa.UniqueConstraint("business_id", "id", name=op.f("uq_login_links_business_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_links_token_hash")),
    )
    op.create_index("ix_login_links_expires_at", "login_links", ["expires_at"])


def downgrade() -> None:
    op.drop_table("login_links")
    op.drop_column("users", "email_proved_at")
