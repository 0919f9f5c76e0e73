"""Manuscripts, revisions, what happened to articles; searches, votes, announcements"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

import kb.store

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = kb.store.UtcDateTime(timezone=True)
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
    with Session(op.get_bind()) as session:
        for article in kb.store.get_articles(session):
            session.execute(
                sa.insert(kb.store.Manuscript).values(
                    slug=article.slug, state=kb.store.PUBLISHED, latest=1, published=1, notes=""
                )
            )
            session.execute(
                sa.insert(kb.store.Revision).values(
                    slug=article.slug,
                    number=1,
                    source=kb.store.format_article(article),
                    saved_by="import",
                    saved_at=datetime.now(UTC),
                )
            )
        session.flush()


def downgrade() -> None:
    for table in ("announcement", "vote", "search", "article_event", "article_revision", "manuscript"):
        op.drop_table(table)
