"""Order listings: when an order last changed, and the indexes that listings walk along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `updated_at`, as old as the order itself, and two indexes that end in the cursor."""
    with op.batch_alter_table("orders") as batch:
        batch.add_column(sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE orders SET updated_at = created_at")
    with op.batch_alter_table("orders") as batch:
        batch.alter_column("updated_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_index("ix_orders_customer_email_id", ["customer_email", "id"])
        batch.create_index("ix_orders_status_id", ["status", "id"])


def downgrade() -> None:
    """Drop the indexes and the column."""
    with op.batch_alter_table("orders") as batch:
        batch.drop_index("ix_orders_status_id")
        batch.drop_index("ix_orders_customer_email_id")
        batch.drop_column("updated_at")
