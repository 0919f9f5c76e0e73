"""Names of accounts that people can tell apart, and tries to sign in"""

import unicodedata
from collections import defaultdict

import sqlalchemy as sa
from alembic import op
from confusable_homoglyphs import confusables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LONGEST_KEY = 200
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"


def upgrade() -> None:
    # No batch mode: on SQLite that would drop the table, and with it everything that refers to an account.
    op.execute(f"ALTER TABLE user_account ADD COLUMN key VARCHAR({LONGEST_KEY}) NOT NULL DEFAULT ''")
    accounts = sa.table("user_account", sa.column("id", sa.Integer), sa.column("name", sa.String), sa.column("key", sa.String))
    connection = op.get_bind()
    taken = set()
    for number, name in connection.execute(sa.select(accounts.c.id, accounts.c.name).order_by(accounts.c.id)).all():
        key = name_key(name)[: LONGEST_KEY - 12]
        if key in taken or not key:
            key = f"{key}#{number}"  # both stay; `doctor` names them
        taken.add(key)
        connection.execute(sa.update(accounts).where(accounts.c.id == number).values(key=key))
    op.create_index("ix_user_account_key", "user_account", ["key"], unique=True)
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", moment, nullable=False, index=True),
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Integer(), sa.ForeignKey("user_account.id", ondelete="CASCADE"), nullable=True, index=True),
        sa.Column("address", sa.String(32), nullable=False),
        sa.Column("network", sa.String(45), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
    )
    op.create_index("ix_sign_in_try_account", "sign_in_try", ["account", "address", "at"])
    op.create_index("ix_sign_in_try_address", "sign_in_try", ["address", "at"])
    op.create_index("ix_sign_in_try_network", "sign_in_try", ["network", "at"])


def downgrade() -> None:
    op.drop_table("sign_in_try")
    op.drop_index("ix_user_account_key", "user_account")
    op.execute("ALTER TABLE user_account DROP COLUMN key")


def name_key(name):
    """As triage.database.account_names was when this was written: migrations import nothing of the product."""
    shapes = alphabet()
    folded = letters_of("".join(shapes.get(char, char) for char in letters_of(name)).casefold())
    key = "".join(shapes.get(char, char) for char in folded).casefold().translate(str.maketrans("i1", "ll"))
    return key.replace("rn", "m").replace("vv", "w")


def letters_of(text):
    return "".join(char for char in unicodedata.normalize("NFKD", text) if char.isalnum() and char not in BLANK_LETTERS)


def alphabet():
    alike = defaultdict(set)
    for char, others in confusables.confusables_data.items():
        alike[char].update(other["c"] for other in others)
    shapes = {}
    for start in sorted(alike):
        if start in shapes:
            continue
        together, waiting = {start}, [start]
        while waiting:
            for other in alike[waiting.pop()] - together:
                together.add(other)
                waiting.append(other)
        plain = {letters for one in together if (letters := letters_of(one))}
        if plain:
            shape = min(plain, key=lambda one: (not one.isascii(), not one.isalpha(), len(one), one))
            shapes.update(dict.fromkeys(together, shape))
    return shapes
