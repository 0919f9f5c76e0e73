"""What people look for and do not find: searches, votes and the contact step, kept without saying who it was.

A search is masked before it is kept, holds no address or identity, and is deleted after a set time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction.text import TfidfVectorizer
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from kb.insight.privacy import mask
from kb.search.language import fold, load_language
from kb.search.passages import letters
from kb.search.search import KnowledgeBase, clean_query
from kb.search.semantic import Vectors
from kb.store import SearchRow, Vote, utc_now

SOLVED, MAILED = "opgelost", "gemaild"  # how a contact step ended
SAME_SEARCH = 60.0  # likeness (0..100) from which a changed query is the same search typed on
OPEN_WITHIN = timedelta(hours=1)  # an article opened later is not a result of the search
MOST = 2_000  # gaps that are grouped; the newest count
ONE_SUBJECT = (
    0.84  # mean distance up to which two groups are one; a little more mixes subjects (tests/kb/insight/test_subjects.py)
)
LETTERS_SAY = 0.4  # how much letters count beside meaning


@dataclass(frozen=True, slots=True)
class Gap:
    """A question without a good answer."""

    text: str  # as it was put, masked
    source: str  # "geen resultaat", "niets geopend", "toch gemaild", "niet nuttig" or "zelf beantwoord"
    ticket: int | None = None  # number of the ticket, for a question an agent answered by hand


@dataclass(frozen=True, slots=True)
class Cluster:
    """Gaps about the same subject."""

    example: str  # the wording nearest to the middle
    wordings: tuple[str, ...]  # different wordings, most frequent first
    count: int  # how many gaps
    sources: tuple[tuple[str, int], ...]  # where they come from, most frequent first
    tickets: tuple[int, ...]  # tickets an agent answered by hand
    nearest: str | None  # slug of the article that comes closest


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day."""

    day: date
    searches: int
    without_result: int  # nothing was shown
    unopened: int  # results were shown and none was read
    solved: int  # the contact step ended without a mail
    mailed: int  # the contact step ended with the mail address


