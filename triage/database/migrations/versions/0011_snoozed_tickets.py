"""A ticket may wait until a moment"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("waiting_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_ticket_waiting_until", "ticket", ["waiting_until"])


def downgrade() -> None:
    op.drop_index("ix_ticket_waiting_until", "ticket")
    op.execute("ALTER TABLE ticket DROP COLUMN waiting_until")
