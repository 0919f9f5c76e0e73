"""A ticket may wait until a moment; what a watcher counts: mails by state and source, and how long steps of the intake took"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket", sa.Column("waiting_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_ticket_waiting_until", "ticket", ["waiting_until"])
    op.create_table(
        "step_time",
        sa.Column("step", sa.String(20), primary_key=True),
        sa.Column("up_to", sa.Double(), primary_key=True),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
    )
    op.drop_index("ix_raw_mail_state", "raw_mail")
    op.create_index("ix_raw_mail_state", "raw_mail", ["state", "source"])


def downgrade() -> None:
    op.drop_index("ix_raw_mail_state", "raw_mail")
    op.create_index("ix_raw_mail_state", "raw_mail", ["state"])
    op.drop_table("step_time")
    op.drop_index("ix_ticket_waiting_until", "ticket")
    op.execute("ALTER TABLE ticket DROP COLUMN waiting_until")
