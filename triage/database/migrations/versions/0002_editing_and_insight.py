"""Manuscripts, revisions, what happened to articles; searches, votes, announcements"""

from datetime import UTC, date, datetime

import sqlalchemy as sa
import yaml
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "manuscript",
        sa.Column("slug", sa.String(120), primary_key=True),
        sa.Column("state", sa.String(12), nullable=False, index=True),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer()),
        sa.Column("planned", sa.Integer()),
        sa.Column("publish_at", moment, index=True),
        sa.Column("review_by", sa.Date()),
        sa.Column("notes", sa.Text(), nullable=False),
    )
    op.create_table(
        "article_revision",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("slug", sa.String(120), sa.ForeignKey("manuscript.slug", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.String(80), nullable=False),
        sa.Column("saved_at", moment, nullable=False),
        sa.UniqueConstraint("slug", "number"),
    )
    op.create_table(
        "article_event",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("slug", sa.String(120), nullable=False, index=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
    )
    op.create_table(
        "search",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", moment, nullable=False, index=True),
        sa.Column("query", sa.String(400), nullable=False),
        sa.Column("results", sa.Integer(), nullable=False),
        sa.Column("opened", sa.String(120)),
        sa.Column("contact", sa.String(12)),
        sa.Column("place", sa.String(10), nullable=False),
    )
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", moment, nullable=False, index=True),
        sa.Column("slug", sa.String(120), nullable=False, index=True),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
    )
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("text_nl", sa.String(400), nullable=False),
        sa.Column("text_en", sa.String(400), nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.Column("starts_at", moment, nullable=False, index=True),
        sa.Column("ends_at", moment, nullable=False, index=True),
        sa.Column("made_by", sa.String(80), nullable=False),
    )
    _give_every_article_a_manuscript()


def _give_every_article_a_manuscript() -> None:
    """Articles of before editing existed get their first revision."""
    articles = sa.table("article", *map(sa.column, ("slug", "title", "body", "category")), sa.column("details", sa.JSON()))
    manuscripts = sa.table("manuscript", *map(sa.column, ("slug", "state", "latest", "published", "notes")))
    revisions = sa.table(
        "article_revision",
        *map(sa.column, ("slug", "number", "source", "saved_by")),
        sa.column("saved_at", sa.DateTime(timezone=True)),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(articles).order_by(articles.c.slug)).mappings().all():
        connection.execute(manuscripts.insert().values(slug=row["slug"], state="gepubliceerd", latest=1, published=1, notes=""))
        connection.execute(
            revisions.insert().values(
                slug=row["slug"], number=1, source=_markdown(row), saved_by="import", saved_at=datetime.now(UTC)
            )
        )


def _markdown(row: sa.RowMapping) -> str:
    """An article with its front matter, written as the program of that time wrote it: what is at its default is left out."""
    details = row["details"]
    front = {name: row[name] for name in ("slug", "title", "category") if row[name]}
    front |= {
        name: details[name] for name in ("audience", "keywords", "questions", "see_also", "ask", "sources") if details[name]
    }
    if details["summary_en"]:
        front["summary_en"] = details["summary_en"]
    if not details["verified"]:
        front["verified"] = False
    if details["reviewed"]:
        front["reviewed"] = date.fromisoformat(details["reviewed"])
    head = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{head}---\n\n{row['body'].strip(chr(10))}\n"


def downgrade() -> None:
    for table in ("announcement", "vote", "search", "article_event", "article_revision", "manuscript"):
        op.drop_table(table)
