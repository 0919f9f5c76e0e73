"""The index of a set of articles: all that a search asks, made of arrays that were kept or are fitted now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kb.article import Article
from kb.search.excerpt import Readings
from kb.search.kept import Arrays, kept_or_fitted, part_of
from kb.search.language import Language
from kb.search.lexical import TermIndex
from kb.search.out_of_scope import Elsewhere, load_elsewhere
from kb.search.passages import PassageLikeness
from kb.search.semantic import Encoder, PassageIndex
from kb.settings import organisation


class Index:
    """What is known of some articles: their terms, passages and texts. The articles are numbered in the order they were given."""

    def __init__(self, arrays: Arrays, encoder: Encoder | None, language: Language) -> None:
        """`arrays` are those of fitting.index.fit_index, made with the same encoder and language."""
        self.terms = TermIndex(part_of(arrays, "terms"), language)
        self.letters = PassageLikeness(part_of(arrays, "letters"))
        self.words = PassageLikeness(part_of(arrays, "words"))
        self.passages = PassageIndex(part_of(arrays, "passages"), encoder) if encoder else None
        self.elsewhere = Elsewhere(part_of(arrays, "elsewhere"), self.passages)
        self.readings = Readings(part_of(arrays, "readings"))


def index_of(articles: Sequence[Article], encoder: Encoder | None, language: Language, kept: Path | None) -> Index:
    """Index articles, at least one; what was fitted on the same ones before is read from the folder `kept`."""
    elsewhere = load_elsewhere()

    def fit() -> Arrays:
        from kb.search.fitting.index import fit_index  # scikit-learn takes longer to load than all the rest of a search

        return fit_index(articles, elsewhere, encoder, language)

    def restore(arrays: Arrays) -> Index:
        return Index(arrays, encoder, language)

    if kept is None:
        return restore(fit())
    made_from = [encoder.name if encoder else "", language.made_of, *sorted(organisation().languages), *elsewhere]
    return kept_or_fitted(kept, "index", [*made_from, *map(repr, articles)], fit, restore)
