"""The telling words of a mail, by which incidents are found"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE ticket ADD COLUMN words JSON")


def downgrade() -> None:
    op.execute("ALTER TABLE ticket DROP COLUMN words")
