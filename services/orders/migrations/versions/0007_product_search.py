"""Product search: the folded name, filled for the products that exist, and an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, fill it in Python (whose folding SQL does not know), then require it."""
    with op.batch_alter_table("products") as batch:
        batch.add_column(sa.Column("search_name", sa.String(400), nullable=True))
    products = sa.table("products", sa.column("id"), sa.column("name"), sa.column("search_name"))
    connection = op.get_bind()
    for identifier, name in connection.execute(sa.select(products.c.id, products.c.name)).all():
        connection.execute(
            products.update().where(products.c.id == identifier).values(search_name=name.casefold())
        )
    with op.batch_alter_table("products") as batch:
        batch.alter_column("search_name", existing_type=sa.String(400), nullable=False)
        batch.create_index("ix_products_search_name", ["search_name"])


def downgrade() -> None:
    """Drop the index and the column."""
    with op.batch_alter_table("products") as batch:
        batch.drop_index("ix_products_search_name")
        batch.drop_column("search_name")
