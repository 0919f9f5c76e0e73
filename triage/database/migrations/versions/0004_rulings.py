"""Judgements of formal requests, mails that go on with one, schools outside the register, telephone numbers of boards"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "lift",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("verification_id", sa.Integer(), sa.ForeignKey("verification.id"), nullable=False, index=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("verification_id", sa.Integer(), sa.ForeignKey("verification.id"), nullable=False, index=True),
        sa.Column("by_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.UniqueConstraint("verification_id", "by_id"),
    )
    op.create_table(
        "ruling",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("verification_id", sa.Integer(), sa.ForeignKey("verification.id"), nullable=False, unique=True),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_table(
        "counted_school",
        sa.Column("brin", sa.String(4), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("board_number", sa.String(20), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("newest_year", sa.Integer(), nullable=False),
    )
    op.execute("ALTER TABLE register_board ADD COLUMN phone VARCHAR(40) NOT NULL DEFAULT ''")
    # No batch mode: on SQLite that would drop the table, and with it everything that refers to a ticket.
    op.execute("ALTER TABLE ticket ADD COLUMN follows_id INTEGER REFERENCES ticket (id)")
    op.create_index("ix_ticket_follows_id", "ticket", ["follows_id"])
    op.execute("ALTER TABLE ticket ADD COLUMN message_id VARCHAR(300) NOT NULL DEFAULT ''")
    op.create_index("ix_ticket_message_id", "ticket", ["message_id"])


def downgrade() -> None:
    op.execute("ALTER TABLE register_board DROP COLUMN phone")
    op.drop_index("ix_ticket_message_id", "ticket")
    op.execute("ALTER TABLE ticket DROP COLUMN message_id")
    op.drop_index("ix_ticket_follows_id", "ticket")
    op.execute("ALTER TABLE ticket DROP COLUMN follows_id")
    for name in ("ruling", "approval", "lift", "reading", "counted_school"):
        op.drop_table(name)
