"""What is asked of a check are columns, and what people decide about it are rows that hang on it.

Ticks stood in the audit trail, readings on the ticket, and removals from an incident in the audit trail as well: they are moved
here. Consents get the digest of what their giver saw; those of before have none, and no check of before knows its edition of the
register, so each must be done again before anything is granted.
"""

import email.parser
import email.policy
import json
import re
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
OLDER = "Deze aanvraag is met een oudere versie gecontroleerd. Controleer hem eerst opnieuw."
BATCH = 200  # mails that are held in memory at a time
HEADERS = 256 * 1024  # bytes of a mail in which its headers are looked for


def upgrade() -> None:
    _columns()
    _tables()
    connection = op.get_bind()
    checks = _fill_checks(connection)
    _move_ticks(connection, checks)
    _move_readings(connection, checks)
    _move_approvals(connection)
    _move_removals(connection)
    _fill_senders(connection)
    _fill_references(connection)


def _columns() -> None:
    # No batch mode: on SQLite that would drop the table, and with it everything that refers to it.
    op.execute("ALTER TABLE verification ADD COLUMN edition_id INTEGER REFERENCES register_edition (id)")
    for name, size in (
        ("request", 60), ("model_version", 80), ("articles_version", 80), ("brin", 4), ("board_number", 5), ("administrator", 320),
        ("signer", 300), ("certificate", 64), ("signed_bytes", 64), ("reference", 8),
    ):  # fmt: skip
        op.execute(f"ALTER TABLE verification ADD COLUMN {name} VARCHAR({size}) NOT NULL DEFAULT ''")
    for name in ("brin", "board_number", "administrator", "certificate", "signed_bytes", "reference"):
        op.create_index(f"ix_verification_{name}", "verification", [name])
    op.execute("ALTER TABLE ticket ADD COLUMN sender_domain VARCHAR(255) NOT NULL DEFAULT ''")
    op.create_index("ix_ticket_sender_domain", "ticket", ["sender_domain"])
    op.execute("ALTER TABLE ticket ADD COLUMN sender_key VARCHAR(320) NOT NULL DEFAULT ''")
    op.create_index("ix_ticket_sender_key", "ticket", ["sender_key"])
    moment = "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "DATETIME"
    op.execute(f"ALTER TABLE ticket ADD COLUMN left_incident_at {moment}")


