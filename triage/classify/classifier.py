"""IntentClassifier: several ways of looking at a text, weighed against each other, with calibrated probabilities.

The views: a linear support vector machine (Fan et al., 'LIBLINEAR', JMLR 2008) over TF-IDF of words, word pairs and runs of
letters (typos, compounds); the nearest training texts by words; the nearest articles and descriptions of a label by words,
when there are any; and with an encoder also, over sentence vectors, a logistic regression, the nearest training texts after a
projection in which labels lie apart (linear discriminant analysis with shrinkage), and kernel ridge regression over meaning,
words and letters together. Each view scores each label (views.py); the scores are weighed into probabilities (weighing.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from kb.search.search import installed_encoder
from kb.search.semantic import Encoder
from kb.settings import settings
from triage.classify.featurizer import encoded
from triage.classify.fitting import fit_featurizer, fit_views, fit_weighing, held_back_scores
from triage.classify.trained import TrainedClassifier
from triage.classify.views import Floats, LabelTexts


class IntentClassifier(ClassifierMixin, BaseEstimator, TrainedClassifier):  # type: ignore[misc]
    """A scikit-learn classifier from text to label.

    Parameters
    ----------
    encoder : an Encoder for sentence vectors; None for words and letters only; "auto" for what is installed.
    C : inverse regularisation of the support vector machine.
    folds : cross-validation folds for weights and calibration.
    evidence : for labels, texts that are no examples but say what the label is about: articles that answer, descriptions.
    """

    # Probabilities of the training texts, each from views that had not seen it, (n, labels); not stored with a model.
    out_of_fold_: Floats

    def __init__(
        self,
        encoder: Encoder | str | None = "auto",
        C: float = 1.0,
        folds: int = 5,
        evidence: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.folds = folds
        self.evidence = evidence

    def fit(self, texts: Sequence[str], labels: Sequence[str], ordinary: Sequence[bool] | None = None) -> IntentClassifier:
        """Learn from texts and their labels (list[str], list[str] of the same length, at least two labels).

        `ordinary` says which texts are a fair sample of what will come in: by those it is decided how sure is sure enough to go
        without review. None: all of them.
        """
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts but {len(labels)} labels; give one label for each text.")
        self.classes_, owner = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Training needs texts of at least two labels.")
        encoder, given = self._resolve_encoder(), self._given()
        vectors = encoded(encoder, texts)
        self.featurizer_ = fit_featurizer(encoder, texts, vectors, [text for text, _ in given])
        features = self.featurizer_.with_vectors(texts, vectors)
        self.views_ = fit_views(features, owner, len(self.classes_), self.C, self._label_texts(given))
        scores = held_back_scores(self.views_, features, owner, self.C, self.folds)
        sample = np.ones(len(texts), dtype=bool) if ordinary is None else np.array(ordinary)
        self.weighing_ = fit_weighing(scores, owner, sample)
        self.out_of_fold_ = self.weighing_.chances(scores)
        return self

    def check_fitted(self) -> None:
        """Raises NotFittedError before training."""
        check_is_fitted(self)

    def _resolve_encoder(self) -> Encoder | None:
        if self.encoder == "auto":
            return installed_encoder(settings())
        if isinstance(self.encoder, str):
            raise ValueError(f"encoder is {self.encoder!r}; give an Encoder, None or 'auto'.")
        return self.encoder

    def _given(self) -> list[tuple[str, int]]:
        """The texts of the evidence with the number of their label; those of labels without training texts are left aside."""
        known = self.classes_.tolist()
        return [(text, known.index(label)) for label, own in (self.evidence or {}).items() if label in known for text in own]

    def _label_texts(self, given: Sequence[tuple[str, int]]) -> LabelTexts:
        words = self.featurizer_.words
        return LabelTexts(
            words.transform(text for text, _ in given).T.tocsr() if given else csr_matrix((len(words.terms), 0)),
            np.array([label for _, label in given], dtype=np.int64),
        )
