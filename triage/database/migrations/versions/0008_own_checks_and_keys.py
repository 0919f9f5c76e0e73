"""The check of a mail alone, beside what it said with others, and keys of account names that leave fewer look-alikes"""

import re
import unicodedata
from collections import defaultdict

import sqlalchemy as sa
from alembic import op
from confusable_homoglyphs import confusables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LONGEST_KEY = 200
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "


def upgrade() -> None:
    # No batch mode: on SQLite that would drop the table, and with it everything that refers to a check.
    op.execute("ALTER TABLE verification ADD COLUMN own JSON")
    accounts = sa.table("user_account", sa.column("id", sa.Integer), sa.column("name", sa.String), sa.column("key", sa.String))
    connection = op.get_bind()
    rows = connection.execute(sa.select(accounts.c.id, accounts.c.name).order_by(accounts.c.id)).all()
    for number, _ in rows:  # no key stands in the way of another while they change
        connection.execute(sa.update(accounts).where(accounts.c.id == number).values(key=f"#{number}"))
    taken = set()
    for number, name in rows:
        key = name_key(name)[: LONGEST_KEY - 12]
        if key in taken or not key:
            key = f"{key}#{number}"  # both stay; `doctor` names them
        taken.add(key)
        connection.execute(sa.update(accounts).where(accounts.c.id == number).values(key=key))


def downgrade() -> None:
    op.execute("ALTER TABLE verification DROP COLUMN own")


def name_key(name):
    """As triage.database.account_names was when this was written: migrations import nothing of the product."""
    shapes = alphabet()
    folded = letters_of("".join(shapes.get(char, char) for char in letters_of(name)).casefold())
    key = "".join(shapes.get(char, char) for char in folded).casefold().translate(str.maketrans("i1589q\u03c9", "llsbggw"))
    key = re.sub(r"6+(?=\D)", lambda sixes: "b" * len(sixes.group()), key)
    return key.replace("rn", "m").replace("vv", "w").replace("cl", "d")


def letters_of(text):
    plain = (char for char in unicodedata.normalize("NFKD", text) if char.isalnum() and char not in BLANK_LETTERS)
    return "".join(small_capital(char) or char for char in plain)


def small_capital(char):
    name = "" if char.isascii() else unicodedata.name(char, "")
    letter = name.removeprefix(SMALL_CAPITAL) if name.startswith(SMALL_CAPITAL) else ""
    return letter.casefold() if len(letter) == 1 else ""


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
