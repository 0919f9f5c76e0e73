"""The language a mail is written in."""

from __future__ import annotations

from functools import cache
from typing import Any

from kb.settings import organisation

LANGUAGES = ("nl", "en", "de", "fr", "pl", "tr", "es", "ar", "uk")
SURE = 0.9  # most mail is in one language; another language must be this likely


@cache
def _identifier(own: tuple[str, ...]) -> Any:
    """The model, which takes a moment to load: only who reads a mail waits for it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*LANGUAGES, *(set(own) & set(identifier.nb_classes) - set(LANGUAGES))])
    return identifier


def detect_language(text: str) -> str:
    """ISO 639-1 code of the language of a text; that of the organisation unless another one is clear."""
    usual, own = organisation().language, organisation().languages
    if len(text.split()) < 3:
        return usual
    language, chance = _identifier(own).classify(text[:2000])
    return str(language) if float(chance) >= SURE else usual
