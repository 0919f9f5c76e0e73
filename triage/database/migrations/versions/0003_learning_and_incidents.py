"""Corrections by colleagues; incidents and the tickets that belong to them"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("intent", sa.String(60), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("closed_at", moment, index=True),
        sa.Column("notice", sa.Integer()),
    )
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("was", sa.String(60), nullable=False),
        sa.Column("intent", sa.String(60), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    # No batch mode: on SQLite that would drop the table, and with it everything that refers to a ticket.
    op.execute("ALTER TABLE ticket ADD COLUMN incident_id INTEGER REFERENCES incident (id)")
    op.create_index("ix_ticket_incident_id", "ticket", ["incident_id"])


def downgrade() -> None:
    op.drop_index("ix_ticket_incident_id", "ticket")
    op.execute("ALTER TABLE ticket DROP COLUMN incident_id")
    op.drop_table("correction")
    op.drop_table("incident")
