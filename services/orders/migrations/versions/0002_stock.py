"""Stock: how many pieces of each product are left; none of the products that exist already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of stock, with a row for every product."""
    op.create_table(
        "stock",
        sa.Column("product_id", sa.String(30), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name="pk_stock"),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["products.id"],
            name="fk_stock_product_id_products",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_stock_quantity_not_negative")),
    )
    op.execute(
        "INSERT INTO stock (product_id, quantity, updated_at) "
        "SELECT id, 0, created_at FROM products"
    )


def downgrade() -> None:
    """Drop the table of stock."""
    op.drop_table("stock")
