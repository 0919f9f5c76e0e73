"""A ticket is a conversation: its messages, and states that say who must act"""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("direction", sa.String(10), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("mail_id", sa.Integer(), sa.ForeignKey("raw_mail.id"), nullable=True, unique=True),
        sa.Column("draft_id", sa.Integer(), sa.ForeignKey("draft.id"), nullable=True, unique=True),
        sa.Column("message_id", sa.String(300), nullable=False, index=True),
        sa.Column("author", sa.String(320), nullable=False),
        sa.Column("address", sa.String(320), nullable=False, index=True),
        sa.Column("domain", sa.String(255), nullable=False, index=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("automatic", sa.String(20), nullable=False),
        sa.Column("joined", sa.String(200), nullable=False),
        sa.Column("warning", sa.String(300), nullable=False),
        sa.Column("believed", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "server_secret",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "own_text",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("seen", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), primary_key=True),
        sa.Column("answers_id", sa.Integer(), sa.ForeignKey("raw_mail.id"), nullable=False),
        sa.Column("subject", sa.String(600), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("approved_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("problem", sa.String(500), nullable=False),
    )
    op.create_index("ix_outbox_due", "outbox", ["state", "not_before"])
    op.add_column("raw_mail", sa.Column("copy_of_id", sa.Integer(), nullable=True))
    op.add_column("raw_mail", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("raw_mail", sa.Column("claimed_by", sa.String(120), nullable=False, server_default=""))
    op.add_column("raw_mail", sa.Column("claimed_until", MOMENT, nullable=True))
    # No batch mode: on SQLite that would drop the table, and with it everything that refers to it.
    op.execute("ALTER TABLE ticket ADD COLUMN continues_id INTEGER REFERENCES ticket (id)")
    op.execute("ALTER TABLE ticket ADD COLUMN merged_into_id INTEGER REFERENCES ticket (id)")
    op.execute("ALTER TABLE prediction ADD COLUMN message_id INTEGER REFERENCES message (id)")
    op.execute(
        "INSERT INTO message (ticket_id, direction, at, mail_id, message_id, author, address, domain, automatic, joined, warning) "
        "SELECT ticket.id, 'incoming', raw_mail.received_at, raw_mail.id, ticket.message_id, "
        "CASE WHEN ticket.sender_name <> '' THEN ticket.sender_name ELSE ticket.sender_address END, "
        "ticket.sender_key, ticket.sender_domain, '', '', '' "
        "FROM ticket JOIN raw_mail ON raw_mail.id = ticket.mail_id ORDER BY ticket.id"
    )
    _add_answers(op.get_bind())
    op.drop_table("outgoing_mail")
    op.execute(
        "UPDATE ticket SET status = CASE WHEN status = 'beantwoord' "
        "AND EXISTS (SELECT 1 FROM verification WHERE verification.ticket_id = ticket.id) "
        "AND NOT EXISTS (SELECT 1 FROM ruling JOIN verification ON verification.id = ruling.verification_id "
        "WHERE verification.ticket_id = ticket.id) THEN 'waiting' ELSE 'closed' END WHERE status IN ('beantwoord', 'gesloten')"
    )


def _add_answers(connection: sa.Connection) -> None:
    """What was sent, with its Message-ID where that is known: those of a ticket's last mails through the server."""
    known = defaultdict(list)
    for ticket, message_id, at in connection.execute(
        sa.text("SELECT ticket_id, message_id, at FROM outgoing_mail ORDER BY id")
    ).all():
        known[ticket].append((message_id, at))
    rows = connection.execute(
        sa.text(
            "SELECT draft.id, draft.ticket_id, draft.body, draft.sent_at, draft.sent_how, user_account.name, ticket.sender_key, "
            "ticket.sender_domain FROM draft JOIN ticket ON ticket.id = draft.ticket_id "
            "LEFT JOIN user_account ON user_account.id = draft.author_id WHERE draft.sent_at IS NOT NULL ORDER BY draft.id DESC"
        )
    ).all()
    found = []
    for draft, ticket, body, at, how, author, address, domain in rows:
        message_id = known[ticket].pop()[0] if how == "smtp" and known[ticket] else ""
        found.append(_answer(ticket, at, draft, message_id, author or "wegwijzer", address, domain, body))
    found += [_answer(ticket, at, None, one, "wegwijzer", "", "", "") for ticket, left in known.items() for one, at in left]
    insert = sa.text(
        "INSERT INTO message (ticket_id, direction, at, draft_id, message_id, author, address, domain, text, automatic, joined, warning) "
        "VALUES (:ticket_id, 'outgoing', :at, :draft_id, :message_id, :author, :address, :domain, :text, '', '', '')"
    )
    for row in reversed(found):
        connection.execute(insert, row)


def _answer(ticket, at, draft, message_id, author, address, domain, text):
    return {
        "ticket_id": ticket,
        "at": at,
        "draft_id": draft,
        "message_id": message_id,
        "author": author,
        "address": address,
        "domain": domain,
        "text": text,
    }


def downgrade() -> None:
    op.execute(
        "UPDATE ticket SET status = CASE status WHEN 'waiting' THEN 'beantwoord' ELSE 'gesloten' END WHERE status <> 'open'"
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("message_id", sa.String(300), nullable=False, unique=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.execute(
        "INSERT INTO outgoing_mail (ticket_id, message_id, at) "
        "SELECT ticket_id, message_id, at FROM message WHERE direction = 'outgoing' AND message_id <> '' ORDER BY id"
    )
    op.execute("ALTER TABLE prediction DROP COLUMN message_id")
    op.execute("ALTER TABLE ticket DROP COLUMN merged_into_id")
    op.execute("ALTER TABLE ticket DROP COLUMN continues_id")
    for name in ("claimed_until", "claimed_by", "attempts", "copy_of_id"):
        op.execute(f"ALTER TABLE raw_mail DROP COLUMN {name}")
    op.drop_table("outbox")
    op.drop_table("own_text")
    op.drop_table("server_secret")
    op.drop_table("message")
