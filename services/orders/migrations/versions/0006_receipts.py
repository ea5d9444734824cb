"""Receipts: where each lies, and what is still owed to the customer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of receipts; orders that are paid already are owed theirs."""
    op.create_table(
        "receipts",
        sa.Column("order_id", sa.String(30), nullable=False),
        sa.Column("storage_key", sa.String(200), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("emailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name="pk_receipts"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_receipts_order_id_orders"),
    )
    op.execute(
        "INSERT INTO receipts (order_id, storage_key, created_at) "
        "SELECT order_id, 'receipts/' || order_id || '.txt', created_at FROM payments "
        "WHERE status = 'succeeded'"
    )


def downgrade() -> None:
    """Drop the table of receipts."""
    op.drop_table("receipts")
