"""Runs migrations on the engine that triage.store hands over. Like every file here it imports nothing of the product."""

from alembic import context

engine = context.config.attributes["engine"]
with engine.begin() as connection:
    context.configure(connection=connection)
    context.run_migrations()
