"""The words by which tickets are found, with the text index over them"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ticket_words",
        sa.Column("ticket_id", sa.Integer(), sa.ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("brin", sa.String(4), nullable=False),
        sa.Column("school", sa.String(310), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False, index=True),
        sa.Column("analysis", sa.String(12), nullable=False, index=True),
    )
    op.execute("ALTER TABLE message ADD COLUMN files JSON")
    if op.get_bind().dialect.name == "postgresql":
        _index_of_postgresql()
    else:
        _index_of_sqlite()


def _index_of_postgresql() -> None:
    """The function tells the planner what it costs: otherwise a word of many tickets is looked for by making every set anew. One in SQL
    would be unfolded in the query, and its cost forgotten."""
    op.execute(
        "CREATE FUNCTION ticket_terms(terms text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000 "
        "AS $$ BEGIN RETURN array_to_tsvector(string_to_array(terms, ' ')); END $$"
    )
    op.execute("CREATE INDEX ix_ticket_index ON ticket_words USING gin (ticket_terms(terms))")


def _index_of_sqlite() -> None:
    """FTS5 keeps no copy of the terms (external content), so what it forgets must be told it; detail=none: terms stand in no order."""
    op.execute(
        "CREATE VIRTUAL TABLE ticket_index USING fts5(terms, content='ticket_words', content_rowid='ticket_id', detail=none, "
        "columnsize=0, tokenize=\"unicode61 remove_diacritics 0 tokenchars '_'\")"
    )
    add = "INSERT INTO ticket_index(rowid, terms) VALUES (new.ticket_id, new.terms);"
    remove = "INSERT INTO ticket_index(ticket_index, rowid, terms) VALUES ('delete', old.ticket_id, old.terms);"
    op.execute(f"CREATE TRIGGER ticket_words_added AFTER INSERT ON ticket_words BEGIN {add} END")
    op.execute(f"CREATE TRIGGER ticket_words_removed AFTER DELETE ON ticket_words BEGIN {remove} END")
    op.execute(f"CREATE TRIGGER ticket_words_changed AFTER UPDATE OF terms ON ticket_words BEGIN {remove} {add} END")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.drop_table("ticket_index")
    op.execute("ALTER TABLE message DROP COLUMN files")
    op.drop_table("ticket_words")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION ticket_terms(text)")
