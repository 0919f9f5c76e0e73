"""The language a mail is written in."""

from __future__ import annotations

from functools import cache
from typing import Any

LANGUAGES = ("nl", "en", "de", "fr", "pl", "tr", "es", "ar", "uk")
SURE = 0.9  # most mail is Dutch; another language must be this likely


@cache
def _identifier() -> Any:
    """The model, which takes a moment to load: only who reads a mail waits for it."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def detect_language(text: str) -> str:
    """ISO 639-1 code of the language of a text; "nl" unless another one is clear."""
    if len(text.split()) < 3:
        return "nl"
    language, chance = _identifier().classify(text[:2000])
    return str(language) if float(chance) >= SURE else "nl"
