"""The classifier's features of words and letters are scikit-learn's, made sooner."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from kb.search.language import fold
from triage.classify.fitting import fit_terms
from triage.classify.mail_text import mail_text, said
from triage.classify.terms import runs, words_and_pairs

MAILS = [
    mail_text("Inloggen lukt niet", "Goedemorgen, ik kan niet inloggen bij Basispoort. Wat nu?", [], "school.example"),
    mail_text(
        "Fusie", "Onze school fuseert; wat gebeurt er met de accounts, en met de oude accounts?", [("f.pdf", "application/pdf")]
    ),
    "o zo",
]
PIECES = st.lists(st.sampled_from([*" ".join(MAILS).split(), "é", "a-b", "\n", "x"]), max_size=30).map(" ".join)


def letters_said(text: str) -> str:
    return fold(said(text))


@given(st.one_of(PIECES, st.text(max_size=60)))
def test_words_and_pairs_weigh_what_scikit_learn_makes_them_weigh(text: str) -> None:
    theirs = TfidfVectorizer(preprocessor=fold, token_pattern=r"(?u)\b\w+\b", ngram_range=(1, 2), sublinear_tf=True).fit(MAILS)
    ours = fit_terms(words_and_pairs, MAILS)
    assert ours.vocabulary == theirs.vocabulary_
    np.testing.assert_allclose(ours.transform([text]).toarray(), theirs.transform([text]).toarray(), atol=1e-6)


@given(st.one_of(PIECES, st.text(max_size=60)))
def test_runs_of_letters_weigh_what_scikit_learn_makes_them_weigh(text: str) -> None:
    theirs = TfidfVectorizer(preprocessor=letters_said, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True).fit(MAILS)
    ours = fit_terms(runs, MAILS)
    assert ours.vocabulary == theirs.vocabulary_
    np.testing.assert_allclose(ours.transform([text]).toarray(), theirs.transform([text]).toarray(), atol=1e-6)


def test_several_texts_are_several_rows_and_a_text_without_known_terms_is_an_empty_one() -> None:
    terms = fit_terms(words_and_pairs, MAILS)
    rows = terms.transform([MAILS[2], "", MAILS[0]])
    assert rows.shape == (3, len(terms.vocabulary))
    assert np.diff(rows.indptr).tolist() == [3, 0, len(set(words_and_pairs(MAILS[0])))]
