"""Products can be withdrawn from sale; those that exist are on sale."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, true for every product."""
    with op.batch_alter_table("products") as batch:
        batch.add_column(
            sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False)
        )


def downgrade() -> None:
    """Drop the column: withdrawn products are on sale again."""
    with op.batch_alter_table("products") as batch:
        batch.drop_column("active")
