"""Runs migrations in the transaction that triage.database.opening hands over. Like every file here it imports nothing of the product."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