def _tables() -> None:
    def hanging(name: str, *columns: sa.schema.SchemaItem) -> None:
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), primary_key=True),
            sa.Column("verification_id", sa.Integer(), sa.ForeignKey("verification.id"), nullable=False, index=True),
            *columns,
        )

    def who() -> tuple[sa.Column, sa.Column]:
        return sa.Column("by", sa.String(80), nullable=False), sa.Column("at", MOMENT, nullable=False)

    hanging("tick", sa.Column("field", sa.String(60), nullable=False), *who(), sa.UniqueConstraint("verification_id", "field"))
    hanging(
        "choice",
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        *who(),
    )
    hanging(
        "authority",
        sa.Column("board_number", sa.String(5), nullable=False, index=True),
        sa.Column("holder", sa.String(64), nullable=False, index=True),
        sa.Column("signer", sa.String(300), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("source_date", sa.Date()),
        *who(),
    )
    hanging(
        "read_mark",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        *who(),
        sa.UniqueConstraint("verification_id", "ticket_id"),
    )
    op.create_table(
        "mail_reference",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("message_id", sa.String(300), nullable=False, index=True),
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("message_id", sa.String(300), nullable=False, unique=True),
        sa.Column("at", MOMENT, nullable=False),
    )


def _moment(value: object) -> datetime:
    """SQLite has no time zones, and hands out text where a query has no types."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _json(value: object) -> dict:
    return json.loads(value) if isinstance(value, str) else dict(value or {})


def _fill_checks(connection: sa.Connection) -> dict[int, list[tuple[int, datetime]]]:
    """Fill the new columns from what was stored; returns by ticket its checks as (number, when), oldest first."""
    table = sa.table("verification", *map(sa.column, ("id", "request", "brin", "board_number", "administrator", "signer", "reference")), sa.column("content", sa.JSON))  # fmt: skip
    checks: dict[int, list[tuple[int, datetime]]] = {}
    rows = connection.execute(sa.text("SELECT id, ticket_id, verdict, content, created_at FROM verification ORDER BY id")).all()
    for number, ticket, verdict, stored, created in rows:
        content = _json(stored)
        checks.setdefault(ticket, []).append((number, _moment(created)))
        values = {one.get("field"): str(one.get("value") or "") for one in content.get("fields", ())}
        if "turned" in content:
            content["turns"] = content.pop("turned")
        if "obstacles" not in content:
            weight = "vervalsing" if verdict == "verdacht" else "twijfel"
            content["obstacles"] = [{"weight": weight, "reason": OLDER, "field": ""}]
        connection.execute(
            table.update()
            .where(table.c.id == number)
            .values(
                content=content,
                request=str(content.get("request") or "")[:60],
                brin=(values.get("brin") or values.get("brin_oud") or "")[:4].upper(),
                board_number=re.sub(r"\D", "", values.get("bestuursnummer") or "")[:5],
                administrator=(values.get("email_beheerder") or "")[:320].lower(),
                signer=str((content.get("signature") or {}).get("signer") or "")[:300],
                reference=str((content.get("code") or {}).get("reference") or "")[:8],
            )
        )
    return checks


def _check_at(checks: list[tuple[int, datetime]], moment: datetime) -> int | None:
    """The newest check that was there at a moment."""
    return next((number for number, created in reversed(checks) if created <= moment), None)


def _move_ticks(connection: sa.Connection, checks: dict[int, list[tuple[int, datetime]]]) -> None:
    ticked: dict[tuple[int, str], tuple[str, datetime] | None] = {}
    rows = connection.execute(
        sa.text("SELECT ticket_id, actor, detail, at FROM event WHERE action = 'afgevinkt' AND ticket_id IS NOT NULL ORDER BY id")
    )
    for ticket, actor, stored, at in rows:
        detail, moment = _json(stored), _moment(at)
        check = _check_at(checks.get(ticket, []), moment)
        if check is not None and detail.get("veld"):
            ticked[check, str(detail["veld"])[:60]] = (actor, moment) if detail.get("aan") else None
    table = sa.table("tick", *map(sa.column, ("verification_id", "field", "by")), sa.column("at", MOMENT))
    found = [
        {"verification_id": check, "field": field, "by": told[0], "at": told[1]}
        for (check, field), told in ticked.items()
        if told is not None
    ]
    if found:
        connection.execute(table.insert(), found)


def _move_readings(connection: sa.Connection, checks: dict[int, list[tuple[int, datetime]]]) -> None:
    """Every check of a ticket was made with all that had been read before it."""
    rows = connection.execute(sa.text('SELECT ticket_id, field, value, "by", at FROM reading ORDER BY id')).all()
    op.drop_table("reading")
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("verification_id", sa.Integer(), sa.ForeignKey("verification.id"), nullable=False, index=True),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    found = []
    for ticket, field, value, by, at in rows:
        moment, made = _moment(at), checks.get(ticket, [])
        after = [number for number, created in made if created >= moment] or [number for number, _ in made[-1:]]
        found += [{"verification_id": number, "field": field, "value": value, "by": by, "at": moment} for number in after]
    if found:
        names = ("verification_id", "field", "value", "by")
        connection.execute(sa.table("reading", *map(sa.column, names), sa.column("at", MOMENT)).insert(), found)


def _move_approvals(connection: sa.Connection) -> None:
    rows = connection.execute(sa.text("SELECT verification_id, by_id, at FROM approval ORDER BY id")).all()
    op.drop_table("approval")
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("verification_id", sa.Integer(), sa.ForeignKey("verification.id"), nullable=False, index=True),
        sa.Column("by_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("seen", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.UniqueConstraint("verification_id", "by_id", "seen"),
    )
    if rows:
        table = sa.table("approval", *map(sa.column, ("verification_id", "by_id", "seen")), sa.column("at", MOMENT))
        connection.execute(
            table.insert(), [{"verification_id": check, "by_id": by, "seen": "", "at": _moment(at)} for check, by, at in rows]
        )


def _move_removals(connection: sa.Connection) -> None:
    rows = connection.execute(
        sa.text(
            "SELECT ticket_id, max(at) FROM event WHERE action = 'uit storing gehaald' AND ticket_id IS NOT NULL GROUP BY ticket_id"
        )
    ).all()
    table = sa.table("ticket", sa.column("id"), sa.column("left_incident_at", MOMENT))
    for ticket, at in rows:
        connection.execute(table.update().where(table.c.id == ticket).values(left_incident_at=_moment(at)))


def _fill_senders(connection: sa.Connection) -> None:
    table = sa.table("ticket", *map(sa.column, ("id", "sender_key", "sender_domain")))
    for ticket, address in connection.execute(sa.text("SELECT id, sender_address FROM ticket")).all():
        domain = address.rpartition("@")[2].strip().lower()[:255] if "@" in address else ""
        connection.execute(table.update().where(table.c.id == ticket).values(sender_key=address.lower(), sender_domain=domain))


def _fill_references(connection: sa.Connection) -> None:
    """Which mails each stored mail answers, read from its headers; a header that can't be read names none."""
    table = sa.table("mail_reference", sa.column("ticket_id"), sa.column("message_id"))
    parser, last = email.parser.BytesHeaderParser(policy=email.policy.compat32), 0
    while rows := connection.execute(
        sa.text(
            "SELECT ticket.id, raw_mail.raw FROM ticket JOIN raw_mail ON raw_mail.id = ticket.mail_id "
            "WHERE ticket.id > :last ORDER BY ticket.id LIMIT :batch"
        ),
        {"last": last, "batch": BATCH},
    ).all():
        found = []
        for ticket, raw in rows:
            last = ticket
            head = parser.parsebytes(bytes(raw)[:HEADERS])
            words = " ".join(str(head.get(name) or "") for name in ("In-Reply-To", "References"))
            ids = dict.fromkeys(one[:300] for one in re.findall(r"<([^<>\s]+)>", words))
            found += [{"ticket_id": ticket, "message_id": one.encode("utf-8", "replace").decode()} for one in list(ids)[:100]]
        if found:
            connection.execute(table.insert(), found)


def downgrade() -> None:
    """The tables of before, without what they can't hold: choices, authority, read marks and what a consent was to."""
    connection = op.get_bind()
    readings = connection.execute(
        sa.text(
            'SELECT DISTINCT verification.ticket_id, reading.field, reading.value, reading."by", reading.at FROM reading '
            "JOIN verification ON verification.id = reading.verification_id"
        )
    ).all()
    approvals = connection.execute(
        sa.text("SELECT verification_id, by_id, max(at) FROM approval GROUP BY verification_id, by_id")
    )
    consents = [{"verification_id": check, "by_id": by, "at": _moment(at)} for check, by, at in approvals]
    for name in ("tick", "choice", "authority", "read_mark", "mail_reference", "outgoing_mail", "reading", "approval"):
        op.drop_table(name)
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id"), nullable=False, index=True),
        sa.Column("field", sa.String(60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("verification_id", sa.Integer(), sa.ForeignKey("verification.id"), nullable=False, index=True),
        sa.Column("by_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.UniqueConstraint("verification_id", "by_id"),
    )
    if readings:
        names = ("ticket_id", "field", "value", "by")
        rows = [dict(zip((*names, "at"), (*row[:4], _moment(row[4])), strict=True)) for row in readings]
        connection.execute(sa.table("reading", *map(sa.column, names), sa.column("at", MOMENT)).insert(), rows)
    if consents:
        table = sa.table("approval", *map(sa.column, ("verification_id", "by_id")), sa.column("at", MOMENT))
        connection.execute(table.insert(), consents)
    op.execute("ALTER TABLE ticket DROP COLUMN left_incident_at")
    op.drop_index("ix_ticket_sender_key", "ticket")
    op.execute("ALTER TABLE ticket DROP COLUMN sender_key")
    op.drop_index("ix_ticket_sender_domain", "ticket")
    op.execute("ALTER TABLE ticket DROP COLUMN sender_domain")
    for name in ("brin", "board_number", "administrator", "certificate", "signed_bytes", "reference"):
        op.drop_index(f"ix_verification_{name}", "verification")
    names = ("brin", "board_number", "administrator", "certificate", "signed_bytes", "reference", "signer", "request", "model_version", "articles_version", "edition_id")  # fmt: skip
    for name in names:
        op.execute(f"ALTER TABLE verification DROP COLUMN {name}")
