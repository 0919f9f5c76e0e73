"""The editor's pages within the agents' room: who is signed in becomes the author."""

from __future__ import annotations

from kb.pages.editor import editor_page
from kb.pages.gaps import gaps_page
from kb.pages.notices import notices_page
from kb.pages.shelf import knowledge
from triage.accounts.accounts import Person
from triage.web.pages.room import agents_only, desk


def articles_page() -> None:
    """All articles, or one."""
    agents_only(lambda who: editor_page(who.name))


def messages_page() -> None:
    """Important messages."""
    agents_only(lambda who: notices_page(who.name))


def missing_page() -> None:
    """What people look for and do not find, and what agents answer by hand."""
    agents_only(_missing)


def _missing(who: Person) -> None:
    books = knowledge()
    gaps_page(
        who.name,
        lambda since: desk().answered_by_hand(since, books.knows),
        lambda number: desk().masked_answer(number, books.knows),
    )
