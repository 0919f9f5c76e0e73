"""A formal request is one conversation: checks hang on messages, and its later mails are messages of the same ticket"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FIRST = "(SELECT message.id FROM ticket JOIN message ON message.mail_id = ticket.mail_id WHERE ticket.id = {number})"


def upgrade() -> None:
    op.execute("ALTER TABLE message ADD COLUMN follows_id INTEGER REFERENCES message (id)")
    op.create_index("ix_message_follows_id", "message", ["follows_id"])
    op.execute(
        "UPDATE message SET follows_id = (SELECT earlier.id FROM ticket JOIN ticket AS before ON before.id = ticket.follows_id "
        "JOIN message AS earlier ON earlier.mail_id = before.mail_id WHERE ticket.mail_id = message.mail_id) "
        "WHERE mail_id IN (SELECT mail_id FROM ticket WHERE follows_id IS NOT NULL)"
    )
    _hang_on_messages("verification", unique=None)
    _hang_on_messages("read_mark", unique=["verification_id", "message_id"])
    _name_what_answers()
    _put_together(op.get_bind())
    with op.batch_alter_table("ticket") as table:
        table.drop_index("ix_ticket_follows_id")
        table.drop_column("follows_id")


def _hang_on_messages(name: str, unique: list[str] | None) -> None:
    """Make rows that hung on a ticket hang on the message of its mail."""
    op.execute(f"ALTER TABLE {name} ADD COLUMN message_id INTEGER REFERENCES message (id)")
    first = FIRST.format(number=f"{name}.ticket_id")
    op.execute(f"UPDATE {name} SET message_id = {first}")  # noqa: S608 - names of this file
    with op.batch_alter_table(name) as table:
        table.alter_column("message_id", existing_type=sa.Integer(), nullable=False)
        table.drop_index(f"ix_{name}_ticket_id")
        table.drop_column("ticket_id")
        table.create_index(f"ix_{name}_message_id", ["message_id"])
        if unique:
            table.create_unique_constraint(f"uq_{name}", unique)


def _name_what_answers() -> None:
    """Which message names which Message-ID: of a ticket with several messages that was not kept, and all count."""
    op.create_table(
        "named_mail",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False, index=True),
        sa.Column("named", sa.String(300), nullable=False, index=True),
    )
    op.execute(
        "INSERT INTO named_mail (message_id, named) SELECT message.id, mail_reference.message_id FROM mail_reference "
        "JOIN message ON message.ticket_id = mail_reference.ticket_id AND message.direction = 'incoming' "
        "ORDER BY mail_reference.id, message.id"
    )
    op.drop_table("mail_reference")


def _put_together(connection: sa.Connection) -> None:
    """Make the later mails of a request messages of the ticket it began with. A mail with a sign of forgery keeps a ticket of its own,
    and so does what is of another subject."""
    suspect = set(
        connection.scalars(
            sa.text(
                "SELECT message.ticket_id FROM verification JOIN message ON message.id = verification.message_id "
                "WHERE verdict = 'verdacht'"
            )
        )
    )
    rows = connection.execute(
        sa.text("SELECT id, follows_id, intent, status, due_at, queue, priority, assignee_id FROM ticket ORDER BY id")
    ).all()
    tickets = {row.id: row for row in rows}
    place = {row.id: row.id for row in rows}
    granted, refused = _ruled(connection, "toegekend"), _ruled(connection, "afgewezen")
    ended = granted | refused
    for row in rows:
        if row.follows_id is None or row.id in suspect | refused:
            continue
        there = place[row.follows_id]
        if there in suspect | ended or tickets[there].intent != row.intent:
            continue
        place[row.id] = there
        if row.id in granted:
            ended.add(there)
        _move(connection, row, there)


def _ruled(connection: sa.Connection, outcome: str) -> set[int]:
    """The tickets of which a request ended so. What was turned down was turned down alone, and stays so."""
    found = sa.text(
        "SELECT message.ticket_id FROM ruling JOIN verification ON verification.id = ruling.verification_id "
        "JOIN message ON message.id = verification.message_id WHERE outcome = :outcome"
    )
    return set(connection.scalars(found, {"outcome": outcome}))


def _move(connection: sa.Connection, row: sa.Row, there: int) -> None:
    numbers = {"here": row.id, "there": there}
    connection.execute(sa.text("UPDATE message SET ticket_id = :there WHERE ticket_id = :here"), numbers)
    connection.execute(sa.text("UPDATE draft SET ticket_id = :there WHERE ticket_id = :here"), numbers)
    connection.execute(
        sa.text(
            "UPDATE own_text SET ticket_id = :there WHERE ticket_id = :here "
            "AND user_id NOT IN (SELECT user_id FROM own_text WHERE ticket_id = :there)"
        ),
        numbers,
    )
    connection.execute(
        sa.text("UPDATE ticket SET status = 'closed', merged_into_id = :there WHERE id = :here OR merged_into_id = :here"),
        numbers,
    )
    if row.status == "waiting":
        connection.execute(
            sa.text("UPDATE ticket SET status = 'waiting' WHERE id = :there AND status = 'closed'"),
            numbers,
        )
    if row.status == "open":
        connection.execute(
            sa.text(
                "UPDATE ticket SET status = 'open', queue = :queue, priority = :priority, due_at = :due_at, "
                "assignee_id = COALESCE(assignee_id, :assignee_id) WHERE id = :there"
            ),
            {**numbers, **row._mapping},
        )


def downgrade() -> None:
    op.execute("ALTER TABLE ticket ADD COLUMN follows_id INTEGER REFERENCES ticket (id)")
    op.create_index("ix_ticket_follows_id", "ticket", ["follows_id"])
    op.create_table(
        "mail_reference",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("message_id", sa.String(300), nullable=False, index=True),
    )
    op.execute(
        "INSERT INTO mail_reference (ticket_id, message_id) SELECT message.ticket_id, named FROM named_mail "
        "JOIN message ON message.id = named_mail.message_id ORDER BY named_mail.id"
    )
    op.drop_table("named_mail")
    for name in ("read_mark", "verification"):
        op.execute(f"ALTER TABLE {name} ADD COLUMN ticket_id INTEGER REFERENCES ticket (id)")
        op.execute(f"UPDATE {name} SET ticket_id = (SELECT ticket_id FROM message WHERE message.id = {name}.message_id)")  # noqa: S608
        with op.batch_alter_table(name) as table:
            table.alter_column("ticket_id", existing_type=sa.Integer(), nullable=False)
            table.create_index(f"ix_{name}_ticket_id", ["ticket_id"])
            table.drop_index(f"ix_{name}_message_id")
            table.drop_column("message_id")
    op.execute(
        "UPDATE ticket SET follows_id = (SELECT earlier.ticket_id FROM message JOIN message AS earlier ON earlier.id = message.follows_id "
        "WHERE message.mail_id = ticket.mail_id AND earlier.ticket_id <> ticket.id)"
    )
    op.drop_index("ix_message_follows_id", "message")
    op.execute("ALTER TABLE message DROP COLUMN follows_id")