class Insight:
    """Keeps and reads what visitors did."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def record_search(self, query: str, results: int, books: KnowledgeBase, place: str = "pagina") -> int:
        """Keep one search, masked; returns its number."""
        with Session(self._engine) as session, session.begin():
            row = SearchRow(at=self._clock(), query=self.masked(query, books), results=results, place=place)
            session.add(row)
            session.flush()
            return row.id

    def type_on(self, number: int, query: str, results: int, books: KnowledgeBase) -> int:
        """Replace a search that is still being typed; another subject makes a new one. Returns its number."""
        with Session(self._engine) as session, session.begin():
            row = session.get(SearchRow, number)
            masked = self.masked(query, books)
            if row is not None and row.opened is None and fuzz.partial_ratio(row.query, masked) >= SAME_SEARCH:
                row.query, row.results, row.at = masked, results, self._clock()
                return number
        return self.record_search(query, results, books)

    def record_opened(self, number: int, slug: str) -> None:
        """Note that an article was read after a search."""
        with Session(self._engine) as session, session.begin():
            row = session.get(SearchRow, number)
            if row is not None and row.opened is None and self._clock() - row.at <= OPEN_WITHIN:
                row.opened = slug

    def record_contact(self, query: str, outcome: str, books: KnowledgeBase) -> None:
        """Note how a contact step ended: SOLVED or MAILED."""
        if outcome not in (SOLVED, MAILED):
            raise ValueError(f"A contact step ends {SOLVED!r} or {MAILED!r}, not {outcome!r}.")
        with Session(self._engine) as session, session.begin():
            session.add(SearchRow(at=self._clock(), query=self.masked(query, books), results=0, contact=outcome, place="contact"))

    def vote(self, slug: str, helpful: bool, reason: str, books: KnowledgeBase) -> None:
        """Keep an answer to 'was dit nuttig?'."""
        with Session(self._engine) as session, session.begin():
            session.add(Vote(at=self._clock(), slug=slug, helpful=helpful, reason=self.masked(reason, books)))

    def forget(self, days: int) -> int:
        """Delete what is older than this many days; returns how many rows."""
        before = self._clock() - timedelta(days=days)
        with Session(self._engine) as session, session.begin():
            searches = session.scalars(delete(SearchRow).where(SearchRow.at < before).returning(SearchRow.id)).all()
            votes = session.scalars(delete(Vote).where(Vote.at < before).returning(Vote.id)).all()
            return len(searches) + len(votes)

    @staticmethod
    def masked(text: str, books: KnowledgeBase) -> str:
        """A text as it is kept: cleaned, cut and without names, addresses and numbers."""
        return mask(clean_query(text), books.knows)[:400]

    def gaps(self, since: datetime) -> list[Gap]:
        """Searches nobody answered, contact steps that ended in a mail, and remarks with a vote against; newest first."""
        with Session(self._engine) as session:
            searches = session.scalars(
                select(SearchRow).where(SearchRow.at >= since).order_by(SearchRow.at.desc()).limit(4 * MOST)
            )
            found = [Gap(row.query, source) for row in searches if (source := _source(row)) and len(row.query) > 2]
            votes = session.scalars(
                select(Vote)
                .where(Vote.at >= since, Vote.helpful.is_(False), Vote.reason != "")
                .order_by(Vote.at.desc())
                .limit(MOST)
            )
            return (found + [Gap(vote.reason, "niet nuttig") for vote in votes])[:MOST]

    def days(self, since: datetime) -> list[Day]:
        """What happened on each day with any search."""
        with Session(self._engine) as session:
            rows = session.execute(
                select(SearchRow.at, SearchRow.results, SearchRow.opened, SearchRow.contact).where(SearchRow.at >= since)
            ).all()
        counts: dict[date, Counter[str]] = {}
        for at, results, opened, contact in rows:
            kind = contact or ("leeg" if not results else "gelezen" if opened else "ongelezen")
            counts.setdefault(at.date(), Counter())[kind] += 1
        return [
            Day(day, c["leeg"] + c["gelezen"] + c["ongelezen"], c["leeg"], c["ongelezen"], c[SOLVED], c[MAILED])
            for day, c in sorted(counts.items())
        ]

    def votes(self, since: datetime) -> list[tuple[str, int, int]]:
        """(slug, helpful, not helpful) for each article with votes, worst first."""
        against = func.sum(func.cast(Vote.helpful.is_(False), Vote.id.type))
        with Session(self._engine) as session:
            rows = session.execute(select(Vote.slug, func.count(), against).where(Vote.at >= since).group_by(Vote.slug)).all()
        return sorted(((slug, total - int(bad), int(bad)) for slug, total, bad in rows), key=lambda row: (-row[2], row[0]))


def _source(row: SearchRow) -> str:
    if row.contact:
        return "toch gemaild" if row.contact == MAILED else ""
    if row.results == 0:
        return "geen resultaat"
    return "" if row.opened else "niets geopend"


def cluster(gaps: Sequence[Gap], books: KnowledgeBase, most: int = 30) -> list[Cluster]:
    """Group gaps by subject, the largest groups first.

    Average-linkage agglomerative clustering: the number of subjects is not known beforehand.
    """
    counted = Counter(fold(gap.text) for gap in gaps)
    texts = list(counted)[:MOST]
    if not texts:
        return []
    likeness = _likeness(texts, books)
    groups = []
    for members in _subjects(1 - likeness):
        middle = members[int(np.argmax(likeness[np.ix_(members, members)].sum(axis=1)))]
        example = texts[middle]
        inside = {texts[number] for number in members}
        own = [gap for gap in gaps if fold(gap.text) in inside]
        nearest = books.nearest(example, 1)
        groups.append(
            Cluster(
                example,
                tuple(sorted(inside, key=lambda text: (-counted[text], text)))[:8],
                len(own),
                tuple(Counter(gap.source for gap in own).most_common()),
                tuple(dict.fromkeys(gap.ticket for gap in own if gap.ticket is not None)),
                nearest[0].slug if nearest else None,
            )
        )
    return sorted(groups, key=lambda group: (-group.count, group.example))[:most]


def _subjects(distances: Vectors) -> list[NDArray[np.int64]]:
    """The numbers of the texts of each subject."""
    if len(distances) == 1:
        return [np.zeros(1, dtype=np.int64)]
    grouping = AgglomerativeClustering(n_clusters=None, metric="precomputed", linkage="average", distance_threshold=ONE_SUBJECT)
    labels = grouping.fit_predict(distances)
    return [np.flatnonzero(labels == label) for label in np.unique(labels)]


def _likeness(texts: Sequence[str], books: KnowledgeBase) -> Vectors:
    """(texts, texts): how alike they are, by runs of letters and, with sentence vectors, by subject.

    How much a run of letters says is learned from the articles too: a few gaps alone don't tell that 'werkt niet' says little.
    """
    language = load_language()
    plain = [" ".join(word for word, _ in language.words(language.write_out(text, {}))) for text in texts]
    known = [phrase for article in books.articles for phrase in (article.title, *article.questions)]
    spelling = TfidfVectorizer(analyzer=letters, sublinear_tf=True, dtype=np.float32).fit([*known, *plain]).transform(plain)
    alike: Vectors = (spelling @ spelling.T).toarray()
    if not books.uses_vectors:
        return alike
    subjects = np.stack([vector for text in texts if (vector := books.subject(text)) is not None])
    return LETTERS_SAY * alike + (1 - LETTERS_SAY) * (subjects @ subjects.T)
