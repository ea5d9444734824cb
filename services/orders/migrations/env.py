"""Runs migrations over the connection that `services.orders.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from services.orders.models import Base

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    # SQLite cannot alter most things: batch mode rebuilds the table instead.
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
