"""Receipts that could not be delivered: how often that was tried, and when it is tried again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; what is owed already is due at once."""
    with op.batch_alter_table("receipts") as batch:
        batch.add_column(
            sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        batch.add_column(sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop both."""
    with op.batch_alter_table("receipts") as batch:
        batch.drop_column("next_attempt_at")
        batch.drop_column("attempts")
