"""The editor's pages within the agents' room: who is signed in becomes the author."""

from __future__ import annotations

from kb.pages.editor import editor_page
from kb.pages.gaps import gaps_page
from kb.pages.notices import notices_page
from kb.pages.shelf import knowledge
from triage.accounts.accounts import Person
from triage.desk.gap_report import GapReport
from triage.web.pages.room import agents_only, engine


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
    books, report = knowledge(), GapReport(engine())
    gaps_page(
        who.name,
        lambda since: report.answered_by_hand(since, books.knows),
        lambda number: report.masked_answer(number, books.knows),
    )
